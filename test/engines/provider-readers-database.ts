import {
  DescribeDBClusterParametersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBParametersCommand,
  DescribeDBProxiesCommand,
  DescribeDBProxyTargetGroupsCommand,
  DescribeDBProxyTargetsCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  type Parameter,
} from '@aws-sdk/client-rds';
import { textOf } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { externalName, parameters, type Reader, type Readers } from './provider-clients.ts';

/** The identifier in AWS of an instance, whose external name is the one that AWS gives it. */
const identifier = (resource: KubeObject) => textOf(parameters(resource).identifier) || externalName(resource);

const values = (all: readonly Parameter[] = []) =>
  Object.fromEntries(all.map(({ ParameterName = '', ParameterValue }) => [ParameterName, ParameterValue]));

const instance: Reader = async ({ rds }, resource) => {
  const DBInstanceIdentifier = identifier(resource);
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
  const [one] = DBInstances;
  return (
    one && {
      engine: one.Engine,
      version: one.EngineVersion,
      class: one.DBInstanceClass,
      storage: one.AllocatedStorage,
      storageType: one.StorageType,
      encrypted: one.StorageEncrypted,
      database: one.DBName,
      user: one.MasterUsername,
      subnetGroup: one.DBSubnetGroup?.DBSubnetGroupName,
      parameterGroups: one.DBParameterGroups?.map(({ DBParameterGroupName }) => DBParameterGroupName),
      securityGroups: one.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
      multiAz: one.MultiAZ,
      public: one.PubliclyAccessible,
      protected: one.DeletionProtection,
      backupDays: one.BackupRetentionPeriod,
      cluster: one.DBClusterIdentifier,
    }
  );
};

/** How databases of both sorts and a proxy are read back. */
export const databases: Readers = {
  'rds/Instance': instance,
  'rds/ParameterGroup': async ({ rds }, resource) => {
    const DBParameterGroupName = externalName(resource);
    const { DBParameterGroups = [] } = await rds.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName }));
    const { Parameters } = await rds.send(new DescribeDBParametersCommand({ DBParameterGroupName }));
    return { family: DBParameterGroups[0]?.DBParameterGroupFamily, values: values(Parameters) };
  },
  'rds/SubnetGroup': async ({ rds }, resource) => {
    const wanted = { DBSubnetGroupName: externalName(resource) };
    const { DBSubnetGroups = [] } = await rds.send(new DescribeDBSubnetGroupsCommand(wanted));
    const [group] = DBSubnetGroups;
    return (
      group && { vpc: group.VpcId, subnets: group.Subnets?.map(({ SubnetIdentifier }) => SubnetIdentifier).sort() }
    );
  },
  'rds/Snapshot': async ({ rds }, resource) => {
    const wanted = { DBSnapshotIdentifier: externalName(resource) };
    const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand(wanted));
    const [one] = DBSnapshots;
    return one && { database: one.DBInstanceIdentifier, type: one.SnapshotType, status: one.Status };
  },
  // Aurora, and the proxy.
  'rds/ClusterInstance': instance,
  'rds/ClusterParameterGroup': async ({ rds }, resource) => {
    const wanted = { DBClusterParameterGroupName: externalName(resource) };
    return values((await rds.send(new DescribeDBClusterParametersCommand(wanted))).Parameters);
  },
  'rds/Cluster': async ({ rds }, resource) => {
    const wanted = { DBClusterIdentifier: externalName(resource) };
    const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand(wanted));
    const [cluster] = DBClusters;
    return (
      cluster && {
        engine: cluster.Engine,
        version: cluster.EngineVersion,
        encrypted: cluster.StorageEncrypted,
        subnetGroup: cluster.DBSubnetGroup,
        parameterGroup: cluster.DBClusterParameterGroup,
        serverless: cluster.ServerlessV2ScalingConfiguration,
        protected: cluster.DeletionProtection,
      }
    );
  },
  'rds/ClusterSnapshot': async ({ rds }, resource) => {
    const wanted = { DBClusterSnapshotIdentifier: externalName(resource) };
    const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand(wanted));
    const [one] = DBClusterSnapshots;
    return one && { cluster: one.DBClusterIdentifier, type: one.SnapshotType, status: one.Status };
  },
  'rds/Proxy': async ({ rds }, resource) => {
    const { DBProxies = [] } = await rds.send(new DescribeDBProxiesCommand({ DBProxyName: externalName(resource) }));
    const [proxy] = DBProxies;
    return proxy && { family: proxy.EngineFamily, tls: proxy.RequireTLS, role: proxy.RoleArn };
  },
  'rds/ProxyDefaultTargetGroup': async ({ rds }, resource) => {
    const wanted = { DBProxyName: textOf(parameters(resource).dbProxyName) };
    const { TargetGroups = [] } = await rds.send(new DescribeDBProxyTargetGroupsCommand(wanted));
    return TargetGroups[0]?.ConnectionPoolConfig;
  },
  'rds/ProxyTarget': async ({ rds }, resource) => {
    const wanted = { DBProxyName: textOf(parameters(resource).dbProxyName) };
    const { Targets = [] } = await rds.send(new DescribeDBProxyTargetsCommand(wanted));
    return Targets.map(({ RdsResourceId }) => RdsResourceId)[0];
  },
};
