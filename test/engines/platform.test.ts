import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fields, items, textOf } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { accepts } from '../../tools/engines/ports.ts';
import { allProcesses, InstalledPackage, type PieceStatus } from './platform-command.ts';

const pieces = [
  'supervisor',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'crossplane',
  'rbac-manager',
  'function-aws-blueprints',
  'garbage-collector',
];
const soon = { timeout: 30_000, interval: 200 };

let installed: InstalledPackage;
const run = (...args: string[]) => installed.run(...args);

beforeAll(() => {
  installed = new InstalledPackage();
});

afterAll(() => installed.remove());

const statusOf = (name: string) => installed.status(name);

async function pieceOf(platform: string, name: string): Promise<PieceStatus> {
  const { rows } = await statusOf(platform);
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`${name} is not among ${rows.map((one) => one.name).join(', ')}`);
  return row;
}

/** Submit a claim and wait until its resources are there, which nobody makes in any AWS. */
async function compose(name: string, claim: KubeObject): Promise<void> {
  const kube = await installed.connect(name);
  await kube.apply(claim);
  const isComposed = (seen: KubeObject) =>
    seen.status?.conditions?.find(({ type }) => type === 'DependenciesReady')?.message?.includes('role') === true;
  await kube.waitFor(claim, isComposed, { seconds: 30, what: 'a condition that awaits the role' });
}

function endpointOf(kubeconfig: string): string {
  const config = fields(JSON.parse(readFileSync(kubeconfig, 'utf8')));
  return textOf(fields(fields(items(config.clusters)[0]).cluster).server);
}

function accepted(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.destroy());
    socket.once('close', (failed) => resolve(!failed));
    socket.once('error', () => {});
  });
}

describe('a platform that runs in the background', () => {
  beforeAll(async () => {
    const ended = await Promise.all(['one', 'two'].map((name) => run('up', '--name', name, '--provider', 'none')));
    for (const { code, stderr } of ended) expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    for (const name of installed.platforms()) await run('down', '--name', name, '--purge');
  });

  test('is ready with every piece, and says what to do with it', async () => {
    const { code, condition, rows, kubeconfig } = await statusOf('one');
    expect({ code, condition }).toEqual({ code: 0, condition: 'ready' });
    expect(rows.map(({ name, state, restarts }) => [name, state, restarts])).toEqual(
      pieces.map((name) => [name, 'running', 0]),
    );
    expect(rows.filter(({ memoryMiB }) => memoryMiB === 0)).toEqual([]);
    const again = await run('up', '--name', 'one');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('runs already');
    expect(again.stdout).toContain(`export KUBECONFIG=${kubeconfig}\n`);
    const applied = /kubectl apply -f (\S+)/.exec(again.stdout)?.[1] ?? '';
    expect(existsSync(resolve(installed.user, applied))).toBe(true);
    const table = await run('status', '--name', 'one');
    for (const name of pieces) expect(table.stdout).toContain(`│ ${name} `);
  });

  test('composes a claim, and another one beside it knows nothing of that', async () => {
    const claim = installed.claim('first');
    await compose('one', claim);
    const [one, two] = await Promise.all([installed.connect('one'), installed.connect('two')]);
    const buckets = (await one.list('s3.aws.upbound.io/v1beta2', 'Bucket')).length;
    expect(buckets).toBe(1);
    expect(await two.list('s3.aws.upbound.io/v1beta2', 'Bucket')).toEqual([]);
    expect(await two.find(claim)).toBeUndefined();
  });

  test.each(['crossplane', 'function-aws-blueprints', 'etcd'])(
    'starts %s again when it dies, and says so',
    async (name) => {
      const follower = installed.start(['logs', 'supervisor', '--name', 'one', '--follow']);
      const before = await pieceOf('one', name);
      process.kill(before.pid, 'SIGKILL');
      await expect.poll(() => pieceOf('one', name), soon).toMatchObject({ state: 'running', restarts: 1 });
      const after = await pieceOf('one', name);
      expect(after.crash).toBe('ended with SIGKILL');
      expect(after.pid).not.toBe(before.pid);
      await expect.poll(follower.output, soon).toContain(`${name} ended with SIGKILL; starting it again in 0.25 s`);
      await expect.poll(follower.output, soon).toContain(`${name} runs again`);
      follower.child.kill();
      await compose('one', installed.claim(`after-${name}`));
    },
  );

  test('listens on loopback only', async () => {
    const port = Number(new URL(endpointOf((await statusOf('one')).kubeconfig)).port);
    // All its ports are of one block (tools/engines/ports.ts); 127.0.0.2 reaches what listens on every address.
    const block = Array.from({ length: 32 }, (_, index) => port - ((port - 20_000) % 32) + index);
    const open = async (host: string) => {
      const answers = await Promise.all(block.map(async (one) => ((await accepted(host, one)) ? [one] : [])));
      return answers.flat();
    };
    expect((await open('127.0.0.1')).length).toBeGreaterThan(5);
    expect(await open('127.0.0.2')).toEqual([]);
  });

  test('prints the log of a piece, and knows its pieces', async () => {
    const log = await run('logs', 'kube-apiserver', '--name', 'one');
    const file = readFileSync(join(installed.cache, 'platforms', 'one', 'log', 'kube-apiserver.log'), 'utf8');
    expect(log).toMatchObject({ code: 0, stderr: '' });
    expect(log.stdout.length).toBeGreaterThan(1000);
    expect(file.startsWith(log.stdout)).toBe(true);
    const unknown = await run('logs', 'gatekeeper', '--name', 'one');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toBe(
      `PIECE_UNKNOWN: gatekeeper: platform "one" has no such piece; there are ${[...pieces].sort().join(', ')}\n`,
    );
  });

  test('is not started with other wishes while it runs', async () => {
    const { code, stdout, stderr } = await run('up', '--name', 'one', '--ephemeral');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^PLATFORM_RUNS: one: runs already, with ephemeral false; /);
  });

  test('a supervisor that is killed takes its pieces along, and up recovers everything', async () => {
    process.kill((await pieceOf('one', 'supervisor')).pid, 'SIGKILL');
    const left = () => installed.processes().filter(({ line }) => line.includes('/platforms/one'));
    await expect.poll(left, soon).toEqual([]);
    const dead = await statusOf('one');
    expect(dead).toMatchObject({ code: 1, condition: 'dead' });
    const recovered = await run('up', '--name', 'one');
    expect(recovered).toMatchObject({ code: 0 });
    expect(recovered.stderr).toContain('The supervisor of "one" is gone without an orderly end; no process was left.');
    expect(await (await installed.connect('one')).find(installed.claim('first'))).toBeDefined();
  });

  test('pieces that outlive supervisor and watchdog are named, and ended', async () => {
    const supervisor = (await pieceOf('two', 'supervisor')).pid;
    process.kill(supervisor, 'SIGSTOP');
    const watchdogs = allProcesses().filter(({ parent, line }) => parent === supervisor && line.includes('watchdog'));
    expect(watchdogs).toHaveLength(1);
    for (const { pid } of watchdogs) process.kill(pid, 'SIGKILL');
    process.kill(supervisor, 'SIGKILL');
    await expect.poll(() => installed.processes().filter(({ pid }) => pid === supervisor), soon).toEqual([]);
    const orphans = pieces.filter((name) => name !== 'supervisor');
    const left = await statusOf('two');
    expect(left).toMatchObject({ code: 1, condition: 'dead' });
    expect(left.rows.map(({ name, state: how }) => [name, how])).toEqual(orphans.map((name) => [name, 'left over']));
    const ended = await run('down', '--name', 'two');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain(`Ended what had no supervisor any more: ${orphans.join(', ')}.`);
    expect(installed.processes().filter(({ line }) => line.includes('/platforms/two'))).toEqual([]);
    expect(installed.platforms()).toContain('two');
  });

  test('down leaves no process, no port and, with --purge, no file', async () => {
    const { kubeconfig } = await statusOf('one');
    const port = Number(new URL(endpointOf(kubeconfig)).port);
    expect(await accepts(port)).toBe(true);
    expect(await run('down', '--name', 'one')).toMatchObject({ code: 0 });
    expect(installed.processes()).toEqual([]);
    await expect(accepts(port)).rejects.toThrow('ECONNREFUSED');
    expect(installed.platforms()).toEqual(['one', 'two']);
    for (const name of ['one', 'two']) expect(await run('down', '--name', name, '--purge')).toMatchObject({ code: 0 });
    expect(installed.platforms()).toEqual([]);
    const down = await run('status', '--name', 'one');
    expect(down).toMatchObject({ code: 1, stdout: '' });
    expect(down.stderr).toContain('PLATFORM_DOWN: one: there is no such platform; start it: ');
  });
});

describe('an ephemeral platform', () => {
  test.each(['SIGINT', 'SIGKILL'] as const)('goes with the command that started it, ended by %s', async (signal) => {
    const { child, output, ended } = installed.start(['up', '--ephemeral', '--provider', 'none']);
    await expect.poll(output, { timeout: 120_000, interval: 200 }).toContain('is ended and removed when this command');
    const [name = ''] = installed.platforms();
    expect((await statusOf(name)).condition).toBe('ready');
    child.kill(signal);
    expect((await ended).code).toBe(signal === 'SIGINT' ? 0 : null);
    await expect.poll(() => installed.processes(), soon).toEqual([]);
    expect(installed.platforms()).toEqual([]);
  });
});

describe('what is refused, with nothing started', () => {
  test.each([
    ['policies that do not exist yet', ['up', '--policies', 'deny'], 1, 'PLATFORM_NOT_THERE: --policies deny: '],
    ['a name that is no name', ['up', '--name', '../x'], 1, 'PLATFORM_NAME: --name "../x": '],
    ['a provider that nobody knows', ['up', '--provider', 'fake'], 2, "error: option '--provider <which>' argument"],
    ['logs of nothing', ['logs', 'etcd'], 1, 'PLATFORM_DOWN: default: has no logs; '],
  ])('%s', async (_, args, code, message) => {
    const ended = await run(...args);
    expect({ ...ended, stderr: ended.stderr.slice(0, message.length) }).toEqual({ code, stdout: '', stderr: message });
    expect(installed.platforms()).toEqual([]);
  });

  test('a number in an old record that belongs to another program now', async () => {
    const stranger = spawn('sleep', ['600']);
    const state = join(installed.cache, 'platforms', 'stale');
    mkdirSync(state, { recursive: true });
    const since = new Date().toISOString();
    const old = {
      name: 'etcd',
      state: 'running',
      pid: stranger.pid,
      commandLine: '/old/etcd',
      since,
      restarts: 0,
      crash: '',
    };
    const record = { provider: 'none', policies: 'off', ephemeral: false, phase: 'ready', since, kubeconfig: '/x' };
    writeFileSync(join(state, 'platform.json'), JSON.stringify({ ...record, pieces: [old] }));
    expect(await pieceOf('stale', 'etcd')).toMatchObject({ state: 'gone', pid: 0 });
    expect(await run('down', '--name', 'stale', '--purge')).toMatchObject({ code: 0, stderr: '' });
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    expect(installed.platforms()).toEqual([]);
  });

  test.each([
    ['Go', 'none', 'etcd', 'ENGINE_GO_MISSING', 'https://go.dev/dl', 'render FILE'],
    ['Python', 'real', 'moto', 'PYTHON_MISSING', 'version 3.11 or newer', 'up --provider none'],
  ])(
    'a machine without %s: what is needed, and what runs without',
    async (_, provider, part, code, needed, instead) => {
      const folder = mkdtempSync(join(installed.folder, 'without-'));
      for (const name of ['openssl', 'ps', 'sh']) symlinkSync(whereIs(name), join(folder, name));
      const variables = { AWS_BLUEPRINTS_CACHE: join(folder, 'cache'), PATH: folder };
      const ended = await installed.start(['up', '--provider', provider], variables).ended;
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      const [message = ''] = ended.stderr.split('\n').filter((line) => line.startsWith('PLATFORM_'));
      expect(message.startsWith(`PLATFORM_ENGINES: ${part}: not in the cache, and cannot be made (${code}: `)).toBe(
        true,
      );
      expect(message).toContain(needed);
      expect(message).toContain(instead);
      expect(readdirSync(join(folder, 'cache'))).toEqual([]);
    },
  );
});

function whereIs(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${command} is not on the PATH`);
  return found;
}
