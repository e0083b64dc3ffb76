import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { managedKinds } from '../../../functions/aws/index.ts';
import { describe, type Outcome } from '../../engines/artifact.ts';
import { buildEngines, type EngineName, requireTools } from '../../engines/build.ts';
import { cacheDirectory } from '../../engines/cache.ts';
import { managedDefinition } from '../../engines/crds.ts';
import { EngineError, messageOf } from '../../engines/error.ts';
import { buildProvider, providerEngine } from '../../engines/provider/build.ts';
import { buildSimulators } from '../../engines/provider/simulators.ts';
import { run } from '../../engines/run.ts';
import type { StackEngine } from '../../engines/stack.ts';
import { CodedError } from '../../error.ts';
import { findJudge } from '../../judge/judge.ts';
import { managed } from './contents.ts';
import type { Progress } from './progress.ts';
import type { Wishes } from './record.ts';

/** Something that is built once, and the seconds that takes on two free cores and with nothing in any other cache. */
interface Part {
  readonly name: string;
  readonly seconds: number;
  readonly have: (build: boolean) => Promise<readonly Outcome[]>;
  /** Throws when this machine lacks what it is built with. */
  readonly tools: () => Promise<void>;
}

const engineSeconds: Readonly<Record<StackEngine, number>> = {
  etcd: 40,
  'crossplane-core': 100,
  'kube-apiserver': 170,
  'kube-controller-manager': 60,
};

const engines = Object.keys(engineSeconds).filter((name): name is StackEngine => name in engineSeconds);

const enginePart = (name: EngineName, seconds: number): Part => ({
  name,
  seconds,
  have: (build) => buildEngines({ only: [name], build }),
  tools: () => requireTools(name),
});

const engineParts = engines.map((name) => enginePart(name, engineSeconds[name]));
const policyParts = [enginePart('gatekeeper', 90)];

const providerParts: readonly Part[] = [
  {
    name: 'simulated AWS',
    seconds: 60,
    have: (build) => buildSimulators({ build }),
    tools: async () => {
      for (const outcome of await buildSimulators({ build: false })) {
        if (outcome.state === 'impossible' && outcome.why.code === 'PYTHON_MISSING') throw outcome.why;
      }
    },
  },
  {
    name: providerEngine,
    seconds: 240,
    have: async (build) => [await buildProvider({ kinds: managedKinds, build })],
    // It needs no newer Go than etcd, whose module asks for the newest of all.
    tools: () => requireTools('etcd'),
  },
];

/**
 * Have everything in place that a platform is made of; what can be had is made, what cannot is named, and of the
 * `commands` of this program those that run without it.
 */
export async function havePrerequisites(
  { provider, policies }: Wishes,
  commands: readonly string[],
  progress: Progress,
): Promise<void> {
  await requireCommand('openssl', ['version'], 'install OpenSSL and put it on the PATH');
  const missing: Part[] = [];
  const parts = [
    ...(provider === 'real' ? providerParts : []),
    ...engineParts,
    ...(policies === 'off' ? [] : policyParts),
  ];
  for (const part of parts) {
    if ((await part.have(false)).some(({ state }) => state === 'impossible')) missing.push(part);
  }
  await requireAllTools(missing, commands);
  await requireDisk(missing.length > 0 ? 4 : 0.5);
  if (missing.length > 0) announce(missing);
  for (const [index, part] of missing.entries()) {
    await build(part, `${index + 1} of ${missing.length}`, commands, progress);
  }
  await haveDefinitions(commands, progress);
}

/** All that is missing at once, so that nobody installs one thing only to hear of the next. */
async function requireAllTools(missing: readonly Part[], commands: readonly string[]): Promise<void> {
  const lacks = new Map<string, EngineError>();
  for (const { tools } of missing) {
    await tools().catch((thrown: unknown) => {
      if (!(thrown instanceof EngineError)) throw thrown;
      // Several engines ask for Go, and not all for the same version.
      const known = lacks.get(thrown.code);
      const isMore = known === undefined || known.todo.localeCompare(thrown.todo, 'en', { numeric: true }) < 0;
      if (isMore) lacks.set(thrown.code, thrown);
    });
  }
  if (lacks.size === 0) return;
  const needs = [...lacks.values()].map(({ code, seen, todo }) => `${code}: ${seen}: ${todo}`).join('; ');
  const onlyPython = [...lacks.keys()].every((code) => code === 'PYTHON_MISSING');
  const remedy = onlyPython ? 'this runs without it: npx aws-blueprints up --provider none' : instead(commands);
  const what = missing.map(({ name }) => name).join(', ');
  throw new CodedError('PLATFORM_ENGINES', what, `not in the cache, and cannot be built here (${needs})`, remedy);
}

const offline = { render: 'render FILE', check: 'check PATH', playground: 'playground' } as const;

/** The commands that need no platform, of those that there are and that work here. */
function instead(commands: readonly string[]): string {
  const works = (name: string) => commands.includes(name) && (name !== 'check' || hasJudge());
  const run = Object.entries(offline).flatMap(([name, usage]) => (works(name) ? [usage] : []));
  return `without any of it run: ${run.map((usage) => `npx aws-blueprints ${usage}`).join(', ')}`;
}

function hasJudge(): boolean {
  try {
    findJudge();
    return true;
  } catch {
    return false;
  }
}

function announce(missing: readonly Part[]): void {
  const minutes = Math.ceil(missing.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  process.stderr.write(
    `Not in the cache yet: ${missing.map(({ name }) => name).join(', ')}. Built once, at exact versions: about ` +
      `${minutes} minutes on two free cores (twice that on busy ones), and 4 GB of disk.\n`,
  );
}

async function build(part: Part, count: string, commands: readonly string[], progress: Progress): Promise<void> {
  progress.begin(`building ${part.name} (${count})`, part.seconds);
  for (const outcome of await part.have(true)) {
    if (outcome.state === 'impossible') throw impossible(outcome.engine, outcome.why, commands);
    const size = `${Math.ceil((await sizeOf(outcome.directory)) / 1e6)} MB`;
    progress.done(`${outcome.engine} ${outcome.version}: ${describe(outcome)}, ${size} in the cache`);
  }
}

/** The definitions of managed resources are read out of the provider's Go module, once. */
async function haveDefinitions(commands: readonly string[], progress: Progress): Promise<void> {
  progress.begin('definitions of managed resources');
  try {
    await Promise.all(managed.map((ref) => managedDefinition(ref)));
  } catch (thrown) {
    throw impossible('definitions of managed resources', thrown, commands);
  }
  progress.done('engines and definitions are in the cache');
}

function impossible(what: string, why: unknown, commands: readonly string[]): CodedError {
  const seen = `not in the cache, and cannot be made (${messageOf(why)})`;
  return new CodedError('PLATFORM_ENGINES', what, seen, instead(commands));
}

async function requireCommand(command: string, args: readonly string[], remedy: string): Promise<void> {
  const result = await run(command, args, { seconds: 20 }).catch((thrown: unknown) => {
    throw new CodedError('PLATFORM_COMMAND', command, `does not start (${messageOf(thrown)})`, remedy);
  });
  if (result.code !== 0) throw new CodedError('PLATFORM_COMMAND', command, `ended with ${result.code}`, remedy);
}

/** The bytes of all files in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => stat(join(parentPath, name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
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
