import { identityFields } from '../core/parts/identity.ts';
import { type ObjectSchema, resourceConfigFields } from '../core/schema.ts';

export const spec = {
  type: 'object',
  required: ['resourceConfig', 'serviceAccountName'],
  properties: {
    resourceConfig: {
      type: 'object',
      description: 'Where and how the AWS resources are made.',
      properties: {
        name: {
          type: 'string',
          description:
            'Name of the role, at most 64 characters. Without it, a name made of namespace, name and a hash.',
          'x-change-impact': 'never',
        },
        region: {
          type: 'string',
          description:
            'AWS region that tells the partition of the role, and the region of the cluster for Pod Identity. Without it, region of the environment.',
          'x-change-impact': 'live',
        },
        ...resourceConfigFields,
      },
    },
    serviceAccountName: {
      type: 'string',
      description: 'Name of the ServiceAccount in the namespace of the claim. Pods must restart after a change.',
      'x-change-impact': 'restart',
    },
    ...identityFields,
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    roleArn: { type: 'string', description: 'ARN of the role.' },
    roleName: { type: 'string', description: 'Name of the role.' },
    awsAccountID: { type: 'string', description: 'AWS account that the role trusts.' },
    eksOIDC: { type: 'string', description: 'OIDC issuer that the role trusts, without https://.' },
    serviceAccountName: { type: 'string', description: 'ServiceAccount that may assume the role.' },
    serviceAccountManifest: {
      type: 'string',
      description: 'With clusterRef, the ServiceAccount to apply to that cluster, as JSON for kubectl.',
    },
  },
} as const satisfies ObjectSchema;
