import {
  ClusterInstance,
  type ClusterInstanceParameters,
  RdsCluster,
  type RdsClusterParameters,
} from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
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

export const cluster = composed('cluster', RdsCluster);
export const clusterInstance = composed('cluster-instance-*', ClusterInstance);

/** Composes an Aurora cluster with its writer, its readers and everything that they need. */
export function composeCluster(context: DatabaseContext, database: Database, credentials: Credentials): DatabaseFacts {
  const { observed, desired } = context;
  const { identifier, orphan } = database;
  checkVersion(observed.observation(cluster, 'engineVersionActual'), database);
  const network = composeNetwork(context, database);
  const group = composeParameterGroup(context, database, observed.observation(cluster, 'dbClusterParameterGroupName'));
  const own = { ...clusterParameters(context, database), ...passwordOf(context, credentials) };
  desired.managed(
    cluster,
    given([network.securityGroupId, credentials.password ?? known('')], (securityGroupId, _password) => ({
      ...own,
      dbSubnetGroupName: network.subnetGroupName,
      vpcSecurityGroupIds: [securityGroupId],
      dbClusterParameterGroupName: group.name,
    })),
    { orphan, externalName: identifier, after: [subnetGroup, securityGroup, group.resource] },
  );
  composeInstances(context, database, network.subnetGroupName);
  return factsOf(context, network);
}

function composeInstances(context: DatabaseContext, database: Database, dbSubnetGroupName: string): void {
  const { spec, observed, desired } = context;
  const metrics = composeMonitoring(context, database);
  const after = [cluster, ...(spec.monitoringIntervalSeconds > 0 ? [monitoringPolicy] : [])];
  for (let number = 1; number <= 1 + spec.readers; number++) {
    const one = oneOf(clusterInstance, String(number));
    const externalName = observed.externalName(one) ?? derivedName(database.identifier, `instance-${number}`);
    // Whoever is first begins as the writer; readers take over in any order.
    const promotionTier = number === 1 ? 0 : 1;
    desired.managed(
      one,
      given([metrics], (monitoring) => ({
        ...instanceParameters(context, database, monitoring),
        dbSubnetGroupName,
        promotionTier,
      })),
      { orphan: database.orphan, externalName, after },
    );
  }
}

function clusterParameters(context: DatabaseContext, database: Database) {
  const { spec } = context;
  const { kmsKeyArn, storageType, backupWindow, maintenanceWindow, serverless } = spec;
  return {
    region: database.region,
    engine: spec.engine,
    engineVersion: spec.engineVersion,
    allowMajorVersionUpgrade: true,
    applyImmediately: database.applyImmediately,
    ...originOf(context),
    port: database.port,
    storageEncrypted: true,
    ...(storageType !== undefined && { storageType }),
    ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
    ...(serverless !== undefined && { serverlessv2ScalingConfiguration: capacityOf(serverless) }),
    iamDatabaseAuthenticationEnabled: spec.iamAuthentication,
    copyTagsToSnapshot: true,
    backupRetentionPeriod: spec.backupRetentionDays,
    ...(backupWindow !== undefined && { preferredBackupWindow: backupWindow }),
    ...(maintenanceWindow !== undefined && { preferredMaintenanceWindow: maintenanceWindow }),
    enabledCloudwatchLogsExports: [...(spec.logExports ?? database.engine.defaultLogs)],
    deletionProtection: spec.deletionProtection,
    ...finalSnapshotOf(context, database),
  } satisfies RdsClusterParameters;
}

function passwordOf(
  { spec: { kmsKeyArn } }: DatabaseContext,
  { secretRef }: Credentials,
): Partial<RdsClusterParameters> {
  if (secretRef !== undefined) return { masterPasswordSecretRef: secretRef };
  return {
    manageMasterUserPassword: true,
    ...(kmsKeyArn !== undefined && { masterUserSecretKmsKeyId: kmsKeyArn }),
  };
}

/** Where data and master user come from: begun empty, or taken over from a snapshot or another cluster. */
function originOf({ spec: { restore, databaseName = 'app', username = 'dbadmin' } }: DatabaseContext) {
  const { snapshotIdentifier, pointInTime } = restore ?? {};
  if (snapshotIdentifier !== undefined) return { snapshotIdentifier };
  if (pointInTime === undefined) return { databaseName, masterUsername: username };
  const { sourceIdentifier: sourceClusterIdentifier, time } = pointInTime;
  const moment = time === undefined ? { useLatestRestorableTime: true } : { restoreToTime: time };
  return { restoreToPointInTime: { sourceClusterIdentifier, restoreType: 'full-copy', ...moment } };
}

function instanceParameters({ spec }: DatabaseContext, database: Database, monitoring: Monitoring) {
  const { region, identifier, exact, applyImmediately } = database;
  return {
    region,
    clusterIdentifier: identifier,
    engine: spec.engine,
    instanceClass: spec.serverless === undefined ? spec.instanceClass : 'db.serverless',
    applyImmediately,
    autoMinorVersionUpgrade: !exact,
    publiclyAccessible: false,
    caCertIdentifier: spec.caCertificate,
    copyTagsToSnapshot: true,
    ...monitoring,
    ...insightsOf(spec),
  } satisfies ClusterInstanceParameters;
}

/** Aurora counts capacity in halves of a unit. */
function capacityOf(serverless: NonNullable<DatabaseContext['spec']['serverless']>) {
  const { minCapacity, maxCapacity } = serverless;
  if (minCapacity <= maxCapacity && Number.isInteger(minCapacity * 2) && Number.isInteger(maxCapacity * 2)) {
    return { minCapacity, maxCapacity };
  }
  throw new Refusal('SERVERLESS_CAPACITY', 'spec.serverless', `is ${minCapacity} to ${maxCapacity}`);
}

function factsOf({ spec, observed }: DatabaseContext, network: NetworkFacts): DatabaseFacts {
  const endpoint = observed.text(cluster, 'endpoint');
  const made = (value: string): Known<string> => given([endpoint], (_endpoint) => value);
  const restored = spec.restore !== undefined;
  return {
    endpoint,
    readerEndpoint: observed.text(cluster, 'readerEndpoint'),
    port: observed.number(cluster, 'port'),
    databaseName: restored ? observed.text(cluster, 'databaseName') : made(spec.databaseName ?? 'app'),
    username: restored ? observed.text(cluster, 'masterUsername') : made(spec.username ?? 'dbadmin'),
    secretArn: observed.text(cluster, 'masterUserSecret', '0', 'secretArn'),
    engineVersionActual: observed.text(cluster, 'engineVersionActual'),
    parameterGroup: observed.text(cluster, 'dbClusterParameterGroupName'),
    storageGB: undefined,
    network,
    protected: observed.observation(cluster, 'deletionProtection') === true,
  };
}
