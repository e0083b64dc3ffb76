import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requireEngines } from './build.ts';
import { tryLock } from './cache.ts';
import { crossplaneNamespace } from './chart.ts';
import { kubeconfigOf, type StackContext, startControllers, startControlPlane } from './control-plane.ts';
import { type KindRef, type ManagedDefinition, managedDefinition } from './crds.ts';
import {
  type Certificates,
  defineCrossplane,
  initialiseCrossplane,
  managedResourcesRole,
  startCrossplane,
  waitForDefinition,
  waitForRights,
  writeCertificates,
} from './crossplane.ts';
import { EngineError } from './error.ts';
import { fields, items, textOf } from './fields.ts';
import type { KubeClient, KubeObject } from './kube.ts';
import { Pieces } from './pieces.ts';
import { accepts, claimPorts, type PortBlock } from './ports.ts';

/** What a stack is made of. */
export interface StackOptions {
  /** Where it keeps everything, resumed when it is there already; without it, a temporary folder removed at the end. */
  readonly state?: string;
  /** True: the folder is temporary all the same, and removed at the end however that comes. */
  readonly discard?: boolean;
  /** Given the pieces before the first of them starts. */
  readonly onPieces?: (pieces: Pieces) => void;
  /** What is done as soon as the API server serves, before anything acts on what a former run has stored. */
  readonly onServing?: (base: StackBase) => Promise<void>;
  /** The managed resource kinds whose definitions are installed, each in the version that is composed. */
  readonly managed?: readonly KindRef[];
  /** Installs these definitions in a way of its own. */
  readonly define?: (base: StackBase, managed: readonly ManagedDefinition[]) => Promise<void>;
  /** What `install` installs before the stack counts as started: definitions, Compositions, roles, namespaces … */
  readonly manifests?: readonly KubeObject[];
  /**
   * What is done when all of it is installed, before the garbage collector starts, which waits until every kind can be
   * listed: a provider whose webhook converts what was stored must serve by then.
   */
  readonly prepare?: (stack: Stack) => Promise<void>;
  /** True: the API server writes down who asked it for what (`auditLogOf`). */
  readonly audit?: boolean;
  /** Further flags of `crossplane core start`. */
  readonly coreArgs?: readonly string[];
  /** The cache folder of the engines. */
  readonly cache?: string;
  /** False: fail rather than build an engine that the cache lacks. */
  readonly build?: boolean;
  readonly log?: (line: string) => void;
}

/** A step of the start, and when it was done. */
interface Timing {
  readonly step: string;
  readonly milliseconds: number;
}

/** A function server to be run by the stack. */
export interface FunctionOptions {
  /** The name by which Compositions refer to it. */
  readonly name: string;
  readonly command: string;
  /** `--address` and `--tls-server-certs-dir` are added. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What its package would declare. */
  readonly capabilities?: readonly string[];
  /** Takes over from those that were started before; 1 unless given. */
  readonly revision?: number;
  /** One replica at each of these hosts, all at one port; 127.0.0.1 unless given. */
  readonly hosts?: readonly [string, ...string[]];
  /** The gRPC target of all replicas; dns:///localhost and the port unless given. */
  readonly endpoint?: (port: number) => string;
}

/** A function server that runs and that core calls. */
export interface RunningFunction {
  /** Its first replica's name among the pieces, to stop, kill, restart it or read its log. */
  readonly piece: string;
  /** The names of all replicas. */
  readonly replicas: readonly string[];
  /** host:port of the first. */
  readonly address: string;
}

/** Real engines that run on this machine, on loopback: etcd, kube-apiserver, Crossplane and the garbage collector. */
export interface Stack {
  readonly state: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  readonly kube: KubeClient;
  readonly pieces: Pieces;
  /** The managed resource kinds that are installed. */
  readonly managed: readonly ManagedDefinition[];
  readonly functionCerts: Certificates;
  readonly timings: readonly Timing[];
  /** A port that nothing else of this or any other stack uses. */
  readonly port: () => Promise<number>;
  /** Apply objects in order; composites of the definitions among them can be made, and deleted, when it returns. */
  readonly install: (manifests: readonly KubeObject[]) => Promise<void>;
  readonly startFunction: (options: FunctionOptions) => Promise<RunningFunction>;
  /** End every process, and remove the folder if it was temporary. */
  readonly stop: () => Promise<void>;
}

/** The parts of a stack that are there as soon as its API server serves. */
export type StackBase = Pick<Stack, 'state' | 'kubeconfig' | 'kube' | 'pieces' | 'port'>;

const stackEngines = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'crossplane-core'] as const;

/** An engine that a stack runs. */
export type StackEngine = (typeof stackEngines)[number];

const garbageCollector = 'garbage-collector';
const definitionKind = 'CompositeResourceDefinition';

/** Start a stack; when this process ends, however it does, every process of the stack ends with it. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { cache, build, log } = options;
  const wishes = { ...(cache && { cache }), ...(build !== undefined && { build }), ...(log && { log }) };
  const directoryOf = await requireEngines(stackEngines, wishes);
  const state = resolve(options.state ?? (await mkdtemp(join(tmpdir(), 'aws-blueprints-stack-'))));
  await mkdir(state, { recursive: true });
  const lock = join(state, 'lock');
  if (!(await tryLock(lock))) throw busy(state);
  const ports = await claimPortsOf(state);
  const temporary = options.discard ?? options.state === undefined;
  const pieces = await Pieces.open(join(state, 'log'), temporary ? state : undefined);
  options.onPieces?.(pieces);
  const context: StackContext = {
    pieces,
    ports,
    state,
    audit: options.audit ?? false,
    binary: (engine) => join(directoryOf(engine), engine),
  };
  const stop = async () => {
    await pieces.stopAll();
    ports.release();
    await rm(lock, { force: true });
  };
  try {
    return await boot(context, options, stop);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Those of the former run if they are free, so that addresses which somebody noted still lead here. */
async function claimPortsOf(state: string): Promise<PortBlock> {
  const file = join(state, 'ports');
  const ports = await claimPorts(Number(await readFile(file, 'utf8').catch(() => '0')));
  await writeFile(file, String(ports.base));
  return ports;
}

async function boot(context: StackContext, options: StackOptions, stop: () => Promise<void>): Promise<Stack> {
  const { state, pieces, ports } = context;
  const { timings, mark } = stopwatch(options.log);
  const kube = await startControlPlane(context);
  const base: StackBase = { state, kubeconfig: kubeconfigOf(state, 'admin'), kube, pieces, port: () => ports.next() };
  await options.onServing?.(base);
  mark('API server ready');
  await defineCrossplane(context, kube);
  await kube.apply(namespace(crossplaneNamespace));
  // Core's own role is an aggregated one: without this controller it would stay empty.
  const controllers = ['clusterrole-aggregation-controller', 'namespace-controller'];
  await startControllers(context, 'kube-controller-manager', controllers);
  const [managed, functionCerts] = await Promise.all([
    installManaged(base, options, mark),
    startCore(context, kube, options, mark),
  ]);
  // All are in one role, so whoever has one of these rights has them all.
  for (const { group, plural } of managed.slice(-1)) await waitForRights(kube, 'crossplane', group, plural);
  const stack: Stack = {
    ...base,
    managed,
    functionCerts,
    timings,
    install: (manifests) => installManifests(context, kube, manifests),
    startFunction: (wanted) => startFunction(context, kube, functionCerts, wanted),
    stop,
  };
  await options.prepare?.(stack);
  await startControllers(context, garbageCollector, ['garbage-collector-controller']);
  mark('garbage collector started');
  return stack;
}

type Mark = (step: string) => void;

/** Core, its RBAC manager, and what they work on; they need no managed resources until somebody makes a composite. */
async function startCore(
  context: StackContext,
  kube: KubeClient,
  { coreArgs = [], manifests = [] }: StackOptions,
  mark: Mark,
): Promise<Certificates> {
  const webhookPort = await context.ports.next();
  await initialiseCrossplane(context, kube, webhookPort);
  mark('core initialised');
  const certificates = await writeCertificates(context, kube);
  await startCrossplane(context, webhookPort, coreArgs);
  mark('core ready');
  await installManifests(context, kube, manifests);
  mark('manifests installed');
  return certificates;
}

function busy(state: string): EngineError {
  const seen = 'another stack runs in this folder';
  return new EngineError({ code: 'STACK_BUSY', path: state, seen, todo: 'stop that one, or give another folder' });
}

function stopwatch(log: ((line: string) => void) | undefined) {
  const start = Date.now();
  const timings: Timing[] = [];
  const mark: Mark = (step) => {
    const milliseconds = Date.now() - start;
    timings.push({ step, milliseconds });
    log?.(`${milliseconds} ms: ${step}`);
  };
  return { timings, mark };
}

async function installManaged(base: StackBase, options: StackOptions, mark: Mark): Promise<ManagedDefinition[]> {
  const definitions = await Promise.all((options.managed ?? []).map((ref) => managedDefinition(ref, options.cache)));
  if (definitions.length > 0) await base.kube.apply(managedResourcesRole(definitions));
  await (options.define ?? defineAll)(base, definitions);
  mark('managed resources defined');
  return definitions;
}

async function defineAll({ kube }: StackBase, managed: readonly ManagedDefinition[]): Promise<void> {
  const definitions = managed.map(({ definition }) => definition);
  await Promise.all(definitions.map((definition) => kube.apply(definition)));
  await establish(kube, definitions);
}

/**
 * Wait until the API server serves what was defined. It lists a kind when its definition is Established; to read the
 * definitions themselves, which are large, again and again would keep it from that.
 */
export async function establish(kube: KubeClient, definitions: readonly KubeObject[]): Promise<void> {
  for (const { spec } of definitions) {
    const served = items(spec?.versions).map(fields);
    for (const { name } of served.filter((version) => version.served === true)) {
      await kube.waitServed(`${textOf(spec?.group)}/${textOf(name)}`, textOf(fields(spec?.names).kind), 180);
    }
  }
}

async function installManifests(context: StackContext, kube: KubeClient, manifests: readonly KubeObject[]) {
  await kube.apply(...manifests);
  const definitions = manifests.filter((object) => object.kind === definitionKind);
  await Promise.all(definitions.map((definition) => waitForDefinition(kube, definition)));
  // The garbage collector looks for new kinds every 30 s only, but at its start.
  const { pieces } = context;
  if (definitions.length > 0 && pieces.names.includes(garbageCollector)) await pieces.restart(garbageCollector);
}

async function startFunction(
  { pieces, ports }: StackContext,
  kube: KubeClient,
  certificates: Certificates,
  options: FunctionOptions,
): Promise<RunningFunction> {
  const { name, capabilities = ['composition'], command, env = {}, cwd, revision = 1, hosts = ['127.0.0.1'] } = options;
  const port = await ports.next();
  const piece = revision === 1 ? `function-${name}` : `function-${name}-${revision}`;
  const replicas = hosts.map((host, index) => ({ host, piece: index === 0 ? piece : `${piece}-replica-${index + 1}` }));
  const { endpoint = () => `dns:///localhost:${port}` } = options;
  try {
    for (const replica of replicas) {
      const address = ['--address', `${replica.host}:${port}`];
      const args = [...options.args, ...address, '--tls-server-certs-dir', certificates.server];
      const ready = { seconds: 30, check: () => accepts(port, replica.host) };
      await pieces.start({ name: replica.piece, command, args, env, ready, ...(cwd && { cwd }) });
    }
    await register(kube, functionRevision(name, revision), { endpoint: endpoint(port), capabilities });
  } catch (error) {
    const started = replicas.filter((replica) => pieces.names.includes(replica.piece));
    for (const replica of started) await pieces.stop(replica.piece);
    throw error;
  }
  return { piece, replicas: replicas.map((replica) => replica.piece), address: `${hosts[0]}:${port}` };
}

/** Core calls the one revision that is active. */
async function register(kube: KubeClient, revision: KubeObject, status: object): Promise<void> {
  const { apiVersion, kind, metadata } = revision;
  await kube.apply(revision);
  await kube.patch(revision, { status }, { subresource: 'status' });
  const all = await kube.list(apiVersion, kind, {
    labelSelector: `${packageLabel}=${metadata.labels?.[packageLabel]}`,
  });
  const former = all.filter(({ metadata: { name } }) => name !== metadata.name);
  for (const one of former) await kube.patch(one, { spec: { desiredState: 'Inactive' } });
}

const packageLabel = 'pkg.crossplane.io/package';

/** A revision made by hand: no package is pulled, and the pause keeps core's package controllers away from it. */
function functionRevision(name: string, revision: number): KubeObject {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'FunctionRevision',
    metadata: {
      name: revision === 1 ? `${name}-dev` : `${name}-dev-${revision}`,
      labels: { [packageLabel]: name },
      annotations: { 'crossplane.io/paused': 'true' },
    },
    spec: {
      desiredState: 'Active',
      image: `localhost/${name}:dev`,
      revision,
      packagePullPolicy: 'Never',
      skipDependencyResolution: true,
    },
  };
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
