import type { Examples } from '../core/blueprint.ts';

export const examples: Examples = {
  claim: {
    name: 'reader',
    spec: {
      serviceAccountName: 'reader',
      resourceConfig: { region: 'eu-west-1' },
      policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
    },
  },
  full: {
    name: 'worker',
    spec: {
      serviceAccountName: 'worker',
      resourceConfig: {
        name: 'example-team-a-worker',
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        providerConfigName: 'aws-provider-config',
        tags: { team: 'team-a' },
      },
      identity: 'irsa',
      awsAccountID: '111122223333',
      eksOIDC: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/developer-boundary',
      policyArns: ['arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess', 'arn:aws:iam::111122223333:policy/apps/worker'],
      adoptServiceAccount: true,
    },
  },
  production: {
    name: 'billing',
    spec: {
      serviceAccountName: 'billing',
      resourceConfig: { region: 'eu-west-1', tags: { team: 'billing', environment: 'production' } },
      identity: 'podIdentity',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/developer-boundary',
      policyArns: ['arn:aws:iam::111122223333:policy/billing-read'],
    },
  },
  'on-cluster': {
    name: 'reports',
    spec: { resourceConfig: {}, serviceAccountName: 'reports', clusterRef: { name: 'apps' } },
  },
};
