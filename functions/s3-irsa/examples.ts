import type { Examples } from '../core/blueprint.ts';

export const examples: Examples = {
  claim: {
    name: 'invoices',
    spec: { resourceConfig: { region: 'eu-west-1' }, writeConnectionSecretToRef: { name: 'invoices-bucket' } },
  },
  full: {
    name: 'media',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        name: 'example-team-a-media',
        deletionPolicy: 'Orphan',
        providerConfigName: 'aws-provider-config',
        tags: { team: 'media' },
      },
      serviceAccountName: 'uploader',
      access: 'readWrite',
      identity: 'irsa',
      awsAccountID: '111122223333',
      eksOIDC: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/developer-boundary',
      policyArns: ['arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess'],
      adoptServiceAccount: true,
      encryption: {
        type: 'KMS',
        kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        bucketKey: true,
      },
      versioning: 'Enabled',
      lifecycleRules: [
        {
          id: 'archive',
          prefix: 'raw/',
          transitions: [
            { days: 30, storageClass: 'STANDARD_IA' },
            { days: 180, storageClass: 'GLACIER' },
          ],
          noncurrentVersionExpirationDays: 90,
        },
        { id: 'clean-up', abortIncompleteMultipartUploadDays: 7 },
        { id: 'drafts', enabled: false, prefix: 'drafts/', expirationDays: 14 },
      ],
      corsRules: [
        {
          allowedOrigins: ['https://app.example.com'],
          allowedMethods: ['GET', 'PUT'],
          allowedHeaders: ['*'],
          exposeHeaders: ['ETag'],
          maxAgeSeconds: 3600,
        },
      ],
      accessLogging: { targetBucket: 'example-access-logs', targetPrefix: 'media/' },
      forceDestroy: false,
      writeConnectionSecretToRef: { name: 'media-bucket' },
    },
  },
  production: {
    name: 'ledger',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        tags: { team: 'ledger', environment: 'production' },
      },
      access: 'write',
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/developer-boundary',
      encryption: {
        type: 'KMS',
        kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      },
      lifecycleRules: [{ id: 'clean-up', abortIncompleteMultipartUploadDays: 7, noncurrentVersionExpirationDays: 365 }],
      writeConnectionSecretToRef: { name: 'ledger-bucket' },
    },
  },
  'on-cluster': {
    name: 'invoices',
    spec: { resourceConfig: { region: 'eu-west-1' }, clusterRef: { name: 'apps' } },
  },
};
