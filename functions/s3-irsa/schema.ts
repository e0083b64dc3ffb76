import { bucketFields, bucketResourceConfig } from '../core/parts/bucket.ts';
import { identityFields } from '../core/parts/identity.ts';
import type { ObjectSchema } from '../core/schema.ts';

export const spec = {
  type: 'object',
  required: ['resourceConfig'],
  properties: {
    resourceConfig: bucketResourceConfig,
    serviceAccountName: {
      type: 'string',
      description:
        'Name of the ServiceAccount in the namespace of the claim. Without it, the name of the claim. Pods must restart after a change.',
      'x-change-impact': 'restart',
    },
    access: {
      type: 'string',
      description: 'What pods may do with objects: read, write (also delete) or readWrite. Default readWrite.',
      enum: ['read', 'write', 'readWrite'],
      default: 'readWrite',
      'x-change-impact': 'live',
    },
    ...identityFields,
    ...bucketFields,
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    bucketName: { type: 'string', description: 'Name of the bucket.' },
    bucketArn: { type: 'string', description: 'ARN of the bucket.' },
    region: { type: 'string', description: 'AWS region of the bucket.' },
    roleArn: { type: 'string', description: 'ARN of the role.' },
    roleName: { type: 'string', description: 'Name of the role.' },
    policyArn: { type: 'string', description: 'ARN of the policy that grants the access.' },
    serviceAccountName: { type: 'string', description: 'ServiceAccount whose pods have the access.' },
    serviceAccountManifest: {
      type: 'string',
      description: 'With clusterRef, the ServiceAccount to apply to that cluster, as JSON for kubectl.',
    },
  },
} as const satisfies ObjectSchema;
