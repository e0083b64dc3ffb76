import { blueprint } from '../core/blueprint.ts';
import { bucketResources } from '../core/parts/bucket.ts';
import { compose } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const objectStorage = blueprint({
  name: 'object-storage',
  kind: 'ObjectStorage',
  plural: 'objectstorages',
  shortNames: [],
  description: 'A private S3 bucket: encrypted, versioned, closed to the public and to requests without TLS.',
  spec,
  status,
  connectionKeys: ['bucketName', 'bucketArn', 'region', 'endpoint'],
  columns: [
    { name: 'Bucket', jsonPath: '.status.bucketName' },
    { name: 'Region', jsonPath: '.status.region' },
  ],
  resources: bucketResources,
  // Name and labels of crossplane-on-eks, so that its claims find this Composition.
  composition: {
    name: 's3bucket.awsblueprints.io',
    labels: {
      'awsblueprints.io/provider': 'aws',
      'awsblueprints.io/environment': 'dev',
      's3.awsblueprints.io/configuration': 'standard',
    },
  },
  usesEnvironment: false,
  examples,
  compose,
});
