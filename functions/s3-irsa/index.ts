import { blueprint } from '../core/blueprint.ts';
import { bucketResources } from '../core/parts/bucket.ts';
import { identityResources } from '../core/parts/identity.ts';
import { accessPolicy, accessPolicyAttachment, compose } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const s3Irsa = blueprint({
  name: 's3-irsa',
  kind: 'S3IRSA',
  plural: 's3irsas',
  shortNames: [],
  description:
    'A private S3 bucket and a ServiceAccount whose pods may use it, joined by a policy for exactly that bucket.',
  spec,
  status,
  connectionKeys: ['bucketName', 'bucketArn', 'region', 'endpoint'],
  columns: [
    { name: 'Bucket', jsonPath: '.status.bucketName' },
    { name: 'Role', jsonPath: '.status.roleName' },
    { name: 'ServiceAccount', jsonPath: '.status.serviceAccountName' },
  ],
  resources: [...bucketResources, ...identityResources, accessPolicy, accessPolicyAttachment],
  composition: {
    name: 'xs3irsa.awsblueprints.io',
    labels: { 'awsblueprints.io/provider': 'aws', 'awsblueprints.io/environment': 'dev' },
  },
  usesEnvironment: true,
  examples,
  compose,
});
