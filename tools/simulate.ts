import { type KubernetesObject, RemoteObject } from '../functions/core/resource.ts';

/** What the simulated provider needs to know to make up identifiers. */
export interface SimulatedAws {
  readonly account: string;
  readonly partition: string;
}

type AtProvider = (
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  aws: SimulatedAws,
) => Record<string, unknown>;

/** What AWS reports for each kind, by service and kind, as far as blueprints read it. */
const atProvider: Readonly<Record<string, AtProvider>> = {
  's3/Bucket': (name, { region }, { partition }) => ({ id: name, arn: `arn:${partition}:s3:::${name}`, region }),
  'ec2/VPC': (id, { cidrBlock = '10.0.0.0/16', assignGeneratedIpv6CidrBlock: ipv6 }, { account }) => ({
    id,
    cidrBlock,
    ownerId: account,
    ...(ipv6 === true && { ipv6CidrBlock: '2001:db8:1200::/56' }),
  }),
  'ec2/Subnet': (id, { region, availabilityZone = `${region}a`, cidrBlock = '10.0.0.0/24' }) => ({
    id,
    availabilityZone,
    cidrBlock,
  }),
  'ec2/NATGateway': (id) => ({ id, publicIp: '192.0.2.1' }),
  'cloudwatchlogs/Group': (name, { region }, { account, partition }) => ({
    id: name,
    arn: `arn:${partition}:logs:${region}:${account}:log-group:${name}`,
  }),
  'eks/Cluster': (name, { region, version }, { account, partition }) => ({
    id: name,
    arn: `arn:${partition}:eks:${region}:${account}:cluster/${name}`,
    version,
    endpoint: `https://EXAMPLED539D4633E53DE1B71EXAMPLE.gr7.${region}.eks.amazonaws.com`,
    certificateAuthority: [{ data: 'LS0tLS1CRUdJTi0tLS0t' }],
    identity: [{ oidc: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE` }] }],
    vpcConfig: { clusterSecurityGroupId: 'sg-0a1b2c3d4e5f60718', vpcId: 'vpc-0a1b2c3d4e5f60718' },
  }),
  // It is a Secret that the provider writes, and nothing in AWS (provider-aws v2.5.0).
  'eks/ClusterAuth': () => ({}),
  'eks/NodeGroup': (name, { scalingConfig, version }) => ({ id: name, scalingConfig, version, status: 'ACTIVE' }),
  'eks/Addon': (id, { addonVersion }) => ({ id, ...(addonVersion !== undefined && { addonVersion }) }),
  'sqs/Queue': (id, { name, region }, { account, partition }) => ({
    id,
    arn: `arn:${partition}:sqs:${region}:${account}:${name}`,
  }),
  'ec2/LaunchTemplate': (id) => ({ id, latestVersion: 1 }),
  'kms/Key': (id, { region }, { account, partition }) => ({
    id,
    arn: `arn:${partition}:kms:${region}:${account}:key/${id}`,
  }),
  'iam/OpenIDConnectProvider': (id) => ({ id, arn: id }),
  'iam/Role': (name, _parameters, { account, partition }) => ({
    id: name,
    arn: `arn:${partition}:iam::${account}:role/${name}`,
  }),
  'rds/Instance': (name, { identifier, region, port, engineVersion, ...parameters }, { account, partition }) => ({
    id: name,
    arn: `arn:${partition}:rds:${region}:${account}:db:${identifier}`,
    address: `${identifier}.abcdefghijkl.${region}.rds.amazonaws.com`,
    port,
    engineVersionActual: engineVersion ?? '16',
    parameterGroupName: parameters.parameterGroupName,
    allocatedStorage: parameters.allocatedStorage ?? 20,
    deletionProtection: parameters.deletionProtection === true,
    dbName: parameters.dbName ?? 'app',
    username: parameters.username ?? 'dbadmin',
    ...(parameters.manageMasterUserPassword === true && {
      masterUserSecret: [{ secretArn: `arn:${partition}:secretsmanager:${region}:${account}:secret:rds!db-${name}` }],
    }),
  }),
  'rds/Proxy': (name, { region }) => ({ id: name, endpoint: `${name}.proxy-abcdefghijkl.${region}.rds.amazonaws.com` }),
  'rds/Cluster': (name, { region, port, engineVersion, ...parameters }, { account, partition }) => ({
    id: name,
    arn: `arn:${partition}:rds:${region}:${account}:cluster:${name}`,
    endpoint: `${name}.cluster-abcdefghijkl.${region}.rds.amazonaws.com`,
    readerEndpoint: `${name}.cluster-ro-abcdefghijkl.${region}.rds.amazonaws.com`,
    port,
    engineVersionActual: engineVersion,
    dbClusterParameterGroupName: parameters.dbClusterParameterGroupName,
    deletionProtection: parameters.deletionProtection === true,
    databaseName: parameters.databaseName ?? 'app',
    masterUsername: parameters.masterUsername ?? 'dbadmin',
    ...(parameters.manageMasterUserPassword === true && {
      masterUserSecret: [
        { secretArn: `arn:${partition}:secretsmanager:${region}:${account}:secret:rds!cluster-${name}` },
      ],
    }),
  }),
  'rds/Snapshot': (name) => ({ id: name, status: 'available' }),
  'rds/ClusterSnapshot': (name) => ({ id: name, status: 'available' }),
  'kubernetes/Object': (_name, { manifest }) => ({ manifest }),
  'iam/Policy': (name, _parameters, { account, partition }) => ({
    id: `arn:${partition}:iam::${account}:policy/${name}`,
    arn: `arn:${partition}:iam::${account}:policy/${name}`,
  }),
};

/** Whether a provider makes something of it, in AWS or in another cluster. */
const isMade = ({ apiVersion, kind }: KubernetesObject): boolean =>
  apiVersion.includes('.aws.') || (apiVersion.startsWith('kubernetes.') && kind === RemoteObject.kind);

/** A composed resource as it would be observed once the provider has made it: Ready, with its identifiers. */
export function simulate(resource: KubernetesObject, composedName: string, aws: SimulatedAws): KubernetesObject {
  const { generateName: _generateName, ...metadata } = { generateName: '', ...resource.metadata };
  const named = { ...resource, metadata: { ...metadata, name: metadata.name ?? `simulated-${composedName}` } };
  if (!isMade(resource)) return named;
  const [service] = resource.apiVersion.split('.');
  const externalName = metadata.annotations?.['crossplane.io/external-name'] ?? named.metadata.name;
  const { forProvider, initProvider } = (resource.spec ?? {}) as Readonly<Record<string, Record<string, unknown>>>;
  return {
    ...named,
    metadata: {
      ...named.metadata,
      annotations: { ...metadata.annotations, 'crossplane.io/external-name': externalName },
    },
    status: {
      atProvider: atProvider[`${service}/${resource.kind}`]?.(
        externalName,
        { ...initProvider, ...forProvider },
        aws,
      ) ?? {
        id: externalName,
      },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Available' },
        { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' },
      ],
    },
  };
}
