import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { type Artifact, describe, haveArtifact, type Outcome } from './artifact.ts';
import { cacheDirectory } from './cache.ts';
import { EngineError, messageOf } from './error.ts';
import { goEnvironment, goModule, requireGo } from './go.ts';
import { packageRoot } from './root.ts';
import { run, tail } from './run.ts';

/** The engines, in the order in which they are built. */
const engineNames = [
  'etcd',
  'crossplane-core',
  'crossplane-cli',
  'gator',
  'gatekeeper',
  'judge',
  'judge-wasm',
  'registry',
  'kubeconform',
  'kube-apiserver',
  'kube-controller-manager',
] as const;

/** A program that the harness builds from its Go module. */
export type EngineName = (typeof engineNames)[number];

interface EngineSource {
  /** The folder under `modules/` whose go.mod and go.sum fix every version. */
  readonly folder: string;
  /** The Go module that gives the engine its version. */
  readonly module: string;
  /** The main package, below the module; or, with `own`, below the folder. */
  readonly main: string;
  /** Files of the folder that are the program itself: the module then only gives the version. */
  readonly own?: readonly string[];
  /** Go string variables set by the linker; `VERSION` stands for the module's version. */
  readonly variables: Readonly<Record<string, string>>;
  /** For JavaScript: the name of the program, and the files of the folder that run it, with Go's own wasm_exec.js. */
  readonly wasm?: { readonly program: string; readonly beside: readonly string[] };
  /** Folders of the module that are kept beside the binary. */
  readonly files?: readonly string[];
  /** Text that is replaced in one file of the module, where it occurs once. */
  readonly edits?: { readonly file: string; readonly replace: Readonly<Record<string, string>> };
}

const runtimeVersion = 'github.com/crossplane/crossplane-runtime/v2/pkg/version.version';
const gatekeeperModule = 'github.com/open-policy-agent/gatekeeper/v3';
const kubernetesVersion = { 'k8s.io/component-base/version.gitVersion': 'VERSION' };

const sources: Readonly<Record<EngineName, EngineSource>> = {
  etcd: { folder: 'etcd', module: 'go.etcd.io/etcd/server/v3', main: '', variables: {} },
  'crossplane-core': {
    folder: 'crossplane',
    module: 'github.com/crossplane/crossplane/v2',
    main: '/cmd/crossplane',
    variables: {
      // A core without a version refuses every package that asks for one.
      [runtimeVersion]: 'VERSION',
      // `rbac start` has no flag for its metrics address, so that two of them could never run side by side: "0" is off.
      'sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress': '0',
    },
    files: ['cluster/crds', 'cluster/webhookconfigurations', 'cluster/charts/crossplane'],
    // In a pod it may listen on every address, and has no flag for another; on a machine of a person it must not.
    edits: {
      file: 'cmd/crossplane/core/core.go',
      replace: {
        'fmt.Sprintf(":%d", c.MetricsPort)': 'fmt.Sprintf("127.0.0.1:%d", c.MetricsPort)',
        'fmt.Sprintf(":%d", c.HealthProbePort)': 'fmt.Sprintf("127.0.0.1:%d", c.HealthProbePort)',
        'Port: c.WebhookPort,': 'Host: "127.0.0.1", Port: c.WebhookPort,',
      },
    },
  },
  'crossplane-cli': {
    folder: 'cli',
    module: 'github.com/crossplane/cli/v2',
    main: '/cmd/crossplane',
    variables: { [runtimeVersion]: 'VERSION' },
  },
  gator: { folder: 'gatekeeper', module: gatekeeperModule, main: '/cmd/gator', variables: {} },
  gatekeeper: {
    folder: 'gatekeeper',
    module: gatekeeperModule,
    main: '',
    variables: {},
    files: ['deploy'],
  },
  judge: { folder: 'gatekeeper', module: gatekeeperModule, main: './judge', own: ['judge/main.go'], variables: {} },
  'judge-wasm': {
    folder: 'gatekeeper',
    module: gatekeeperModule,
    main: './judge',
    own: ['judge/main.go', 'judge/judge.cjs'],
    variables: {},
    wasm: { program: 'judge.wasm', beside: ['judge/judge.cjs'] },
  },
  // The CLI's own registry library has an in-memory server for tests.
  registry: { folder: 'cli', module: 'github.com/google/go-containerregistry', main: '/cmd/registry', variables: {} },
  kubeconform: {
    folder: 'kubeconform',
    module: 'github.com/yannh/kubeconform',
    main: '/cmd/kubeconform',
    variables: {},
  },
  'kube-apiserver': {
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    main: '/cmd/kube-apiserver',
    variables: kubernetesVersion,
  },
  'kube-controller-manager': {
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    main: '/cmd/kube-controller-manager',
    variables: kubernetesVersion,
  },
};

/** What became of one engine; its folder holds the binary, named as the engine, and for core its `cluster/` folder. */
export type EngineOutcome = Outcome<EngineName>;

/** Which engines to have, and how. */
export interface BuildOptions {
  readonly only?: readonly EngineName[];
  /** False: use what the cache holds and build nothing. */
  readonly build?: boolean;
  readonly cache?: string;
  readonly log?: (line: string) => void;
}

interface Plan {
  readonly engine: EngineName;
  readonly source: EngineSource;
  readonly version: string;
  /** The checksum of the engine's own module, from go.sum. */
  readonly sum: string;
  readonly moduleDirectory: string;
  readonly flags: readonly string[];
  /** Where the engine is or will be: its name holds a digest of all that goes into it. */
  readonly target: string;
}

/** Have the engines in the cache, building those that are missing, one at a time and at low priority. */
export async function buildEngines(options: BuildOptions = {}): Promise<EngineOutcome[]> {
  const { only = engineNames, build = true, cache = cacheDirectory(), log = () => {} } = options;
  const outcomes: EngineOutcome[] = [];
  for (const engine of only) {
    const plan = await planOf(engine, cache);
    const outcome = await haveArtifact(artifactOf(plan, cache), { cache, build, log });
    log(`${engine} ${plan.version}: ${describe(outcome)}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Check that this machine has what it takes to build an engine. */
export async function requireTools(engine: EngineName): Promise<void> {
  await requireGo(moduleDirectoryOf(sources[engine]));
}

/** The folders of the engines asked for; throws the first reason why one cannot be had. */
export async function requireEngines<Name extends EngineName>(
  only: readonly Name[],
  options: Omit<BuildOptions, 'only'> = {},
): Promise<(engine: Name) => string> {
  const outcomes = await buildEngines({ ...options, only });
  const directories = new Map<string, string>();
  for (const outcome of outcomes) {
    if (outcome.state === 'impossible') throw outcome.why;
    directories.set(outcome.engine, outcome.directory);
  }
  return (engine) => directories.get(engine) ?? '';
}

async function planOf(engine: EngineName, cache: string): Promise<Plan> {
  const source = sources[engine];
  const moduleDirectory = moduleDirectoryOf(source);
  const [goMod, goSum] = await Promise.all(
    ['go.mod', 'go.sum'].map((name) => readFile(join(moduleDirectory, name), 'utf8')),
  );
  const version = wordAfter(goMod ?? '', source.module);
  const sum = wordAfter(goSum ?? '', `${source.module} ${version}`);
  const assignments = Object.entries(source.variables).map(
    ([name, value]) => `-X ${name}=${value.replace('VERSION', version)}`,
  );
  const flags = [`-ldflags=${['-s', '-w', ...assignments].join(' ')}`];
  const own = await Promise.all((source.own ?? []).map((name) => readFile(join(moduleDirectory, name), 'utf8')));
  const parts = [goMod, goSum, ...own, flags, goEnvironment, source, process.platform, process.arch];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  const target = join(cache, 'engines', `${engine}-${version}-${digest}`);
  return { engine, source, version, sum, moduleDirectory, flags, target };
}

function moduleDirectoryOf({ folder }: EngineSource): string {
  return join(packageRoot, 'tools', 'engines', 'modules', folder);
}

/** The word that follows `start` on the first line that has it. */
function wordAfter(text: string, start: string): string {
  const line = text.split('\n').find((candidate) => candidate.replace(/^(\t|require )/, '').startsWith(`${start} `));
  return line?.split(`${start} `)[1]?.split(' ')[0] ?? '';
}

function artifactOf(plan: Plan, cache: string): Artifact<EngineName> {
  return {
    engine: plan.engine,
    version: plan.version,
    target: plan.target,
    program: plan.source.wasm?.program ?? plan.engine,
    command: 'tsx tools/engines/build.ts',
    require: () => requireGo(plan.moduleDirectory),
    make: (directory) => compile(plan, cache, directory),
  };
}

async function compile(plan: Plan, cache: string, directory: string): Promise<void> {
  const { engine, source, version, sum } = plan;
  const { edits, files = [] } = source;
  const kept = edits || files.length > 0 ? await goModule({ path: source.module, version, sum }, cache) : '';
  const tree = await mkdtemp(join(tmpdir(), 'aws-blueprints-engine-'));
  try {
    const cwd = edits ? await edited(plan, edits, kept, tree) : plan.moduleDirectory;
    await goBuild(plan, cwd, join(directory, source.wasm?.program ?? engine));
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
  if (source.wasm) await copyRunner(source.wasm.beside, plan.moduleDirectory, directory);
  for (const folder of files) await copyFiles(join(kept, folder), join(directory, folder));
}

async function goBuild({ engine, source, flags }: Plan, cwd: string, binary: string): Promise<void> {
  const main = source.own ? source.main : `${source.module}${source.main}`;
  const args = ['build', ...flags, '-o', binary, main];
  const env = { ...goEnvironment, ...(source.wasm && { GOOS: 'js', GOARCH: 'wasm' }) };
  const result = await run('go', args, { cwd, env, seconds: 3600, nice: true });
  if (result.code === 0) return;
  const todo = 'check that the Go module proxy answers and the disk has room (3 GB), and try again';
  const seen = `go build ended with ${result.code}:${tail(result.stderr)}`;
  throw new EngineError({ code: 'ENGINE_BUILD', path: engine, seen, todo });
}

/** A folder to build in that takes the engine's own module from an edited copy, and all else as before. */
async function edited(
  { engine, source, moduleDirectory }: Plan,
  { file, replace }: NonNullable<EngineSource['edits']>,
  module: string,
  tree: string,
): Promise<string> {
  const copy = join(tree, 'module');
  await copyFiles(module, copy);
  let text = await readFile(join(module, file), 'utf8');
  for (const [from, to] of Object.entries(replace)) {
    if (text.split(from).length !== 2) {
      const todo = 'teach tools/engines/build.ts: the new version of the module differs there';
      throw new EngineError({ code: 'ENGINE_SOURCE', path: `${engine} ${file}`, seen: `has not once: ${from}`, todo });
    }
    text = text.replace(from, to);
  }
  // Files of a Go module are read-only, and so are copies of them.
  await rm(join(copy, file));
  await writeFile(join(copy, file), text);
  const goMod = await readFile(join(moduleDirectory, 'go.mod'), 'utf8');
  await writeFile(join(tree, 'go.mod'), `${goMod}\nreplace ${source.module} => ./module\n`);
  await copyFile(join(moduleDirectory, 'go.sum'), join(tree, 'go.sum'));
  return tree;
}

/** WebAssembly of Go runs only with the JavaScript of the very Go that made it. */
async function copyRunner(files: readonly string[], moduleDirectory: string, directory: string): Promise<void> {
  const { stdout } = await run('go', ['env', 'GOROOT'], { cwd: moduleDirectory, env: goEnvironment, seconds: 60 });
  const own = files.map((file) => join(moduleDirectory, file));
  for (const file of [...own, join(stdout.trim(), 'lib', 'wasm', 'wasm_exec.js')]) {
    await copyFile(file, join(directory, basename(file)));
  }
}

/** Copy the files only: the folders of a Go module are read-only, and ours must be removable. */
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const folder = join(to, relative(from, entry.parentPath));
    await mkdir(folder, { recursive: true });
    await copyFile(join(entry.parentPath, entry.name), join(folder, entry.name));
  }
}

async function main(names: readonly string[]): Promise<void> {
  const known: readonly string[] = engineNames;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const todo = `give some of: ${engineNames.join(', ')}`;
    throw new EngineError({ code: 'ENGINE_UNKNOWN', path: unknown, seen: 'no engine has this name', todo });
  }
  const only = engineNames.filter((name) => names.length === 0 || names.includes(name));
  const outcomes = await buildEngines({ only, log: (line) => process.stderr.write(`${line}\n`) });
  const table = new Table({ head: ['engine', 'version', 'state', 'where'], style: { head: [], border: [] } });
  for (const outcome of outcomes) {
    const where = outcome.state === 'impossible' ? outcome.why.code : outcome.directory;
    table.push([outcome.engine, outcome.version, outcome.state === 'built' ? describe(outcome) : outcome.state, where]);
  }
  process.stdout.write(`${table.toString()}\n`);
  if (outcomes.some((outcome) => outcome.state === 'impossible')) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(process.argv.slice(2)).catch((thrown: unknown) => {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof EngineError && thrown.code === 'ENGINE_UNKNOWN' ? 2 : 1;
  });
}
