import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { buildEngines, type EngineName } from '../../engines/build.ts';
import { cacheDirectory } from '../../engines/cache.ts';
import { managedDefinition } from '../../engines/crds.ts';
import { messageOf } from '../../engines/error.ts';
import { run } from '../../engines/run.ts';
import type { StackEngine } from '../../engines/stack.ts';
import { CodedError } from '../../error.ts';
import { managed } from './contents.ts';
import type { Progress } from './progress.ts';

/** The seconds that it takes to build each engine, on two free cores and with nothing in Go's own caches. */
const engineSeconds: Readonly<Record<StackEngine, number>> = {
  etcd: 40,
  'crossplane-core': 100,
  'kube-apiserver': 170,
  'kube-controller-manager': 60,
};

/** Have everything in place that a platform is made of; what can be had is made, what cannot is named. */
export async function havePrerequisites(progress: Progress): Promise<void> {
  await requireCommand('openssl', ['version'], 'install OpenSSL and put it on the PATH');
  const names = Object.keys(engineSeconds).filter((name): name is StackEngine => name in engineSeconds);
  const outcomes = await buildEngines({ only: names, build: false });
  const missing = names.filter((name) =>
    outcomes.some(({ engine, state }) => engine === name && state === 'impossible'),
  );
  await requireDisk(missing.length > 0 ? 3 : 0.5);
  if (missing.length > 0) announce(missing);
  for (const [index, name] of missing.entries()) {
    await build(name, `${index + 1} of ${missing.length}`, progress);
  }
  await haveDefinitions(progress);
}

function announce(missing: readonly StackEngine[]): void {
  const minutes = Math.ceil(missing.reduce((sum, name) => sum + engineSeconds[name], 0) / 60);
  process.stderr.write(
    `Not in the cache yet: ${missing.join(', ')}. Built once, from Go modules at exact versions: about ${minutes} ` +
      `minutes on two free cores (twice that on busy ones), and 3 GB of disk.\n`,
  );
}

async function build(name: StackEngine, count: string, progress: Progress): Promise<void> {
  progress.begin(`building ${name} (${count})`, engineSeconds[name]);
  const [outcome] = await buildEngines({ only: [name] });
  if (outcome === undefined || outcome.state === 'impossible') throw withoutGo(name, outcome?.why.message ?? '');
  progress.done(`${name} ${outcome.version}: ${outcome.state === 'built' ? `built in ${outcome.seconds} s` : 'there'}`);
}

/** The definitions of managed resources are read out of the provider's Go module, once. */
async function haveDefinitions(progress: Progress): Promise<void> {
  progress.begin('definitions of managed resources');
  try {
    await Promise.all(managed.map((ref) => managedDefinition(ref)));
  } catch (thrown) {
    throw withoutGo('definitions of managed resources', messageOf(thrown));
  }
  progress.done('engines and definitions are in the cache');
}

function withoutGo(what: EngineName | 'definitions of managed resources', why: string): CodedError {
  const remedy = 'this runs without any of it: npx aws-blueprints render FILE';
  return new CodedError('PLATFORM_ENGINES', what, `not in the cache, and cannot be made (${why})`, remedy);
}

async function requireCommand(command: string, args: readonly string[], remedy: string): Promise<void> {
  const result = await run(command, args, { seconds: 20 }).catch((thrown: unknown) => {
    throw new CodedError('PLATFORM_COMMAND', command, `does not start (${messageOf(thrown)})`, remedy);
  });
  if (result.code !== 0) throw new CodedError('PLATFORM_COMMAND', command, `ended with ${result.code}`, remedy);
}

async function requireDisk(gigabytes: number): Promise<void> {
  const cache = cacheDirectory();
  if (!existsSync(cache)) await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = (bavail * bsize) / 1e9;
  if (free >= gigabytes) return;
  const remedy = `free some, or set AWS_BLUEPRINTS_CACHE to a folder on another disk`;
  throw new CodedError('PLATFORM_DISK', cache, `${free.toFixed(1)} GB are free, ${gigabytes} are needed`, remedy);
}
