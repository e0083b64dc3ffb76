import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fields, items, textOf } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { accepts } from '../../tools/engines/ports.ts';
import { allProcesses, InstalledPackage } from './platform-command.ts';

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
/** With provider and policies, a platform is started in provider-platform.test.ts. */
const least = ['--provider', 'none', '--policies', 'off'];

let installed: InstalledPackage;
const run = (...args: string[]) => installed.run(...args);

beforeAll(() => {
  installed = new InstalledPackage();
});

afterAll(() => installed.remove());

const statusOf = (name: string) => installed.status(name);

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
    const ended = await Promise.all(['one', 'two'].map((name) => run('up', '--name', name, ...least)));
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
      const before = await installed.kill('one', name);
      await expect.poll(() => installed.piece('one', name), soon).toMatchObject({ state: 'running', restarts: 1 });
      const after = await installed.piece('one', name);
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
    await installed.kill('one', 'supervisor');
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
    const supervisor = (await installed.piece('two', 'supervisor')).pid;
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
    const { child, output, ended } = installed.start(['up', '--ephemeral', ...least]);
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
    ['a mode that policies do not have', ['up', '--policies', 'ask'], 2, "error: option '--policies <mode>' argument"],
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
    expect(await installed.piece('stale', 'etcd')).toMatchObject({ state: 'gone', pid: 0 });
    expect(await run('down', '--name', 'stale', '--purge')).toMatchObject({ code: 0, stderr: '' });
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    expect(installed.platforms()).toEqual([]);
  });

  test.each([
    ['Go', 'none', ['ENGINE_GO_MISSING', 'https://go.dev/dl', 'version 1.26']],
    ['Go and Python', 'real', ['ENGINE_GO_MISSING', 'PYTHON_MISSING', 'venv module', 'version 3.11 or newer']],
  ])('a machine without %s: all that is needed at once, and what runs without', async (_, provider, needed) => {
    const { message, variables } = await withoutTools(['openssl', 'ps', 'sh'], provider);
    expect(message).toMatch(/^PLATFORM_ENGINES: [^:]*etcd, crossplane-core, [^:]*gatekeeper: not in the cache, and /);
    for (const need of needed) expect(message).toContain(need);
    const [, offered = ''] = message.split('without any of it run: ');
    expect(offered).toContain('npx aws-blueprints render FILE');
    const claim = join(installed.root, 'examples', 's3-irsa', 'claim.yaml');
    for (const [, command = ''] of offered.matchAll(/npx aws-blueprints (\w+) (?:FILE|PATH)/g)) {
      const offline = await installed.start([command, claim], variables).ended;
      expect({ command, ...offline }).toMatchObject({ command, code: 0 });
    }
  });

  test('a machine without Python alone: what runs without', async () => {
    const { message } = await withoutTools(['openssl', 'ps', 'sh', 'go'], 'real');
    expect(message).toContain('(PYTHON_MISSING: no python3 on the PATH');
    expect(message).toContain('this runs without it: npx aws-blueprints up --provider none');
    expect(message).not.toContain('ENGINE_GO');
  });
});

/** Try to start a platform on a machine that has some commands only, and an empty cache. */
async function withoutTools(commands: readonly string[], provider: string) {
  const folder = mkdtempSync(join(installed.folder, 'without-'));
  for (const name of commands) symlinkSync(whereIs(name), join(folder, name));
  const variables = { AWS_BLUEPRINTS_CACHE: join(folder, 'cache'), PATH: folder };
  const ended = await installed.start(['up', '--provider', provider], variables).ended;
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(existsSync(join(folder, 'cache', 'platforms'))).toBe(false);
  const [message = ''] = ended.stderr.split('\n').filter((line) => line.startsWith('PLATFORM_'));
  return { message, variables };
}

// Several starts in one test, and one of them builds.
describe('a start that goes wrong', { timeout: 900_000 }, () => {
  const name = 'broken';
  const up = ['up', '--name', name, ...least];
  const engines = () => readdirSync(join(installed.cache, 'engines'));

  afterEach(async () => {
    await run('down', '--name', name, '--purge');
    expect(installed.processes()).toEqual([]);
  });

  test('killed while it starts: nothing is left, and up starts it', async () => {
    const { child, ended } = installed.start(up);
    await expect.poll(async () => (await statusOf(name)).rows.map((row) => row.name), soon).toContain('etcd');
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => installed.processes(), soon).toEqual([]);
    expect(await run(...up)).toMatchObject({ code: 0 });
    expect((await statusOf(name)).condition).toBe('ready');
  });

  test('killed while it builds, with a cache that is half there: up builds what is missing, and starts', async () => {
    const cache = join(installed.folder, 'half');
    mkdirSync(join(cache, 'engines'), { recursive: true });
    for (const part of ['modules', 'crds']) symlinkSync(join(installed.cache, part), join(cache, part));
    for (const engine of engines().filter((one) => !one.startsWith('etcd-'))) {
      symlinkSync(join(installed.cache, 'engines', engine), join(cache, 'engines', engine));
    }
    const etcd = engines().find((one) => one.startsWith('etcd-')) ?? '';
    // As if somebody had cleaned up in it.
    mkdirSync(join(cache, 'engines', etcd));
    const variables = { AWS_BLUEPRINTS_CACHE: cache };
    const first = installed.start(up, variables);
    await expect.poll(() => readdirSync(join(cache, 'engines')).some((one) => one.includes('.tmp-')), soon).toBe(true);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await installed.start(up, variables).ended;
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(/etcd v\S+: built in \d+ s, \d+ MB in the cache/);
    expect(readdirSync(join(cache, 'engines')).filter((one) => one.includes('.tmp-'))).toEqual([]);
    expect(await installed.start(['down', '--name', name, '--purge'], variables).ended).toMatchObject({ code: 0 });
  });

  test('no room for the files of a piece: the piece is named, and up starts it when there is room', async () => {
    // Blocks of 512 bytes: etcd asks for 64 MB at once.
    const command = join(installed.user, 'node_modules', '.bin', 'aws-blueprints');
    const narrow = await installed.shell(`ulimit -f 40000; exec "${process.execPath}" "${command}" ${up.join(' ')}`);
    expect(narrow).toMatchObject({ code: 1, stdout: '' });
    expect(narrow.stderr).toMatch(/PLATFORM_START: broken: PIECE_CRASHED: etcd: ended while it was starting/);
    expect(narrow.stderr).toContain('file too large');
    expect(installed.processes()).toEqual([]);
    expect(await run(...up)).toMatchObject({ code: 0 });
  });

  test.skipIf(!canMount())('no disk: what is free and what is needed, with nothing written', async () => {
    const disk = mkdtempSync(join(installed.folder, 'disk-'));
    const command = join(installed.user, 'node_modules', '.bin', 'aws-blueprints');
    const line = `mount -t tmpfs -o size=50m none "${disk}" && AWS_BLUEPRINTS_CACHE="${disk}/cache" "${process.execPath}" "${command}" up; code=$?; ls -A "${disk}/cache"; exit $code`;
    const ended = await installed.shell(`unshare --mount --map-root-user sh -c '${line}'`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/PLATFORM_DISK: \S+: 0\.1 GB are free, 4 are needed; free some, or set /);
  });

  test('the ports that it had are taken: it starts on others', async () => {
    expect(await run(...up)).toMatchObject({ code: 0 });
    const before = endpointOf((await statusOf(name)).kubeconfig);
    expect(await run('down', '--name', name)).toMatchObject({ code: 0 });
    expect(await run(...up)).toMatchObject({ code: 0 });
    expect(endpointOf((await statusOf(name)).kubeconfig)).toBe(before);
    expect(await run('down', '--name', name)).toMatchObject({ code: 0 });
    const squatter = createServer().listen(Number(new URL(before).port), '127.0.0.1');
    await once(squatter, 'listening');
    expect(await run(...up)).toMatchObject({ code: 0 });
    expect(endpointOf((await statusOf(name)).kubeconfig)).not.toBe(before);
    squatter.close();
  });
});

/** Whether this user may mount, in a namespace of its own. */
function canMount(): boolean {
  const tried = spawnSync('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return tried.status === 0;
}

function whereIs(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${command} is not on the PATH`);
  return found;
}
