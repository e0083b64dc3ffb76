import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fields, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { InstalledPackage } from './platform-command.ts';

// What a person does who follows the README: one command, a claim, and a look into the AWS that it made.

let installed: InstalledPackage;

beforeAll(() => {
  installed = new InstalledPackage();
});

// A test starts platforms, each in half a minute or, with policies that the API server has to learn of, in a whole one.
vi.setConfig({ testTimeout: 600_000 });

afterAll(() => installed.remove());

const claim = () => installed.claim('invoices');

async function becomesReady(): Promise<void> {
  const kube = await installed.connect('default');
  const isReady = (seen: KubeObject) => hasConditions(seen, 'Synced', 'Ready');
  await kube.waitFor(claim(), isReady, { seconds: 240, what: 'Ready' });
}

/** The names of all buckets, asked with what `up` says about the simulated AWS. */
async function bucketsBy(hints: string): Promise<string[]> {
  const [, exported = ''] = /export (AWS_ENDPOINT_URL=.*)/.exec(hints) ?? [];
  const variables = new Map(exported.split(' ').map((pair) => pair.split('=', 2) as [string, string]));
  const of = (name: string) => variables.get(name) ?? '';
  const credentials = { accessKeyId: of('AWS_ACCESS_KEY_ID'), secretAccessKey: of('AWS_SECRET_ACCESS_KEY') };
  return bucketsAt(of('AWS_ENDPOINT_URL'), { region: of('AWS_REGION'), credentials });
}

const anyone = { region: 'eu-west-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };

async function bucketsAt(endpoint: string, config = anyone): Promise<string[]> {
  const { Buckets = [] } = await new S3Client({ endpoint, ...config }).send(new ListBucketsCommand());
  return Buckets.map(({ Name = '' }) => Name);
}

test('the commands of the README run in their order', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, block = ''] = /```sh\n([^`]*)```\n<!-- the commands above start real engines -->/.exec(readme) ?? [];
  const commands = block.trim().split('\n');
  expect(commands.length).toBeGreaterThan(3);
  for (const command of commands) {
    expect({ command, ...(await installed.shell(command)) }).toMatchObject({ command, code: 0 });
  }
  expect(installed.processes()).toEqual([]);
});

/** What the API server answers to a claim that is only tried: its status, message and warnings, as kubectl shows them. */
async function tried(object: KubeObject): Promise<{ status: number; message: string; warnings: string }> {
  const { kubeconfig } = await installed.status('default');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: RequestOptions = { method: 'POST', headers: { 'content-type': 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const path = `/apis/${object.apiVersion}/namespaces/team-a/s3irsas?dryRun=All`;
  const sent = request(new URL(path, config.getCurrentCluster()?.server), options);
  sent.end(JSON.stringify(object));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = fields(await json(answer));
  return { status: answer.statusCode ?? 0, message: textOf(body.message), warnings: [answer.headers.warning].join() };
}

const inRegion = (name: string, region: string): KubeObject => {
  const resourceConfig = { region, tags: { team: 'ledger' } };
  return { ...installed.claim(name), spec: { resourceConfig } };
};

const refusal = (name: string) =>
  `REGION_NOT_ALLOWED: S3IRSA team-a/${name}: spec.resourceConfig.region is us-east-1; allowed are eu-central-1, eu-west-1`;

test('a claim becomes a bucket in the simulated AWS, and again in the next one after a restart', async () => {
  const first = await installed.run('up');
  expect(first).toMatchObject({ code: 0 });
  // By default policies warn, of nothing that is good, and refuse nothing.
  expect(await tried(inRegion('good', 'eu-west-1'))).toEqual({ status: 201, message: '', warnings: '' });
  const bad = await tried(inRegion('bad', 'us-east-1'));
  expect({ ...bad, told: bad.warnings.includes(refusal('bad')) }).toMatchObject({ status: 201, told: true });
  expect(await bucketsBy(first.stdout)).toEqual([]);
  await (await installed.connect('default')).apply(claim());
  await becomesReady();
  const buckets = await bucketsBy(first.stdout);
  expect(buckets).toEqual([expect.stringMatching(/^team-a-invoices-/)]);
  const { rows } = await installed.status('default');
  expect(rows.filter(({ state }) => state !== 'running')).toEqual([]);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['moto', 'ministack', 'provider-aws']));

  expect(await installed.run('down')).toMatchObject({ code: 0 });
  const other = await installed.run('up', '--provider', 'none');
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toMatch(/^PLATFORM_PROVIDER: default: its state was made with provider real; /);

  const again = await installed.run('up');
  expect(again).toMatchObject({ code: 0 });
  await expect.poll(() => bucketsBy(again.stdout), { timeout: 240_000, interval: 500 }).toEqual(buckets);
  await becomesReady();
});

test('a simulator that dies is named, runs again, and gets back what it has lost', async () => {
  const { endpoint } = await installed.status('default');
  await installed.kill('default', 'moto');
  const ran = { state: 'running', restarts: 1, crash: 'ended with SIGKILL' };
  const moto = () => installed.piece('default', 'moto');
  await expect.poll(moto, { timeout: 60_000, interval: 200 }).toMatchObject(ran);
  const has = () => bucketsAt(endpoint).catch(() => []);
  await expect.poll(has, { timeout: 120_000, interval: 500 }).toEqual([expect.stringMatching(/^team-a-invoices-/)]);
  expect((await installed.run('status')).stdout).toContain('moto: last ended with SIGKILL');
});

test('policies that refuse: a bad claim is refused with the message, a good one becomes Ready, changes and goes', async () => {
  expect(await installed.run('down')).toMatchObject({ code: 0 });
  expect(await installed.run('up', '--policies', 'deny')).toMatchObject({ code: 0 });
  const kube = await installed.connect('default');
  await expect(kube.create(inRegion('bad', 'us-east-1'))).rejects.toThrow(refusal('bad'));
  const good = inRegion('good', 'eu-west-1');
  await kube.create(good);
  await kube.waitFor(good, (seen) => hasConditions(seen, 'Synced', 'Ready'), { seconds: 120, what: 'Ready' });
  // The garbage collector and the provider are known to the policies.
  await kube.delete(good);
  await kube.waitGone(good, { seconds: 300, what: 'deletion' });
  const [bucket] = await kube.list('s3.aws.upbound.io/v1beta2', 'Bucket');
  await expect(kube.delete(bucket as KubeObject)).rejects.toThrow('MANAGED_RESOURCE_AUTHOR');
});

test('without policies, nothing of them is left', async () => {
  expect(await installed.run('down')).toMatchObject({ code: 0 });
  expect(await installed.run('up', '--policies', 'off')).toMatchObject({ code: 0 });
  expect((await installed.status('default')).rows.map(({ name }) => name)).not.toContain('gatekeeper');
  expect(await tried(inRegion('bad', 'us-east-1'))).toEqual({ status: 201, message: '', warnings: '' });
});
