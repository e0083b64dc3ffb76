import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import type { Notes } from './notes.ts';
import { record, type Source } from './source.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of Aurora there, by their path, and what they are called here. */
const auroraFields: Readonly<Record<string, string>> = {
  'networkConfig.subnetIds': 'subnetIds',
  'networkConfig.vpcId': 'vpcId',
  'networkConfig.allowedCidrBlocks': 'ingress.cidrs',
  'networkConfig.allowedSecurityGroupId': 'ingress.securityGroupIds',
  'clusterConfig.engine': 'engine',
  'clusterConfig.engineVersion': 'engineVersion',
  'clusterConfig.skipFinalSnapshot': 'skipFinalSnapshot',
  'clusterConfig.storageType': 'storageType',
  'clusterConfig.backupRetentionPeriod': 'backupRetentionDays',
  'clusterConfig.preferredBackupWindow': 'backupWindow',
  'clusterConfig.preferredMaintenanceWindow': 'maintenanceWindow',
  'clusterConfig.clusterInstanceClass': 'instanceClass',
  'clusterConfig.performanceInsightsEnabled': 'performanceInsights',
  'clusterConfig.monitoringInterval': 'monitoringIntervalSeconds',
  'clusterConfig.enabledCloudwatchLogsExports': 'logExports',
  'proxyConfig.debugLogging': 'proxy.debugLogging',
  'proxyConfig.idleClientTimeout': 'proxy.idleClientTimeoutSeconds',
  'proxyConfig.connectionBorrowTimeout': 'proxy.connectionBorrowTimeoutSeconds',
  'proxyConfig.maxConnectionsPercent': 'proxy.maxConnectionsPercent',
  'proxyConfig.maxIdleConnectionsPercent': 'proxy.maxIdleConnectionsPercent',
};

/** The same of the classic family's RelationalDatabase. */
const classicFields: Readonly<Record<string, string>> = {
  engineVersion: 'engineVersion',
  subnetIds: 'subnetIds',
  vpcId: 'vpcId',
};

/** Why a field has no counterpart. */
const gone: Readonly<Record<string, string>> = {
  'clusterConfig.databaseName': 'a restored database has the names of its source',
  'clusterConfig.masterUsername': 'a restored database has the names of its source',
  databaseName: 'a restored database has the names of its source',
  'clusterConfig.monitoringRoleArn': 'the role is composed with the database',
  'proxyConfig.proxyRoleArn': 'the role is composed with the proxy',
  'proxyConfig.initQuery': 'was read nowhere there',
  'clusterConfig.finalDBSnapshotIdentifier': 'was read nowhere there; a last snapshot gets a name of its own',
  'clusterConfig.finalSnapshotIdentifier': 'a last snapshot gets a name of its own',
  'clusterConfig.parameterGroupFamily': 'the engine and its version tell it',
  'clusterConfig.performanceInsightsRetentionPeriod': 'is always 7 days',
  'clusterConfig.availabilityZones': 'the subnets tell them',
  dbSubnetGroupName: 'was read nowhere there',
};

/**
 * A database that begins with the data of the old one, beside it: its subnet group, its security group and its names
 * are not ours, and RDS moves no database between subnet groups of one VPC (RDS user guide, "Working with a DB
 * instance in a VPC").
 */
export function databaseSpec(from: Source, managed: readonly KubernetesObject[], notes: Notes): Fields {
  const aurora = from.kind === 'Aurora';
  const ofKind = (wanted: string) => managed.find(({ kind }) => kind === wanted);
  const old = aurora ? ofKind('Cluster') : (ofKind('DBCluster') ?? ofKind('DBInstance'));
  const sourceIdentifier = old?.metadata?.annotations?.['crossplane.io/external-name'];
  if (old === undefined || sourceIdentifier === undefined) {
    const seen = `the identifier of the database of ${from.kind} ${from.name} is not known`;
    const todo = 'give --observed with the managed resources (kubectl get managed -o yaml)';
    throw new CodedError('MIGRATE_EXTERNAL_NAME', from.source, seen, todo);
  }
  notes.add('spec.restore', 'added', 'the data comes from the old database, as it is when this is applied');
  const renamed = renamedFields(from.spec, aurora ? auroraFields : classicFields, notes);
  const own = aurora ? auroraOwn(from.spec, notes) : classicOwn(from.spec, managed, old, notes);
  return { ...merged(renamed, own), restore: { pointInTime: { sourceIdentifier } } };
}

function renamedFields(spec: Fields, names: Readonly<Record<string, string>>, notes: Notes): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [path, value] of leaves(spec)) {
    const name = names[path];
    if (name !== undefined) {
      const [first = '', second] = name.split('.');
      const one = name === 'ingress.securityGroupIds' ? [value] : value;
      result[first] = second === undefined ? one : { ...record(result[first]), [second]: one };
      notes.add(
        `spec.${path}`,
        path === name ? 'kept' : 'renamed',
        path === name ? 'means the same' : `is \`spec.${name}\``,
      );
    } else if (!handled.has(path.split('.').slice(0, 2).join('.'))) {
      notes.add(`spec.${path}`, 'dropped', gone[path] ?? 'no blueprint has this field');
    }
  }
  return result;
}

/** What is translated with more than its name. */
const handled = new Set([
  ...['networkConfig.allowedPort', 'clusterConfig.applyImmediately', 'proxyConfig.iamAuth'],
  ...['storageGB', 'IngressRules'],
]);

function leaves(spec: Fields): [string, unknown][] {
  return Object.entries(spec).flatMap(([key, value]): [string, unknown][] => {
    if (!/^(networkConfig|clusterConfig|proxyConfig)$/.test(key)) return isDatabaseField(key) ? [[key, value]] : [];
    return Object.entries(record(value)).map(([inner, one]) => [`${key}.${inner}`, one]);
  });
}

const isDatabaseField = (key: string): boolean =>
  ['databaseName', 'dbSubnetGroupName', 'engineVersion', 'storageGB', 'subnetIds', 'vpcId', 'IngressRules'].includes(
    key,
  );

function auroraOwn(spec: Fields, notes: Notes): Fields {
  const { allowedPort } = record(spec.networkConfig);
  const { applyImmediately } = record(spec.clusterConfig);
  const { iamAuth } = record(spec.proxyConfig);
  if (applyImmediately !== undefined)
    notes.add('spec.clusterConfig.applyImmediately', 'renamed', 'is `spec.changes.apply`');
  if (allowedPort !== undefined) notes.add('spec.networkConfig.allowedPort', 'renamed', 'is `spec.port`');
  if (iamAuth !== undefined) notes.add('spec.proxyConfig.iamAuth', 'renamed', 'is `spec.proxy.iamAuthentication`');
  notes.add('spec.readers', 'added', 'there were always three instances: a writer and two readers');
  return {
    engine: 'aurora-postgresql',
    readers: 2,
    ...(allowedPort !== undefined && allowedPort !== 5432 && { port: allowedPort }),
    ...(applyImmediately !== undefined && { changes: { apply: applyImmediately === true ? 'now' : 'window' } }),
    ...(iamAuth !== undefined && { proxy: { iamAuthentication: iamAuth === 'REQUIRED' } }),
  };
}

function classicOwn(spec: Fields, managed: readonly KubernetesObject[], old: KubernetesObject, notes: Notes): Fields {
  const instance = managed.find(({ kind }) => kind === 'DBInstance');
  const asked = record(record(old.spec).forProvider);
  const instanceClass = record(record(instance?.spec).forProvider).dbInstanceClass;
  const cluster = old.kind === 'DBCluster';
  const cidrs = (Array.isArray(spec.IngressRules) ? spec.IngressRules : [])
    .flatMap((rule) => record(rule).ipRanges ?? [])
    .map((range) => record(range).cidrIp);
  notes.add('spec.ingress', 'changed', 'IngressRules, and 10.0.0.0/8, which was always let in there: narrow it down');
  if (spec.storageGB !== undefined) {
    notes.add('spec.storageGB', cluster ? 'dropped' : 'kept', cluster ? 'Aurora has what it needs' : 'means the same');
  }
  if (instanceClass !== undefined) notes.add('spec.instanceClass', 'added', 'was fixed by the Composition there');
  if (cluster) notes.add('spec.readers', 'added', 'there were always two instances: a writer and a reader');
  return {
    engine: cluster ? 'aurora-postgresql' : 'postgres',
    engineVersion: spec.engineVersion ?? asked.engineVersion,
    ingress: { cidrs: [...new Set([...cidrs, '10.0.0.0/8'])] },
    ...(instanceClass !== undefined && { instanceClass }),
    ...(cluster ? { readers: 1 } : spec.storageGB !== undefined && { storageGB: spec.storageGB }),
  };
}

/** Members of both, and of their own members where both have them. */
function merged(one: Fields, other: Fields): Fields {
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const both = typeof value === 'object' && !Array.isArray(value) && key in result;
    result[key] = both ? { ...record(result[key]), ...record(value) } : value;
  }
  return result;
}
