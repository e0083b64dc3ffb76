import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requireEngines } from './build.ts';
import { tryLock } from './cache.ts';
import { crossplaneNamespace } from './chart.ts';
import { kubeconfigOf, type StackContext, startControllers, startControlPlane } from './control-plane.ts';
import { type KindRef, type ManagedDefinition, managedDefinition } from './crds.ts';
import {
  type Certificates,
  initialiseCrossplane,
  managedResourcesRole,
  startCrossplane,
  waitForDefinition,
  waitForRights,
  writeCertificates,
} from './crossplane.ts';
import { EngineError } from './error.ts';
import { items } from './fields.ts';
import { hasConditions, type KubeClient, type KubeObject } from './kube.ts';
import { Pieces } from './pieces.ts';
import { accepts, claimPorts } from './ports.ts';

/** What a stack is made of. */
export interface StackOptions {
  /** Where it keeps everything, resumed when it is there already; without it, a temporary folder removed at the end. */
  readonly state?: string;
  /** True: the folder is temporary all the same, and removed at the end however that comes. */
  readonly discard?: boolean;
  /** Given the pieces before the first of them starts. */
  readonly onPieces?: (pieces: Pieces) => void;
  /** The managed resource kinds whose definitions are installed, each in the version that is composed. */
  readonly managed?: readonly KindRef[];
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
}

/** A function server that runs and that core calls. */
export interface RunningFunction {
  /** Its name among the pieces, to stop, kill, restart it or read its log. */
  readonly piece: string;
  /** host:port */
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
  const ports = await claimPorts();
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

async function boot(context: StackContext, options: StackOptions, stop: () => Promise<void>): Promise<Stack> {
  const { state, pieces, ports } = context;
  const { timings, mark } = stopwatch(options.log);
  const kube = await startControlPlane(context);
  mark('API server ready');
  await kube.apply(namespace(crossplaneNamespace));
  // Core's own role is an aggregated one: without this controller it would stay empty.
  const controllers = ['clusterrole-aggregation-controller', 'namespace-controller'];
  await startControllers(context, 'kube-controller-manager', controllers);
  const webhookPort = await ports.next();
  const [managed] = await Promise.all([
    installManaged(kube, options),
    initialiseCrossplane(context, kube, webhookPort),
  ]);
  mark('core initialised, managed resources defined');
  const functionCerts = await writeCertificates(context, kube);
  await startCrossplane(context, webhookPort, options.coreArgs ?? []);
  for (const { group, plural } of managed) await waitForRights(kube, 'crossplane', group, plural);
  mark('core ready');
  const install = (manifests: readonly KubeObject[]) => installManifests(context, kube, manifests);
  await install(options.manifests ?? []);
  mark('manifests installed');
  const stack: Stack = {
    state,
    kubeconfig: kubeconfigOf(state, 'admin'),
    kube,
    pieces,
    managed,
    functionCerts,
    timings,
    port: () => ports.next(),
    install,
    startFunction: (wanted) => startFunction(context, kube, functionCerts, wanted),
    stop,
  };
  await options.prepare?.(stack);
  await startControllers(context, garbageCollector, ['garbage-collector-controller']);
  mark('garbage collector started');
  return stack;
}

function busy(state: string): EngineError {
  const seen = 'another stack runs in this folder';
  return new EngineError({ code: 'STACK_BUSY', path: state, seen, todo: 'stop that one, or give another folder' });
}

function stopwatch(log: ((line: string) => void) | undefined) {
  const start = Date.now();
  const timings: Timing[] = [];
  const mark = (step: string) => {
    const milliseconds = Date.now() - start;
    timings.push({ step, milliseconds });
    log?.(`${milliseconds} ms: ${step}`);
  };
  return { timings, mark };
}

async function installManaged(kube: KubeClient, options: StackOptions): Promise<ManagedDefinition[]> {
  const definitions = await Promise.all((options.managed ?? []).map((ref) => managedDefinition(ref, options.cache)));
  if (definitions.length > 0) await kube.apply(managedResourcesRole(definitions));
  await Promise.all(definitions.map(({ definition }) => define(kube, definition)));
  await Promise.all(
    definitions.map(({ definition }) =>
      kube.waitFor(definition, (object) => hasConditions(object, 'Established'), { seconds: 180, what: 'Established' }),
    ),
  );
  return definitions;
}

/** One with several versions is a provider's, of a former start: what was stored in its versions forbids another. */
async function define(kube: KubeClient, definition: KubeObject): Promise<void> {
  const found = await kube.find(definition);
  if (items(found?.spec?.versions).length < 2) await kube.apply(definition);
}

async function installManifests(context: StackContext, kube: KubeClient, manifests: readonly KubeObject[]) {
  await kube.apply(...manifests);
  const definitions = manifests.filter((object) => object.kind === definitionKind);
  for (const definition of definitions) await waitForDefinition(kube, definition);
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
  const { name, capabilities = ['composition'], command, env = {}, cwd } = options;
  const port = await ports.next();
  const address = `127.0.0.1:${port}`;
  const piece = `function-${name}`;
  const args = [...options.args, '--address', address, '--tls-server-certs-dir', certificates.server];
  const ready = { seconds: 30, check: () => accepts(port) };
  await pieces.start({ name: piece, command, args, env, ready, ...(cwd && { cwd }) });
  const revision = functionRevision(name);
  await kube.apply(revision);
  const status = { endpoint: `dns:///localhost:${port}`, capabilities };
  await kube.patch(revision, { status }, { subresource: 'status' });
  return { piece, address };
}

/** A revision made by hand: no package is pulled, and the pause keeps core's package controllers away from it. */
function functionRevision(name: string): KubeObject {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'FunctionRevision',
    metadata: {
      name: `${name}-dev`,
      labels: { 'pkg.crossplane.io/package': name },
      annotations: { 'crossplane.io/paused': 'true' },
    },
    spec: {
      desiredState: 'Active',
      image: `localhost/${name}:dev`,
      revision: 1,
      packagePullPolicy: 'Never',
      skipDependencyResolution: true,
    },
  };
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
