import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { groups } from '../../functions/core/blueprint.ts';
import { approvalData, approvalNamespace } from '../../functions/core/day2/approval.ts';
import { load } from '../../tools/cli/load.ts';
import { conditionStatus, hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { simulate } from '../../tools/simulate.ts';

// A database on real engines, as a person asks for it; only the provider is a stand-in, which says Ready without AWS.
const forms = ['claims', 'namespaced'] as const;
const namespace = 'team-a';
// An approval is not watched: it is looked up once a minute.
const seconds = 90;
const shell = promisify(execFile);
const haveKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const services = ['ec2', 'iam', 'rds'];
const aws = { account: '111122223333', partition: 'aws' };

const clusterSnapshot = 'arn:aws:rds:us-east-1:111122223333:cluster-snapshot:before';

/** What the API server knows to be wrong. */
const mistakes = [
  ['a version that the engine lacks', { engine: 'mariadb', engineVersion: '10.3' }, 'engineVersion of mariadb is 10.6'],
  ['a version of another engine', { engine: 'aurora-mysql', engineVersion: '16' }, 'engineVersion of aurora-mysql is'],
  ['a name over 63 characters', { resourceConfig: { region: 'eu-west-1', name: 'a'.repeat(64) } }, 'Too long'],
  ['storage of Aurora', { engine: 'aurora-postgresql', storageGB: 20 }, 'Aurora grows by itself'],
  ['Multi-AZ of Aurora', { engine: 'aurora-postgresql', multiAz: true }, 'multiAz and blueGreen are for engines other'],
  ['serverless without Aurora', { serverless: { minCapacity: 1, maxCapacity: 2 } }, 'serverless is for Aurora only'],
  ['storage of Aurora for an instance', { storageType: 'aurora' }, 'storageType is aurora or aurora-iopt1 for Aurora'],
  ['logs of another engine', { engine: 'mysql', engineVersion: '8.4', logExports: ['upgrade'] }, 'logExports of mysql'],
  ['a snapshot of Aurora', { restore: { snapshotIdentifier: clusterSnapshot } }, 'snapshotIdentifier is of an Aurora'],
  ['a copy where AWS has the password', { blueGreen: true }, 'blueGreen needs passwordSecretRef'],
  ['TLS switched off', { parameters: { 'rds.force_ssl': '0' } }, 'TLS is always forced'],
].map(([wrong, spec, message]) => ({ wrong, spec, message })) as {
  readonly wrong: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly message: string;
}[];

/** What only the function knows to be wrong. */
const refusals = [
  { code: 'WINDOW', spec: { backupWindow: '23:30-00:30', maintenanceWindow: 'mon:00:00-mon:01:00' } },
  { code: 'DATABASE_PARAMETER', spec: { parameters: { io_method: 'worker' } } },
  { code: 'RESTORE_SOURCE', spec: { restore: { snapshotIdentifier: clusterSnapshot.replace('cluster-', '') } } },
] as const;

let stack: Stack;
let provider: StandInProvider;

beforeAll(async () => {
  const files = forms.flatMap((form) =>
    ['xrds', 'compositions'].map((kind) => `${kind}/${form}/relational-database.yaml`),
  );
  const team: KubeObject[] = [namespace, approvalNamespace].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const manifests = ['compositions/clusterrole.yaml', ...files].flatMap((file) =>
    load(file).map(({ object }) => object as KubeObject),
  );
  const managed = managedKinds
    .filter(({ service }) => services.includes(service))
    .flatMap(({ kind, apiVersion }) => forms.map((form) => ({ kind, apiVersion: apiVersion[form] })));
  stack = await startStack({ managed, manifests: [...team, ...manifests] });
  provider = await startStandInProvider(stack, {
    atProvider: (resource) => Object(simulate(resource, '', aws).status).atProvider,
  });
  await stack.startFunction({
    name: functionName,
    command: process.execPath,
    args: ['dist/main.js', '--metrics-address', ''],
  });
}, 900_000);

afterAll(async () => {
  provider?.stop();
  await stack?.stop();
});

const database = (
  form: (typeof forms)[number],
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): KubeObject => ({
  apiVersion: `${groups[form]}/v1alpha1`,
  kind: 'RelationalDatabase',
  metadata: { name, namespace },
  spec: {
    resourceConfig: { region: 'eu-west-1' },
    engineVersion: '16',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b1c2d3e4f5a60719'],
    writeConnectionSecretToRef: { name: `${name}-database` },
    ...spec,
  },
});

const ready = (object: KubeObject) =>
  stack.kube.waitFor(
    object,
    (seen) => hasConditions(seen, 'Synced', 'Ready') && conditionStatus(seen, 'DependenciesReady') === 'True',
    { seconds, what: 'Synced, DependenciesReady and Ready' },
  );

const message = (object: KubeObject, type: string, wanted: RegExp) =>
  stack.kube.waitFor(
    object,
    ({ status }) => wanted.test(status?.conditions?.find((one) => one.type === type)?.message ?? ''),
    { seconds, what: `${type} with ${wanted}` },
  );

const composed = async (form: (typeof forms)[number], kind: string, name: string): Promise<KubeObject[]> => {
  const apiVersion =
    managedKinds.find((one) => one.kind === kind && services.includes(one.service))?.apiVersion[form] ?? '';
  const label = form === 'claims' ? 'crossplane.io/claim-name' : 'crossplane.io/composite';
  return stack.kube.list(apiVersion, kind, { labelSelector: `${label}=${name}` });
};

const secret = async (name: string, keys: number): Promise<Record<string, string>> => {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
  const { data } = await stack.kube.waitFor(object, (seen) => Object.keys(Object(seen.data)).length === keys, {
    seconds,
    what: `${keys} connection details`,
  });
  return Object.fromEntries(
    Object.entries(Object(data)).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]),
  );
};

describe.each(forms)('in the %s form', (form) => {
  test('a database becomes Ready, and the application gets its Secret', async () => {
    const name = `orders-${form}`;
    await stack.kube.apply(database(form, name, { ingress: { cidrs: ['10.0.0.0/16', '10.1.0.0/16'] } }));
    const { status } = await ready(database(form, name));
    expect(status).toMatchObject({ port: 5432, engineVersionActual: '16', databaseName: 'app', storageGB: 20 });
    expect(conditionStatus(await stack.kube.get(database(form, name)), 'Deletable')).toBe('False');
    expect(await secret(`${name}-database`, 6)).toEqual({
      host: status?.endpoint,
      endpoint: status?.endpoint,
      port: '5432',
      database: 'app',
      username: 'dbadmin',
      secretArn: status?.secretArn,
    });
    expect(await composed(form, 'SecurityGroupRule', name)).toHaveLength(2);
    await stack.kube.apply(database(form, name, { ingress: { cidrs: ['10.0.0.0/16'] } }));
    await expect
      .poll(async () => (await composed(form, 'SecurityGroupRule', name)).length, { timeout: seconds * 1000 })
      .toBe(1);
    expect(provider.failures).toEqual([]);
  });

  test('a password of its own is awaited, and a read replica follows', async () => {
    const name = `reports-${form}`;
    const owner = `${name}-owner`;
    const object = database(form, name, { passwordSecretRef: { name: owner, key: 'password' }, readers: 1 });
    await stack.kube.apply(object);
    await message(object, 'DependenciesReady', new RegExp(`Secret ${namespace}/${owner}`));
    expect(await composed(form, 'Instance', name)).toEqual([]);
    const password = Buffer.from('not-a-real-password').toString('base64');
    await stack.kube.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: owner, namespace },
      data: { password },
    });
    const { status } = await ready(object);
    expect(await secret(`${name}-database`, 7)).toMatchObject({
      password: 'not-a-real-password',
      readerHost: status?.readerEndpoint,
    });
  });

  test('an Aurora cluster with a proxy becomes Ready, and the application gets its Secret', async () => {
    const name = `bookings-${form}`;
    const aurora = { engine: 'aurora-mysql', engineVersion: '8.0', readers: 1, proxy: {} };
    await stack.kube.apply(database(form, name, aurora));
    const { status } = await ready(database(form, name));
    expect(status).toMatchObject({ port: 3306, engineVersionActual: '8.0', databaseName: 'app' });
    expect(await composed(form, 'Cluster', name)).toHaveLength(1);
    expect(await composed(form, 'ClusterInstance', name)).toHaveLength(2);
    expect(await secret(`${name}-database`, 8)).toEqual({
      host: status?.endpoint,
      endpoint: status?.endpoint,
      readerHost: status?.readerEndpoint,
      proxyHost: status?.proxyEndpoint,
      port: '3306',
      database: 'app',
      username: 'dbadmin',
      secretArn: status?.secretArn,
    });
    await stack.kube.apply(database(form, name, { ...aurora, readers: 2 }));
    const instances = async () => (await composed(form, 'ClusterInstance', name)).length;
    await expect.poll(instances, { timeout: seconds * 1000 }).toBe(3);
    expect(provider.failures).toEqual([]);
  });

  test('a database begins with the data of a snapshot, which never changes', async () => {
    const name = `invoices-${form}`;
    const restored = { engine: 'mariadb', engineVersion: '11.4', restore: { snapshotIdentifier: 'invoices-2026' } };
    await stack.kube.apply(database(form, name, restored));
    await ready(database(form, name));
    const [instance] = await composed(form, 'Instance', name);
    expect(instance?.spec?.forProvider).toMatchObject({ engine: 'mariadb', snapshotIdentifier: 'invoices-2026' });
    expect(Object.keys(instance?.spec?.forProvider ?? {})).not.toContain('username');
    const other = { ...restored, restore: { snapshotIdentifier: 'another' } };
    await expect(stack.kube.apply(database(form, name, other))).rejects.toThrow('spec.restore cannot change');
    await expect(stack.kube.apply(database(form, name, { ...restored, restore: undefined }))).rejects.toThrow(
      'spec.restore cannot change',
    );
  });

  test.each(mistakes)('the API server refuses $wrong', async ({ wrong, spec, message: expected }) => {
    const object = database(form, `mistake-${form}`, spec);
    await expect(stack.kube.apply(object), wrong).rejects.toThrow(expected);
    expect(await stack.kube.find(object)).toBeUndefined();
  });

  test.each(refusals)('$code is on the claim, and nothing is composed', async ({ code, spec }) => {
    const name = `${code.toLowerCase().replace('_', '-')}-${form}`;
    await stack.kube.apply(database(form, name, spec));
    await message(database(form, name), 'DependenciesReady', new RegExp(`^${code}: `));
    for (const kind of ['Instance', 'ParameterGroup', 'SubnetGroup', 'SecurityGroup', 'Role']) {
      expect(await composed(form, kind, name)).toEqual([]);
    }
  });

  test('what AWS would refuse is refused by the API server', async () => {
    const refused = (spec: Readonly<Record<string, unknown>>) =>
      stack.kube.apply(database(form, `orders-${form}`, spec));
    await expect(refused({ engine: 'mysql', engineVersion: '8.4' })).rejects.toThrow('spec.engine cannot change');
    await expect(refused({ readers: 1 })).rejects.toThrow('read replicas need passwordSecretRef');
    await expect(refused({ engineVersion: '9.6' })).rejects.toThrow('engineVersion of postgres is 14, 15, 16, 17, 18');
    await expect(refused({ networkRef: { name: 'main' } })).rejects.toThrow(
      'give either networkRef, or vpcId and subnetIds',
    );
    await stack.kube.apply(database(form, `orders-${form}`, { storageGB: 40 }));
    await expect(refused({ storageGB: 30 })).rejects.toThrow('storageGB can only grow');
    await expect(refused({})).rejects.toThrow('storageGB can only grow');
  });

  test('a change that restarts it is held, approved, and stays when the approval goes', async () => {
    const name = `ledger-${form}`;
    await stack.kube.apply(database(form, name));
    await ready(database(form, name));
    const changed = database(form, name, { instanceClass: 'db.r7g.large', monitoringIntervalSeconds: 15 });
    await stack.kube.apply(changed);
    const held = /^spec.instanceClass from "db.t4g.medium" to "db.r7g.large": restart/;
    const { status } = await message(changed, 'ChangesHeld', held);
    const instance = async () => Object((await composed(form, 'Instance', name))[0]?.spec).forProvider;
    await expect.poll(async () => (await instance()).monitoringInterval, { timeout: seconds * 1000 }).toBe(15);
    expect((await instance()).instanceClass).toBe('db.t4g.medium');

    // As a person reads it off the condition.
    const said = status?.conditions?.find(({ type }) => type === 'ChangesHeld')?.message ?? '';
    const [, approval = ''] = /ConfigMap aws-blueprints-approvals\/(\S+)/.exec(said) ?? [];
    const subject = { kind: 'RelationalDatabase', namespace, name };
    const change = { field: 'instanceClass', from: 'db.t4g.medium', to: 'db.r7g.large', impact: 'restart' } as const;
    const configMap: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: approval, namespace: approvalNamespace },
      data: { ...approvalData(subject, change) },
    };
    await stack.kube.apply({ ...configMap, data: { ...approvalData({ ...subject, name: 'orders' }, change) } });
    await message(changed, 'ChangesHeld', /approves something else: correct name$/);
    expect((await instance()).instanceClass).toBe('db.t4g.medium');

    await stack.kube.apply(configMap);
    await message(changed, 'ChangesHeld', /^no change is held/);
    await expect.poll(async () => (await instance()).instanceClass, { timeout: seconds * 1000 }).toBe('db.r7g.large');

    await stack.kube.delete(configMap);
    await stack.kube.apply(database(form, name, { instanceClass: 'db.r7g.large', monitoringIntervalSeconds: 30 }));
    await expect.poll(async () => (await instance()).monitoringInterval, { timeout: seconds * 1000 }).toBe(30);
    expect((await instance()).instanceClass).toBe('db.r7g.large');
    await message(changed, 'ChangesHeld', /^no change is held/);
  }, 480_000);

  test('protection is switched off before the database goes', async () => {
    const name = `brief-${form}`;
    await stack.kube.apply(database(form, name));
    await ready(database(form, name));
    const open = database(form, name, { deletionProtection: false, skipFinalSnapshot: true });
    await stack.kube.apply(open);
    await message(open, 'Deletable', /^deletion loses the data$/);
    await stack.kube.delete(open);
    await stack.kube.waitGone(open, { seconds, what: 'deletion' });
    const left = async () => (await composed(form, 'Instance', name)).length;
    await expect.poll(left, { timeout: seconds * 1000 }).toBe(0);
  });

  test.skipIf(!haveKubectl)('a database goes by the commands of the guide', async () => {
    const name = `archive-${form}`;
    await stack.kube.apply(database(form, name));
    await ready(database(form, name));
    const guide = readFileSync('docs/relational-database.md', 'utf8');
    const commands = /## Deleting\n[\s\S]*?```sh\n([\s\S]*?)\n```/.exec(guide)?.[1]?.split('\n') ?? [];
    const said: string[] = [];
    for (const command of commands) {
      const own = command.replace(
        'relationaldatabases.awsblueprints.io orders',
        `relationaldatabases.${groups[form]} ${name}`,
      );
      const { stdout } = await shell('sh', ['-c', own], { env: { ...process.env, KUBECONFIG: stack.kubeconfig } });
      said.push(stdout.trim());
    }
    expect(said).toEqual([
      expect.stringMatching(/^AWS refuses the deletion: /),
      expect.stringMatching(/ patched$/),
      expect.stringMatching(/ condition met$/),
      expect.stringMatching(/ deleted/),
    ]);
    await stack.kube.waitGone(database(form, name), { seconds, what: 'deletion' });
    const left = async () => (await composed(form, 'Instance', name)).length;
    await expect.poll(left, { timeout: seconds * 1000 }).toBe(0);
  });
});
