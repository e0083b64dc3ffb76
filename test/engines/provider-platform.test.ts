import { readFileSync } from 'node:fs';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { InstalledPackage } from './platform-command.ts';

// What a person does who follows the README: one command, a claim, and a look into the AWS that it made.

let installed: InstalledPackage;

beforeAll(() => {
  installed = new InstalledPackage();
});

afterAll(() => installed.remove());

const claim = () => installed.claim('invoices');

async function becomesReady(): Promise<void> {
  const kube = await installed.connect('default');
  const isReady = (seen: KubeObject) => hasConditions(seen, 'Synced', 'Ready');
  await kube.waitFor(claim(), isReady, { seconds: 90, what: 'Ready' });
}

/** The names of all buckets, asked with what `up` says about the simulated AWS. */
async function bucketsBy(hints: string): Promise<string[]> {
  const [, exported = ''] = /export (AWS_ENDPOINT_URL=.*)/.exec(hints) ?? [];
  const variables = new Map(exported.split(' ').map((pair) => pair.split('=', 2) as [string, string]));
  const of = (name: string) => variables.get(name) ?? '';
  const credentials = { accessKeyId: of('AWS_ACCESS_KEY_ID'), secretAccessKey: of('AWS_SECRET_ACCESS_KEY') };
  const s3 = new S3Client({ endpoint: of('AWS_ENDPOINT_URL'), region: of('AWS_REGION'), credentials });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand());
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

test('a claim becomes a bucket in the simulated AWS, and again in the next one after a restart', async () => {
  const first = await installed.run('up');
  expect(first).toMatchObject({ code: 0 });
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
  await expect.poll(() => bucketsBy(again.stdout), { timeout: 90_000, interval: 500 }).toEqual(buckets);
  await becomesReady();
});
