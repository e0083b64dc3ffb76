import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { load } from '../../tools/cli/load.ts';
import { fields, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type SimulatedAws, startSimulatedAws } from '../../tools/engines/provider/simulators.ts';
import { startProvider } from '../../tools/engines/provider/start.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { run } from '../support/process.ts';
import { oldClaim, oldFunctionName, oldPlatform } from './old-platform.ts';
import * as claims from './provider-claims.ts';
import { type AwsClients, awsClients, externalName } from './provider-clients.ts';

// What a person does who moves: the old platform at work on AWS, `kubectl get`, `migrate`, and then every command of
// the cut-over as it stands there, with the real kubectl. The objects in the buckets must be there afterwards, and
// nobody may have deleted anything.
const { namespace, seconds } = claims;
const region = 'eu-west-1';
const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-migrate-'));
const wait = { seconds, what: 'Synced and Ready' };
const isReady = (object: KubeObject) => hasConditions(object, 'Synced', 'Ready');

/** The blueprints that something moves to. */
const moved = ['object-storage', 'irsa', 's3-irsa', 'network'];
const objectsOf = (file: string): KubeObject[] => load(file).map(({ object }) => object as KubeObject);
const ours = (form: string, name: string) =>
  ['xrds', 'compositions'].flatMap((part) => objectsOf(`${part}/${form}/${name}.yaml`));

let stack: Stack;
let aws: SimulatedAws;
let clients: AwsClients;

beforeAll(async () => {
  const definitions = blueprints.flatMap(({ name }) => ours('namespaced', name));
  const team = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const manifests = [team, ...objectsOf('compositions/clusterrole.yaml'), ...definitions, ...oldPlatform];
  const some = blueprints.filter(({ name }) => moved.includes(name));
  const kinds = managedKinds.filter((kind) => some.some(({ resources }) => resources.some((one) => one.kind === kind)));
  const managed = kinds.flatMap(({ kind, apiVersion }) =>
    Object.values(apiVersion).map((one) => ({ kind, apiVersion: one })),
  );
  stack = await startStack({ managed, manifests });
  aws = await startSimulatedAws(stack);
  clients = awsClients(aws, region);
  await startProvider(stack, aws, { poll: '10s', namespaces: [namespace] });
  const node = { command: process.execPath };
  const args = ['dist/main.js', '--metrics-address', ''];
  await stack.startFunction({ name: functionName, ...node, args });
  await stack.startFunction({ name: oldFunctionName, ...node, args: ['test/engines/old-platform-function.mjs'] });
  await stack.kube.apply(...objectsOf('examples/environment.yaml'));
  // What a person has who follows the steps: the definitions of the package.
  for (const part of ['xrds', 'compositions']) cpSync(part, join(folder, part), { recursive: true });
}, 900_000);

afterAll(async () => {
  await aws?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const execute = promisify(execFile);

/** A line as a shell runs it, in the folder of the migration; not synchronously, since the gateway to AWS is here. */
async function shell(line: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: stack.kubeconfig, HOME: folder };
  const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
  try {
    return (await execute('/bin/sh', ['-ec', line], options)).stdout;
  } catch (thrown) {
    const { stdout, stderr } = Object(thrown);
    throw new Error(`${line}\n${stdout}\n${stderr}`, { cause: thrown });
  }
}

const command = [resolve('node_modules/tsx/dist/cli.mjs'), resolve('tools/cli/main.ts'), 'migrate'];

/** Reads what is there as the documentation says, and migrates it. */
async function migrated(kind: string, name: string, to: string): Promise<string[]> {
  writeFileSync(
    join(folder, 'claim.yaml'),
    await shell(`kubectl get ${kind}.awsblueprints.io ${name} -n ${namespace} -o yaml`),
  );
  writeFileSync(join(folder, 'managed.yaml'), await shell('kubectl get managed -A -o yaml'));
  const out = `${name}-${to}`;
  const paths = ['claim.yaml', '--observed', 'managed.yaml', '--out', out];
  const { code, stderr } = await run(process.execPath, [...command, ...paths, '--to', to], { cwd: folder });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  for (const part of ['xrds', 'compositions']) cpSync(part, join(folder, out, part), { recursive: true });
  const steps = readFileSync(join(folder, out, 'CUT-OVER.md'), 'utf8');
  const commands = [...steps.matchAll(/^ {3}((?:kubectl|test) .*)$/gm)].map(([, line = '']) => `cd ${out}; ${line}`);
  expect(commands.length).toBeGreaterThan(8);
  return commands;
}

const request = (apiVersion: string, kind: string, name: string): KubeObject => ({
  apiVersion: `${apiVersion}/v1alpha1`,
  kind,
  metadata: { name, namespace },
});

async function put(Bucket: string): Promise<void> {
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'as it was' }));
}

/** What the bucket holds, by its listing: over plain HTTP, which is all that the simulated AWS has, ours refuse to be read. */
async function kept(Bucket: string): Promise<unknown> {
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key, ETag, LastModified }) => ({ Key, ETag, LastModified }));
}

/** Calls by which somebody takes something away in S3 or EC2; of IAM, whose ids tell whether something is another. */
const deletions = (): readonly string[] =>
  aws.calls.filter(({ method }) => method === 'DELETE').map(({ service, path }) => `${service} ${path}`);

/** Managed resources with a label. */
async function labelled(labelSelector: string): Promise<KubeObject[]> {
  const lists = stack.managed.map(({ apiVersion, kind }) => stack.kube.list(apiVersion, kind, { labelSelector }));
  return (await Promise.all(lists)).flat();
}

/** What a namespaced composite has. */
const composedFor = (name: string) => labelled(`crossplane.io/composite=${name}`);

/** What is left of the managed resources of an old claim. */
const remains = async (name: string): Promise<string[]> =>
  (await labelled(`crossplane.io/claim-name=${name}`)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

async function move(kind: string, name: string, to: string): Promise<void> {
  for (const line of await migrated(kind, name, to)) await shell(line);
  // The claims form has the same labels, and is there by now.
  if (to === 'namespaced') await expect.poll(() => remains(name), { timeout: seconds * 1000 }).toEqual([]);
}

test('a bucket with its identity moves from crossplane-on-eks to the namespaced form', async () => {
  const { kube } = stack;
  await kube.apply(oldClaim('S3IRSA', 'uploads', { writeConnectionSecretToRef: { name: 'uploads' } }));
  const old = await kube.waitFor(request('awsblueprints.io', 'S3IRSA', 'uploads'), isReady, wait);
  const [bucket, role] = [textOf(old.status?.bucketArn).split(':').at(-1) ?? '', textOf(old.status?.roleName)];
  // As provider-kubernetes made it there.
  await kube.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'uploads', namespace } });
  await put(bucket);
  const content = await kept(bucket);
  expect(content).toMatchObject([{ Key: 'kept' }]);
  const { Role: before } = await clients.iam.send(new GetRoleCommand({ RoleName: role }));
  await move('s3irsa', 'uploads', 'namespaced');

  const heir = await kube.waitFor(request('m.awsblueprints.io', 'S3IRSA', 'uploads'), isReady, wait);
  expect(heir.status).toMatchObject({ bucketName: bucket, roleName: role, roleArn: before?.Arn });
  expect(await kept(bucket)).toEqual(content);
  const { Role: after } = await clients.iam.send(new GetRoleCommand({ RoleName: role }));
  expect(after?.RoleId).toBe(before?.RoleId);
  // What an heir had of the old resource in order to be read is gone: there, deletion would have emptied the bucket.
  const composed = await composedFor('uploads');
  expect(composed.length).toBeGreaterThan(7);
  for (const { kind, spec } of composed) expect(spec?.managementPolicies, kind).toEqual(['*']);
  const buckets = composed.filter(({ kind }) => kind === 'Bucket');
  expect(buckets.map(externalName)).toEqual([bucket]);
  for (const { spec } of buckets) expect(fields(spec?.forProvider).forceDestroy).not.toBe(true);
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'uploads', namespace } });
  expect(Buffer.from(textOf(fields(secret.data).bucketName), 'base64').toString()).toBe(bucket);
  expect(deletions()).toEqual([]);
}, 600_000);

test('a bucket moves to our claims, and from there to the namespaced form', async () => {
  const { kube } = stack;
  await kube.apply(oldClaim('ObjectStorage', 'invoices', { writeConnectionSecretToRef: { name: 'invoices' } }));
  const old = await kube.waitFor(request('awsblueprints.io', 'ObjectStorage', 'invoices'), isReady, wait);
  const bucket = textOf(old.status?.bucketName);
  await put(bucket);
  const content = await kept(bucket);
  expect(content).toMatchObject([{ Key: 'kept' }]);
  await move('objectstorage', 'invoices', 'claims');
  const claim = await kube.waitFor(request('awsblueprints.io', 'ObjectStorage', 'invoices'), isReady, wait);
  expect(claim.status).toMatchObject({ bucketName: bucket, region });
  expect(await kept(bucket)).toEqual(content);

  await move('objectstorage', 'invoices', 'namespaced');
  const heir = await kube.waitFor(request('m.awsblueprints.io', 'ObjectStorage', 'invoices'), isReady, wait);
  expect(heir.status).toMatchObject({ bucketName: bucket });
  expect(await kept(bucket)).toEqual(content);
  expect(deletions()).toEqual([]);
}, 600_000);

test('a network of our claims keeps its ids in the namespaced form', async () => {
  const { kube } = stack;
  await stack.install(
    ['xrds', 'compositions'].map((part) => load(`${part}/claims/network.yaml`)[0]?.object as KubeObject),
  );
  const small = { cidr: '10.70.0.0/16', zoneCount: 2, nat: 'none', gatewayEndpoints: [], flowLogs: 'none' };
  const network = request('awsblueprints.io', 'Network', 'shared');
  await kube.apply({ ...network, spec: { resourceConfig: { region }, ...small } });
  const { status } = await kube.waitFor(network, isReady, wait);
  await move('network', 'shared', 'namespaced');
  const heir = await kube.waitFor(request('m.awsblueprints.io', 'Network', 'shared'), isReady, wait);
  expect(heir.status).toMatchObject({ vpcId: status?.vpcId, subnets: status?.subnets });
  const { Vpcs = [] } = await clients.ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: [small.cidr] }] }),
  );
  expect(Vpcs.map(({ VpcId }) => VpcId)).toEqual([status?.vpcId]);
}, 600_000);

test.each(['claims', 'vpc-subnet', 'aurora', 'postgres', 'eks-cluster'])(
  'the API server accepts what the recorded objects of %s become',
  async (name) => {
    const recorded = join(folder, `recorded-${name}`);
    const observed = resolve('test/migrate', name === 'claims' ? 'managed.yaml' : `${name}.yaml`);
    const args = [resolve(`test/migrate/${name}.yaml`), '--observed', observed, '--out', recorded];
    const { stderr } = await run(process.execPath, [...command, ...args]);
    expect(stderr).toMatch(/^migrated: [13], /m);
    const requests = readdirSync(recorded).filter((file) => file.endsWith('.yaml'));
    await shell(`kubectl create namespace recorded-${name}`);
    for (const file of requests) {
      // Another namespace, so that it is nothing that the tests above made.
      const text = readFileSync(join(recorded, file), 'utf8').replace(
        /^ {2}namespace: .*$/m,
        `  namespace: recorded-${name}`,
      );
      writeFileSync(join(recorded, file), text);
      expect(await shell(`kubectl create --dry-run=server -f ${join(recorded, file)}`)).toMatch(
        /created \(server dry run\)/,
      );
    }
  },
);
