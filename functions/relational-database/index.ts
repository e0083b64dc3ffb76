import { blueprint } from '../core/blueprint.ts';
import { changes } from './changes.ts';
import { cluster, clusterInstance } from './cluster.ts';
import { compose } from './compose.ts';
import { examples } from './examples.ts';
import { instance, reader } from './instance.ts';
import { monitoringPolicy, monitoringRole } from './monitoring.ts';
import { ingressRule, securityGroup, subnetGroup } from './network.ts';
import { clusterParameterGroup, parameterGroup } from './parameter-group.ts';
import { proxyResources } from './proxy.ts';
import { spec, status } from './schema.ts';
import { clusterSnapshot, snapshot } from './snapshots.ts';

export const relationalDatabase = blueprint({
  name: 'relational-database',
  kind: 'RelationalDatabase',
  plural: 'relationaldatabases',
  shortNames: [],
  description:
    'A private relational database: encrypted, backed up, protected from deletion, open to nobody but whom it is told.',
  spec,
  status,
  connectionKeys: [
    'host',
    'endpoint',
    'readerHost',
    'proxyHost',
    'port',
    'database',
    'username',
    'password',
    'secretArn',
  ],
  columns: [
    { name: 'Engine', jsonPath: '.spec.engine' },
    { name: 'Version', jsonPath: '.status.engineVersionActual' },
    { name: 'Endpoint', jsonPath: '.status.endpoint' },
  ],
  resources: [
    subnetGroup,
    securityGroup,
    ingressRule,
    parameterGroup,
    monitoringRole,
    monitoringPolicy,
    instance,
    reader,
    clusterParameterGroup,
    cluster,
    clusterInstance,
    ...proxyResources,
    snapshot,
    clusterSnapshot,
  ],
  // Name and labels of crossplane-on-eks, so that its claims find this Composition.
  composition: {
    name: 'rds-postgresql.awsblueprints.io',
    labels: {
      'awsblueprints.io/provider': 'aws',
      'awsblueprints.io/environment': 'dev',
      'awsblueprints.io/createDBSubnetGroup': 'true',
    },
  },
  usesEnvironment: false,
  examples,
  changes,
  compose,
});
