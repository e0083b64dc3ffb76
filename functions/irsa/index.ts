import { blueprint } from '../core/blueprint.ts';
import { identityResources } from '../core/parts/identity.ts';
import { compose } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const irsa = blueprint({
  name: 'irsa',
  kind: 'IRSA',
  plural: 'irsas',
  shortNames: [],
  description:
    'An IAM role that exactly one ServiceAccount may assume, and that ServiceAccount, ready to be used by pods.',
  spec,
  status,
  connectionKeys: [],
  columns: [
    { name: 'Role', jsonPath: '.status.roleName' },
    { name: 'ServiceAccount', jsonPath: '.status.serviceAccountName' },
  ],
  resources: identityResources,
  composition: {
    name: 'irsa.awsblueprints.io',
    labels: { 'awsblueprints.io/provider': 'aws', 'awsblueprints.io/environment': 'dev' },
  },
  usesEnvironment: true,
  examples,
  compose,
});
