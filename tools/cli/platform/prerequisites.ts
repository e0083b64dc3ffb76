import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { managedKinds } from '../../../functions/aws/index.ts';
import { describe, type Outcome } from '../../engines/artifact.ts';
import { buildEngines } from '../../engines/build.ts';
import { cacheDirectory } from '../../engines/cache.ts';
import { managedDefinition } from '../../engines/crds.ts';
import { messageOf } from '../../engines/error.ts';
import { buildProvider, providerEngine } from '../../engines/provider/build.ts';
import { buildSimulators } from '../../engines/provider/simulators.ts';
import { run } from '../../engines/run.ts';
import type { StackEngine } from '../../engines/stack.ts';
import { CodedError } from '../../error.ts';
import { managed } from './contents.ts';
import type { Progress } from './progress.ts';
import type { Wishes } from './record.ts';

/** Something that is built once, and the seconds that takes on two free cores and with nothing in any other cache. */
interface Part {
  readonly name: string;
  readonly seconds: number;
  readonly have: (build: boolean) => Promise<readonly Outcome[]>;
  /** What to do on a machine that cannot have it. */
  readonly without: string;
}

const withoutEngines = 'this runs without any of it: npx aws-blueprints render FILE';
const withoutProvider = 'this runs without it: npx aws-blueprints up --provider none, or render FILE';

const engineSeconds: Readonly<Record<StackEngine, number>> = {
  etcd: 40,
  'crossplane-core': 100,
  'kube-apiserver': 170,
  'kube-controller-manager': 60,
};

const engines = Object.keys(engineSeconds).filter((name): name is StackEngine => name in engineSeconds);

const engineParts = engines.map((name): Part => {
  const have = (build: boolean) => buildEngines({ only: [name], build });
  return { name, seconds: engineSeconds[name], have, without: withoutEngines };
});

const providerParts: readonly Part[] = [
  // First, since it may lack a Python, which is better known before minutes of building.
  { name: 'simulated AWS', seconds: 60, have: (build) => buildSimulators({ build }), without: withoutProvider },
  {
    name: providerEngine,
    seconds: 240,
    have: async (build) => [await buildProvider({ kinds: managedKinds, build })],
    without: withoutProvider,
  },
];

/** Have everything in place that a platform is made of; what can be had is made, what cannot is named. */
export async function havePrerequisites(provider: Wishes['provider'], progress: Progress): Promise<void> {
  await requireCommand('openssl', ['version'], 'install OpenSSL and put it on the PATH');
  const missing: Part[] = [];
  for (const part of [...(provider === 'real' ? providerParts : []), ...engineParts]) {
    if ((await part.have(false)).some(({ state }) => state === 'impossible')) missing.push(part);
  }
  await requireDisk(missing.length > 0 ? 4 : 0.5);
  if (missing.length > 0) announce(missing);
  for (const [index, part] of missing.entries()) await build(part, `${index + 1} of ${missing.length}`, progress);
  await haveDefinitions(progress);
}

function announce(missing: readonly Part[]): void {
  const minutes = Math.ceil(missing.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  process.stderr.write(
    `Not in the cache yet: ${missing.map(({ name }) => name).join(', ')}. Built once, at exact versions: about ` +
      `${minutes} minutes on two free cores (twice that on busy ones), and 4 GB of disk.\n`,
  );
}

async function build({ name, seconds, have, without }: Part, count: string, progress: Progress): Promise<void> {
  progress.begin(`building ${name} (${count})`, seconds);
  for (const outcome of await have(true)) {
    if (outcome.state === 'impossible') throw impossible(outcome.engine, outcome.why, without);
    progress.done(`${outcome.engine} ${outcome.version}: ${describe(outcome)}`);
  }
}

/** The definitions of managed resources are read out of the provider's Go module, once. */
async function haveDefinitions(progress: Progress): Promise<void> {
  progress.begin('definitions of managed resources');
  try {
    await Promise.all(managed.map((ref) => managedDefinition(ref)));
  } catch (thrown) {
    throw impossible('definitions of managed resources', thrown, withoutEngines);
  }
  progress.done('engines and definitions are in the cache');
}

function impossible(what: string, why: unknown, remedy: string): CodedError {
  return new CodedError('PLATFORM_ENGINES', what, `not in the cache, and cannot be made (${messageOf(why)})`, remedy);
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
