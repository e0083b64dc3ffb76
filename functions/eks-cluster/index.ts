import { blueprint } from '../core/blueprint.ts';
import { changes } from './changes.ts';
import { compose, resources } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const eksCluster = blueprint({
  name: 'eks-cluster',
  kind: 'EKSCluster',
  plural: 'eksclusters',
  shortNames: [],
  description:
    'An EKS cluster: encrypted Secrets, a private API, access by list, node groups or Auto Mode, add-ons, and upgrades in order.',
  spec,
  status,
  connectionKeys: [],
  columns: [
    { name: 'Cluster', jsonPath: '.status.clusterName' },
    { name: 'Version', jsonPath: '.status.version' },
    { name: 'Upgrade', jsonPath: ".status.conditions[?(@.type=='UpgradeProgress')].reason" },
  ],
  resources,
  composition: { name: 'eksclusters.awsblueprints.io', labels: { 'awsblueprints.io/provider': 'aws' } },
  usesEnvironment: false,
  examples,
  changes,
  compose,
});
