import { Instance, type InstanceParameters } from '../aws/index.ts';
import { given, type Known, known } from '../core/known.ts';
import { composed, oneOf } from '../core/resource.ts';
import {
  checkVersion,
  type Database,
  type DatabaseContext,
  type DatabaseFacts,
  derivedName,
  finalSnapshotOf,
} from './context.ts';
import type { Credentials } from './credentials.ts';
import { composeMonitoring, insightsOf, type Monitoring, monitoringPolicy } from './monitoring.ts';
import { composeNetwork, type NetworkFacts, securityGroup, subnetGroup } from './network.ts';
import { composeParameterGroup } from './parameter-group.ts';

export const instance = composed('instance', Instance);
export const reader = composed('reader-*', Instance);

/** Composes a database of one instance, with its read replicas and everything that they need. */
export function composeInstance(context: DatabaseContext, database: Database, credentials: Credentials): DatabaseFacts {
  const { spec, observed, desired } = context;
  checkVersion(observed.observation(instance, 'engineVersionActual'), database);
  const network = composeNetwork(context, database);
  const monitoring = composeMonitoring(context, database);
  const group = composeParameterGroup(context, database, observed.observation(instance, 'parameterGroupName'));
  const shared = given([network.securityGroupId, monitoring], (securityGroupId, metrics) =>
    sharedParameters(context, database, { securityGroupId, metrics, parameterGroupName: group.name }),
  );
  const own = ownParameters(context, database, credentials);
  const after = [
    subnetGroup,
    securityGroup,
    group.resource,
    ...(spec.monitoringIntervalSeconds > 0 ? [monitoringPolicy] : []),
  ];
  desired.managed(
    instance,
    given([shared, credentials.password ?? known('')], (common, _password) => ({
      ...common,
      ...own,
      dbSubnetGroupName: network.subnetGroupName,
    })),
    { orphan: database.orphan, after },
  );
  for (let number = 1; number <= spec.readers; number++) {
    desired.managed(
      oneOf(reader, String(number)),
      given([shared], (common) => ({ ...common, ...replicaParameters(database, number) })),
      { orphan: database.orphan, after: [instance] },
    );
  }
  return factsOf(context, network);
}

interface Inputs {
  readonly securityGroupId: string;
  readonly metrics: Monitoring;
  readonly parameterGroupName: string;
}

/** What an instance and its read replicas have in common. */
function sharedParameters({ spec }: DatabaseContext, database: Database, inputs: Inputs) {
  const { region, applyImmediately, exact, port } = database;
  const { maintenanceWindow } = spec;
  return {
    region,
    instanceClass: spec.instanceClass,
    applyImmediately,
    // A major version follows the minors of AWS; with an exact one they would undo each other for ever.
    autoMinorVersionUpgrade: !exact,
    allowMajorVersionUpgrade: true,
    parameterGroupName: inputs.parameterGroupName,
    vpcSecurityGroupIds: [inputs.securityGroupId],
    port,
    publiclyAccessible: false,
    storageEncrypted: true,
    storageType: spec.storageType ?? 'gp3',
    ...(spec.iops !== undefined && { iops: spec.iops }),
    ...(spec.maxStorageGB !== undefined && { maxAllocatedStorage: spec.maxStorageGB }),
    iamDatabaseAuthenticationEnabled: spec.iamAuthentication,
    caCertIdentifier: spec.caCertificate,
    copyTagsToSnapshot: true,
    ...inputs.metrics,
    ...insightsOf(spec),
    enabledCloudwatchLogsExports: [...(spec.logExports ?? database.engine.defaultLogs)],
    ...(maintenanceWindow !== undefined && { maintenanceWindow }),
  } satisfies Partial<InstanceParameters>;
}

/** What only the instance itself has: data, password, backups. */
function ownParameters(context: DatabaseContext, database: Database, { secretRef }: Credentials) {
  const { spec } = context;
  const { identifier } = database;
  const { kmsKeyArn, backupWindow } = spec;
  const managedPassword = {
    manageMasterUserPassword: true,
    ...(kmsKeyArn !== undefined && { masterUserSecretKmsKeyId: kmsKeyArn }),
  };
  return {
    identifier,
    engine: spec.engine,
    engineVersion: spec.engineVersion,
    ...originOf(context),
    ...(secretRef === undefined ? managedPassword : { passwordSecretRef: secretRef }),
    allocatedStorage: storageOf(context),
    ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
    multiAz: spec.multiAz ?? false,
    backupRetentionPeriod: spec.backupRetentionDays,
    ...(backupWindow !== undefined && { backupWindow }),
    deletionProtection: spec.deletionProtection,
    ...finalSnapshotOf(context, database),
    ...(spec.blueGreen && { blueGreenUpdate: { enabled: true } }),
  } satisfies Partial<InstanceParameters>;
}

/** Where data and master user come from: begun empty, or taken over from a snapshot or another database. */
function originOf({ spec: { restore, databaseName = 'app', username = 'dbadmin' } }: DatabaseContext) {
  const { snapshotIdentifier, pointInTime } = restore ?? {};
  if (snapshotIdentifier !== undefined) return { snapshotIdentifier };
  if (pointInTime === undefined) return { dbName: databaseName, username };
  const { sourceIdentifier: sourceDbInstanceIdentifier, time } = pointInTime;
  const moment = time === undefined ? { useLatestRestorableTime: true } : { restoreTime: time };
  return { restoreToPointInTime: { sourceDbInstanceIdentifier, ...moment } };
}

/**
 * A read replica has subnets, version, storage and users of its source. It holds no data of its own, so nothing keeps
 * it from going, and AWS takes no final snapshot of one (Amazon RDS, DeleteDBInstance).
 */
const replicaParameters = ({ identifier }: Database, number: number) =>
  ({
    identifier: derivedName(identifier, `reader-${number}`),
    replicateSourceDb: identifier,
    skipFinalSnapshot: true,
  }) satisfies Partial<InstanceParameters>;

/** Never less than AWS has given, which storage autoscaling may have made more than was asked for. */
function storageOf({ spec, observed }: DatabaseContext): number {
  const given = [observed.asked(instance, 'allocatedStorage'), observed.observation(instance, 'allocatedStorage')];
  return Math.max(spec.storageGB ?? 20, ...given.filter((size) => typeof size === 'number'));
}

function factsOf({ spec, observed }: DatabaseContext, network: NetworkFacts): DatabaseFacts {
  const endpoint = observed.text(instance, 'address');
  const made = (value: string): Known<string> => given([endpoint], (_endpoint) => value);
  const restored = spec.restore !== undefined;
  return {
    endpoint,
    readerEndpoint: spec.readers > 0 ? observed.text(oneOf(reader, '1'), 'address') : undefined,
    port: observed.number(instance, 'port'),
    databaseName: restored ? observed.text(instance, 'dbName') : made(spec.databaseName ?? 'app'),
    username: restored ? observed.text(instance, 'username') : made(spec.username ?? 'dbadmin'),
    secretArn: observed.text(instance, 'masterUserSecret', '0', 'secretArn'),
    engineVersionActual: observed.text(instance, 'engineVersionActual'),
    parameterGroup: observed.text(instance, 'parameterGroupName'),
    storageGB: observed.number(instance, 'allocatedStorage'),
    network,
    protected: observed.observation(instance, 'deletionProtection') === true,
  };
}
