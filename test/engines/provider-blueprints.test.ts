import { CreateDBSnapshotCommand, DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { overlap, parseNetwork } from '../../functions/core/cidr.ts';
import { approvalData, approvalFor, approvalNamespace } from '../../functions/core/day2/approval.ts';
import { fields, items, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type SimulatedAws, startSimulatedAws } from '../../tools/engines/provider/simulators.ts';
import { startProvider } from '../../tools/engines/provider/start.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { functionName } from '../../tools/gen/composition.ts';
import * as claims from './provider-claims.ts';
import { type AwsClients, awsClients, externalName, parameters } from './provider-clients.ts';
import { keyOf, readBack, suites } from './provider-readers.ts';

// A network, a database in it and a cluster on it, as one team asks for them: made by the real AWS provider and asked of
// AWS, which alone is simulated. One form suffices; that both forms are alike, provider.test.ts shows.
const { namespace } = claims;
const request = (kind: string, name: string, spec: Readonly<Record<string, unknown>>) =>
  claims.request('namespaced', kind, name, spec);
const region = 'eu-west-1';
const networkRef = { name: 'shared-namespaced' };
const admins = 'arn:aws:iam::111122223333:role/platform-admins';

const network = request('Network', 'shared', {
  resourceConfig: { tags: { team: 'platform' } },
  cidr: '10.64.0.0/16',
  zoneCount: 2,
  isolatedSubnets: true,
  ipv6: true,
  flowLogs: 'all',
  flowLogRetentionDays: 14,
});

/** A network of its own, since the provider takes a minute for each subnet of an interface endpoint. */
const endpoints = request('Network', 'endpoints', {
  cidr: '10.65.0.0/16',
  zoneCount: 2,
  nat: 'none',
  gatewayEndpoints: [],
  interfaceEndpoints: ['sts'],
  flowLogs: 'none',
});

const orders = (changed: Readonly<Record<string, unknown>> = {}) =>
  request('RelationalDatabase', 'orders', {
    engineVersion: '16.4',
    networkRef,
    ingress: { cidrs: ['10.64.0.0/16', 'fd00:1::/64'] },
    databaseName: 'ledger',
    username: 'keeper',
    parameters: { max_connections: '200', work_mem: '16384' },
    storageGB: 20,
    instanceClass: 'db.t4g.medium',
    deletionProtection: false,
    snapshots: { names: ['first'], keep: 2 },
    changes: { apply: 'now' },
    writeConnectionSecretToRef: { name: 'orders' },
    ...changed,
  });

/** How the database is changed while it runs. */
const grown = { storageGB: 30, instanceClass: 'db.t4g.large' };

const snapshot = 'orders-before-the-change';

/** A database beside `orders` that takes over its data, and with them its user and database. */
const restored = (name: string, restore: Readonly<Record<string, unknown>>) =>
  request('RelationalDatabase', name, { engineVersion: '16.4', networkRef, restore, deletionProtection: false });

const cluster = request('EKSCluster', 'apps', {
  version: '1.34',
  networkRef,
  publicAccessCidrs: ['192.0.2.0/24'],
  karpenter: true,
  deletionProtection: false,
  kubeconfigSecretName: 'apps-kubeconfig',
  nodeGroups: [
    { name: 'general', minSize: 2, maxSize: 4 },
    {
      name: 'runners',
      minSize: 0,
      maxSize: 8,
      initialSize: 1,
      instanceTypes: ['c7g.xlarge'],
      amiType: 'BOTTLEROCKET_ARM_64',
      capacityType: 'SPOT',
      diskSizeGB: 100,
      labels: { pool: 'runners' },
      taints: [{ key: 'pool', value: 'runners', effect: 'NO_SCHEDULE' }],
    },
  ],
  accessEntries: [
    { principalArn: admins, policies: [{ name: 'AmazonEKSClusterAdminPolicy' }], kubernetesGroups: ['admins'] },
  ],
});

const bookings = request('RelationalDatabase', 'bookings', {
  engine: 'aurora-postgresql',
  engineVersion: '16',
  networkRef,
  ingress: { cidrs: ['10.64.0.0/16'] },
  serverless: { minCapacity: 0.5, maxCapacity: 8 },
  readers: 1,
  parameters: { work_mem: '16384' },
  proxy: { maxIdleConnectionsPercent: 20 },
  snapshots: { names: ['first'], keep: 2 },
  deletionProtection: false,
});

const all = [network, endpoints, orders(), bookings, cluster];

let stack: Stack;
let aws: SimulatedAws;
let clients: AwsClients;

beforeAll(async () => {
  stack = await startStack(claims.installed(['namespaced']));
  aws = await startSimulatedAws(stack);
  clients = awsClients(aws, region);
  await startProvider(stack, aws, { poll: '10s', namespaces: [namespace] });
  await stack.startFunction({
    name: functionName,
    command: process.execPath,
    args: ['dist/main.js', '--metrics-address', ''],
  });
  await stack.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: approvalNamespace } }, ...all);
}, 900_000);

/** What AWS says about everything that was composed for a request, by the name of the composed resource. */
async function inAws(object: KubeObject): Promise<Record<string, unknown>> {
  const composed = [...(await claims.composedFor(stack.kube, object))];
  const read = composed.map(async ([name, one]) => [name, await readBack(clients, one)] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** The identifiers in AWS of what was composed for a request. */
async function identifiers(object: KubeObject): Promise<(name: string) => string> {
  const composed = await claims.composedFor(stack.kube, object);
  return (name) => {
    const one = composed.get(name);
    return one === undefined ? `no ${name}` : externalName(one);
  };
}

afterAll(async () => {
  console.table(await stack?.pieces.usage());
  await aws?.stop();
  await stack?.stop();
});

/** What is asked of the provider for the instance of a database. */
async function instanceOf(object: KubeObject): Promise<Readonly<Record<string, unknown>>> {
  const instance = (await claims.composedFor(stack.kube, object)).get('instance');
  return instance === undefined ? {} : parameters(instance);
}

async function snapshotsInAws(): Promise<unknown[]> {
  const { DBSnapshots = [] } = await clients.rds.send(new DescribeDBSnapshotsCommand({}));
  return DBSnapshots.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier);
}

/** Wait until a request and everything composed for it is Ready by the conditions of the provider itself. */
async function becomesReady(object: KubeObject): Promise<void> {
  await claims.ready(stack.kube, object, 840);
  // Two that write at the same moment make Synced false until the next try.
  for (const [name, one] of await claims.composedFor(stack.kube, object)) {
    const what = `Ready and Synced, as ${name}`;
    await stack.kube.waitFor(one, (seen) => hasConditions(seen, 'Ready', 'Synced'), { seconds: 120, what });
  }
}

const limit = { timeout: 900_000 };

test('a network becomes Ready', limit, () => becomesReady(network));

test('the network in AWS is the one that was asked for', async () => {
  const [id, seen] = [await identifiers(network), await inAws(network)];
  const vpc = id('vpc');
  expect(seen.vpc).toMatchObject({
    cidr: '10.64.0.0/16',
    ipv6Blocks: 1,
    dnsSupport: true,
    dnsHostnames: true,
    tags: { team: 'platform' },
  });
  expect(seen['default-security-group']).toEqual({ name: 'default', vpc, in: [], out: [] });
  expect(seen['internet-gateway']).toEqual([vpc]);
  expect(seen['egress-only-internet-gateway']).toEqual([vpc]);
  expect(seen['eip-eu-west-1a']).toMatchObject({ domain: 'vpc' });
  expect(seen['nat-gateway-eu-west-1a']).toEqual({
    state: 'available',
    subnet: id('subnet-public-eu-west-1a'),
    address: [id('eip-eu-west-1a')],
  });
  expect(seen['flow-log-group']).toEqual({ name: id('flow-log-group'), days: 14 });
  expect(seen['flow-log']).toEqual({
    vpc,
    traffic: 'ALL',
    destination: `arn:aws:logs:${region}:${aws.account}:log-group:${id('flow-log-group')}`,
    role: `arn:aws:iam::${aws.account}:role/${id('flow-log-role')}`,
  });
});

test.each(['a', 'b'])('subnets of zone %s, and their ways out, are those that were asked for', async (letter) => {
  const zone = `${region}${letter}`;
  const [id, seen] = [await identifiers(network), await inAws(network)];
  const tags = {
    public: { 'kubernetes.io/role/elb': '1' },
    private: { 'kubernetes.io/role/internal-elb': '1' },
    isolated: {},
  };
  const tables = { public: 'public', private: `private-${zone}`, isolated: 'isolated' };
  for (const tier of ['public', 'private', 'isolated'] as const) {
    const name = `${tier}-${zone}`;
    expect(seen[`subnet-${name}`]).toMatchObject({
      vpc: id('vpc'),
      zone,
      publicAddresses: false,
      ipv6Addresses: true,
      tags: { team: 'platform', ...tags[tier] },
    });
    expect(seen[`route-table-${tables[tier]}`]).toMatchObject({ vpc: id('vpc') });
    expect(seen[`route-table-association-${name}`]).toBe(id(`subnet-${name}`));
    for (const service of ['s3', 'dynamodb']) {
      const routes = seen[`gateway-endpoint-routes-${service}-${tables[tier]}`];
      expect(routes).toBe(id(`route-table-${tables[tier]}`));
    }
  }
  expect(seen['route-public']).toBe(id('internet-gateway'));
  expect(seen['route-public-ipv6']).toBe(id('internet-gateway'));
  expect(seen[`route-private-${zone}`]).toBe(id(`nat-gateway-${region}a`));
  expect(seen[`route-private-${zone}-ipv6`]).toBe(id('egress-only-internet-gateway'));
  expect(Object.keys(seen).filter((name) => name.startsWith('route-isolated'))).toEqual([]);
});

test('subnets share the network without overlap, and status says what AWS says', async () => {
  const seen = await inAws(network);
  const subnets = Object.entries(seen).flatMap(([name, one]) => (/^subnet-/.test(name) ? [fields(one)] : []));
  const blocks = subnets.flatMap(({ cidr, ipv6Cidr }) => [textOf(cidr), textOf(ipv6Cidr)]);
  const networks = blocks.map((block) => parseNetwork(block));
  const clashes = networks.flatMap((one, index) =>
    networks.slice(index + 1).filter((other) => one && other && overlap(one, other)),
  );
  expect([subnets.length, networks.includes(undefined), clashes]).toEqual([6, false, []]);
  const { status } = await stack.kube.get(network);
  const told = items(status?.subnets).map((one) => textOf(fields(one).cidr));
  expect(told.sort()).toEqual(subnets.map(({ cidr }) => textOf(cidr)).sort());
});

test('a cluster becomes Ready', limit, () => becomesReady(cluster));

test('a cluster in AWS is the one that was asked for', async () => {
  const [id, seen] = [await identifiers(cluster), await inAws(cluster)];
  const shared = await identifiers(network);
  const subnets = [`${region}a`, `${region}b`].map((zone) => shared(`subnet-private-${zone}`)).sort();
  const role = (name: string) => `arn:aws:iam::${aws.account}:role/${id(name)}`;
  expect(seen.cluster).toEqual({
    version: '1.34',
    role: role('role-cluster'),
    subnets,
    publicAccess: true,
    privateAccess: true,
    authentication: 'API',
    encryption: [{ resources: ['secrets'], provider: { keyArn: fields(seen['secrets-key']).arn } }],
    logTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
  });
  expect(seen['secrets-key']).toMatchObject({ rotated: true });
  expect(seen['node-group-runners']).toMatchObject({
    version: '1.34',
    role: role('role-nodes'),
    subnets,
    size: { minSize: 0, maxSize: 8, desiredSize: 1 },
    amiType: 'BOTTLEROCKET_ARM_64',
    capacityType: 'SPOT',
    instanceTypes: ['c7g.xlarge'],
    labels: { pool: 'runners' },
    taints: [{ key: 'pool', value: 'runners', effect: 'NO_SCHEDULE' }],
    launchTemplate: { id: id('launch-template-runners') },
  });
  expect(seen['launch-template-runners']).toMatchObject({
    disks: [{ DeviceName: '/dev/xvdb', Ebs: { Encrypted: true, VolumeSize: 100, VolumeType: 'gp3' } }],
    metadata: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
  });
  expect(seen['addon-vpc-cni']).toMatchObject({ role: role('role-addon-vpc-cni') });
  const issuer = textOf((await stack.kube.get(cluster)).status?.oidcProvider);
  expect(seen['oidc-provider']).toEqual({ url: issuer, audiences: ['sts.amazonaws.com'] });
  const entry = Object.entries(seen).find(([name]) => name.startsWith('access-entry-platform-admins'));
  expect(entry?.[1]).toEqual({ type: 'STANDARD', groups: ['admins'] });
  const policy = Object.entries(seen).find(([name]) => name.startsWith('access-policy-platform-admins'));
  expect(policy?.[1]).toMatchObject({ type: 'cluster' });
  expect(seen['karpenter-queue']).toEqual({ seconds: '300', encrypted: 'true' });
});

test('a network with interface endpoints becomes Ready', limit, () => becomesReady(endpoints));

test('endpoints are those that were asked for, open to their network alone', async () => {
  const service = (name: string) => `com.amazonaws.${region}.${name}`;
  const shared = await inAws(network);
  const vpc = (await identifiers(network))('vpc');
  for (const name of ['s3', 'dynamodb']) {
    expect(shared[`gateway-endpoint-${name}`]).toMatchObject({ vpc, type: 'Gateway', service: service(name) });
  }
  const [id, seen] = [await identifiers(endpoints), await inAws(endpoints)];
  const wanted = { vpc: id('vpc'), type: 'Interface', service: service('sts'), privateDns: true };
  expect(seen['interface-endpoint-sts']).toMatchObject(wanted);
  expect(seen['interface-endpoint-sts']).toMatchObject({ groups: [id('endpoint-security-group')] });
  expect(seen['endpoint-group-sts']).toBe(id('endpoint-security-group'));
  for (const zone of [`${region}a`, `${region}b`]) {
    expect(seen[`endpoint-subnet-sts-${zone}`]).toBe(id(`subnet-private-${zone}`));
  }
  expect(seen['endpoint-security-group']).toMatchObject({ vpc: id('vpc') });
  expect(seen['endpoint-security-group-rule']).toEqual({ ports: [443, 443], peers: ['10.65.0.0/16'] });
});

test('a database becomes Ready', limit, () => becomesReady(orders()));

test('a database in AWS is the one that was asked for', async () => {
  const [id, seen] = [await identifiers(orders()), await inAws(orders())];
  const shared = await identifiers(network);
  const isolated = [`${region}a`, `${region}b`].map((zone) => shared(`subnet-isolated-${zone}`));
  expect(seen['subnet-group']).toEqual({ vpc: shared('vpc'), subnets: isolated.sort() });
  expect(seen['parameter-group-postgres16']).toEqual({
    family: 'postgres16',
    values: { max_connections: '200', work_mem: '16384', 'rds.force_ssl': '1' },
  });
  const wanted = {
    engine: 'postgres',
    version: '16.4',
    class: 'db.t4g.medium',
    storage: 20,
    storageType: 'gp3',
    encrypted: true,
    database: 'ledger',
    user: 'keeper',
    subnetGroup: id('subnet-group'),
    parameterGroups: [id('parameter-group-postgres16')],
    securityGroups: [id('security-group')],
    multiAz: false,
    protected: false,
    backupDays: 7,
  };
  expect(seen.instance).toMatchObject(wanted);
  const rules = Object.entries(seen).flatMap(([name, one]) => (name.startsWith('ingress-') ? [one] : []));
  expect(rules).toHaveLength(2);
  for (const peers of [['10.64.0.0/16'], ['fd00:1::/64']]) expect(rules).toContainEqual({ ports: [5432, 5432], peers });
});

test('a database is taken over by others beside it', async () => {
  const sourceIdentifier = textOf((await instanceOf(orders())).identifier);
  await clients.rds.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: sourceIdentifier, DBSnapshotIdentifier: snapshot }),
  );
  // They become Ready while the tests that follow go on.
  await stack.kube.apply(
    restored('from-snapshot', { snapshotIdentifier: snapshot }),
    restored('from-moment', { pointInTime: { sourceIdentifier } }),
  );
});

test('a change that restarts a database reaches AWS when it is approved, and others at once', limit, async () => {
  const changes = { apply: 'now', approval: 'disruptive' };
  await stack.kube.apply(orders({ ...grown, changes }));
  const seen = async () => (await inAws(orders())).instance;
  const poll = { timeout: 600_000, interval: 1000 };
  await expect.poll(seen, poll).toMatchObject({ storage: 30, class: 'db.t4g.medium' });
  const { name = '' } = orders().metadata;
  const subject = { kind: 'RelationalDatabase', namespace, name };
  const change = { field: 'instanceClass', from: 'db.t4g.medium', to: 'db.t4g.large', impact: 'restart' } as const;
  const approval = approvalFor(subject, change);
  const { conditions = [] } = (await stack.kube.get(orders())).status ?? {};
  const held = conditions.find(({ type }) => type === 'ChangesHeld')?.message;
  expect(held).toContain(`${approvalNamespace}/${approval.name}`);
  const metadata = { name: approval.name, namespace: approvalNamespace };
  const data = { ...approvalData(subject, change) };
  await stack.kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  await expect.poll(seen, poll).toMatchObject({ storage: 30, class: 'db.t4g.large' });
});

test('an Aurora cluster with its proxy becomes Ready, and is the one that was asked for', limit, async () => {
  await becomesReady(bookings);
  const [id, seen] = [await identifiers(bookings), await inAws(bookings)];
  const name = id('cluster');
  expect(seen.cluster).toEqual({
    engine: 'aurora-postgresql',
    version: '16',
    encrypted: true,
    subnetGroup: id('subnet-group'),
    parameterGroup: id('cluster-parameter-group-aurora-postgresql16'),
    serverless: { MinCapacity: 0.5, MaxCapacity: 8 },
    protected: false,
  });
  const values = { work_mem: '16384', 'rds.force_ssl': '1' };
  expect(seen['cluster-parameter-group-aurora-postgresql16']).toEqual(values);
  for (const one of ['cluster-instance-1', 'cluster-instance-2']) {
    expect(seen[one]).toMatchObject({ cluster: name, class: 'db.serverless', encrypted: true, public: false });
  }
  const role = `arn:aws:iam::${aws.account}:role/${id('proxy-role')}`;
  expect(seen.proxy).toEqual({ family: 'POSTGRESQL', tls: true, role });
  const pool = { MaxConnectionsPercent: 100, MaxIdleConnectionsPercent: 20, ConnectionBorrowTimeout: 120 };
  expect(seen['proxy-target-group']).toMatchObject(pool);
  expect(seen['proxy-target']).toBe(name);
});

test('a database is restored beside it, from a snapshot and to a moment', limit, async () => {
  for (const name of ['from-snapshot', 'from-moment']) {
    const copy = restored(name, {});
    await becomesReady(copy);
    const [id, seen] = [await identifiers(copy), await inAws(copy)];
    expect(seen.instance).toMatchObject({
      engine: 'postgres',
      version: '16.4',
      database: 'ledger',
      user: 'keeper',
      encrypted: true,
      subnetGroup: id('subnet-group'),
      parameterGroups: [id('parameter-group-postgres16')],
      securityGroups: [id('security-group')],
      protected: false,
    });
    const { status } = await stack.kube.get(copy);
    expect(status).toMatchObject({ databaseName: 'ledger' });
  }
});

test('snapshots are taken by name, and only those beyond the last ones are deleted', limit, async () => {
  const inStatus = async () => (await stack.kube.get(orders())).status?.snapshots;
  const poll = { timeout: 600_000, interval: 1000 };
  const [id, seen] = [await identifiers(orders()), await inAws(orders())];
  const first = id('snapshot-first');
  expect(seen['snapshot-first']).toMatchObject({ type: 'manual', status: 'available' });
  expect(await inStatus()).toEqual([first]);
  await stack.kube.apply(orders({ ...grown, snapshots: { names: ['first', 'second', 'third'], keep: 2 } }));
  const isMade = (names: readonly string[]) => names.includes('snapshot-third') && !names.includes('snapshot-first');
  await expect.poll(async () => [...(await claims.composedFor(stack.kube, orders())).keys()], poll).toSatisfy(isMade);
  const left = (await identifiers(orders()))('snapshot-second');
  await expect.poll(inStatus, poll).toEqual([left, (await identifiers(orders()))('snapshot-third')]);
  const names = await snapshotsInAws();
  expect(names).not.toContain(first);
  expect(names).toContain(left);
});

test('every kind of these blueprints is composed here, and AWS has each of them', async () => {
  const composed = await Promise.all(all.map((one) => claims.composedFor(stack.kube, one)));
  const resources = composed.flatMap((one) => [...one.values()]);
  const keys = new Set(resources.map(keyOf));
  expect(Object.keys(suites['provider-blueprints.test.ts'] ?? {}).filter((key) => !keys.has(key))).toEqual([]);
  for (const one of resources) expect(await readBack(clients, one), one.metadata.name).toBeTruthy();
});

test('a database that is deleted leaves a last snapshot, and those that were asked for', limit, async () => {
  const { identifier, finalSnapshotIdentifier } = await instanceOf(orders());
  const asked = (await identifiers(orders()))('snapshot-third');
  await claims.deleted(stack.kube, orders());
  const { DBInstances = [] } = await clients.rds.send(new DescribeDBInstancesCommand());
  expect(DBInstances.map((one) => one.DBInstanceIdentifier)).not.toContain(identifier);
  expect(await snapshotsInAws()).toEqual(expect.arrayContaining([snapshot, finalSnapshotIdentifier, asked]));
});

test('nobody tried to reach the real AWS, or a service that is not known to be used', () => {
  expect(aws.refused).toEqual([]);
  const known = ['ec2', 'eks', 'events', 'iam', 'kms', 'logs', 'rds', 'sqs', 'sts'];
  expect(aws.calls.filter(({ service }) => !known.includes(service))).toEqual([]);
});
