import { blueprint } from '../core/blueprint.ts';
import { compose, resources } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const network = blueprint({
  name: 'network',
  kind: 'Network',
  plural: 'networks',
  shortNames: [],
  description:
    'A VPC with public, private and isolated subnets in several zones, its routes, and a closed default security group.',
  spec,
  status,
  connectionKeys: [],
  columns: [
    { name: 'VPC', jsonPath: '.status.vpcId' },
    { name: 'CIDR', jsonPath: '.status.cidr' },
    { name: 'Region', jsonPath: '.status.region' },
  ],
  resources,
  composition: { name: 'networks.awsblueprints.io', labels: { 'awsblueprints.io/provider': 'aws' } },
  usesEnvironment: false,
  examples,
  compose,
});
