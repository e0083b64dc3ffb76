import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { installed } from '../../tools/bench/installed.ts';
import { load } from '../../tools/cli/load.ts';
import { auditLogOf } from '../../tools/engines/control-plane.ts';
import { fields, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, isPassing, KubeError, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { simulate } from '../../tools/simulate.ts';
import { type Names, startNames } from './names.ts';

const namespace = 'team-a';
const blueprint = 'S3IRSA';
const apiVersion = 'm.awsblueprints.io/v1alpha1';
const compositeLabel = 'crossplane.io/composite';
const externalNameKey = 'crossplane.io/external-name';

/** After a round everything has to be as it was asked for within this time: core waits up to a minute between failures. */
const convergeSeconds = 300;

/** Core takes turns between the addresses that a name has. Only Linux listens on the second without being told to. */
const replicaHosts: readonly [string, ...string[]] =
  process.platform === 'linux' ? ['127.0.0.1', '127.0.0.2'] : ['127.0.0.1'];

/** Something that must never be, with what was seen. */
export class Broken extends Error {}

/** What the requests of a world came to. */
interface Requests {
  created: number;
  changed: number;
  deleted: number;
}

/**
 * A control plane on which composites are made, changed and deleted, and somebody who writes down what becomes of all
 * that they compose: nothing is deleted while its composite is wanted, and no external name changes.
 */
export class World {
  readonly requests: Requests = { created: 0, changed: 0, deleted: 0 };
  readonly stack: Stack;
  readonly provider: StandInProvider;
  readonly environment = load('examples/environment.yaml')[0]?.object as KubeObject;
  /** The kinds of all that is composed. */
  readonly kinds: readonly string[];
  readonly #wanted = new Map<string, string>();
  readonly #given = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #seen = new Map<string, { readonly composite: string; externalName: string }>();
  readonly #broken: string[] = [];
  readonly #watch = new AbortController();
  readonly #names: Names;
  #revision = 0;
  #replicas: readonly string[] = [];

  private constructor(stack: Stack, provider: StandInProvider, names: Names) {
    this.stack = stack;
    this.provider = provider;
    this.#names = names;
    this.kinds = stack.managed.map(({ kind }) => kind);
  }

  /** Start a stack of its own. */
  static async start(): Promise<World> {
    const stack = await startStack({ ...installed([blueprint], ['namespaced'], namespace), audit: true });
    const provider = await startStandInProvider(stack, {
      atProvider: (resource) =>
        Object(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider,
    });
    const world = new World(stack, provider, await startNames(replicaHosts));
    await world.startFunction();
    await stack.kube.apply(world.environment);
    for (const { apiVersion: version, kind } of stack.managed) {
      await stack.kube.watch(version, kind, (event, object) => world.#note(event, object), world.#watch.signal);
    }
    return world;
  }

  async stop(): Promise<void> {
    this.#watch.abort();
    this.provider.stop();
    this.#names.stop();
    await this.stack.stop();
  }

  /** The names of the function's replicas that serve, among the pieces. */
  get replicas(): readonly string[] {
    return this.#replicas;
  }

  /** Start two replicas of the function; when some serve already, as another revision that takes over from them. */
  async startFunction(): Promise<void> {
    const former = this.#replicas;
    const { pieces } = this.stack;
    const options = {
      name: functionName,
      command: process.execPath,
      args: ['dist/main.js', '--metrics-address', ''],
      hosts: replicaHosts,
      endpoint: (port: number) => `dns://${this.#names.address}/function.localhost:${port}`,
    };
    await persist(async () => {
      this.#revision += 1;
      this.#replicas = (await this.stack.startFunction({ ...options, revision: this.#revision })).replicas;
    });
    // One may be dead by another fault.
    for (const piece of former) if (pieces.names.includes(piece)) await pieces.stop(piece);
  }

  /** The names of the composites that are wanted. */
  get names(): readonly string[] {
    return [...this.#wanted.keys()];
  }

  async create(name: string, team: string): Promise<void> {
    await this.#alone(name, async () => {
      this.#wanted.set(name, team);
      await persist(() => this.stack.kube.create(request(name, team)), 409);
      this.requests.created += 1;
    });
  }

  async change(name: string, team: string): Promise<void> {
    await this.#alone(name, async () => {
      this.#wanted.set(name, team);
      const spec = { resourceConfig: { tags: { team } } };
      await persist(() => this.stack.kube.patch(request(name, team), { spec }), 404);
      this.requests.changed += 1;
    });
  }

  async delete(name: string): Promise<void> {
    await this.#alone(name, async () => {
      this.#wanted.delete(name);
      this.#given.add(name);
      await persist(() => this.stack.kube.delete(request(name, '')), 404);
      this.requests.deleted += 1;
    });
  }

  /** Of two who ask at once for the same composite, nobody could say what was asked for last: the second leaves it. */
  async #alone(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#asked.has(name) || this.#given.has(name)) return;
    this.#asked.add(name);
    await work();
    this.#asked.delete(name);
  }

  /** Wait until everything is as it was asked for, and look at everything that was deleted until then. */
  async converge(): Promise<void> {
    const end = Date.now() + convergeSeconds * 1000;
    for (;;) {
      const missing = await this.#missing().catch((error: unknown) => {
        if (isPassing(error)) return 'the API server does not answer';
        throw error;
      });
      if (missing === undefined) break;
      if (Date.now() > end) throw new Broken(`after ${convergeSeconds} s: ${missing}`);
      await sleep(500);
    }
    for (const name of await this.#deletions()) this.#mayGo(name, 'the audit log has its deletion');
    const [first] = this.#broken;
    if (first !== undefined) throw new Broken(first);
    const [failure] = this.provider.failures;
    if (failure !== undefined) throw new Broken(failure);
  }

  /** What is not yet as it was asked for. */
  async #missing(): Promise<string | undefined> {
    const { kube, managed } = this.stack;
    const composites = await kube.list(apiVersion, blueprint, { namespace });
    const composed = (await Promise.all(managed.map((one) => kube.list(one.apiVersion, one.kind)))).flat();
    const gone = [...composites.map(({ metadata }) => metadata.name), ...composed.map(compositeOf)];
    const left = gone.find((name) => this.#given.has(name));
    if (left !== undefined) return `something of ${left} is left, which was deleted`;
    for (const [name, team] of this.#wanted) {
      const composite = composites.find(({ metadata }) => metadata.name === name);
      if (composite === undefined) return `${name} is missing`;
      if (!hasConditions(composite, 'Synced', 'Ready')) return `${name} is not Ready`;
      const own = composed.filter((one) => compositeOf(one) === name);
      const kinds = new Set(own.map(({ kind }) => kind));
      const lacks = protection.find((kind) => !kinds.has(kind));
      if (lacks !== undefined) return `${name} has no ${lacks}`;
      const bucket = own.find(({ kind }) => kind === 'Bucket');
      if (fields(fields(bucket?.spec?.forProvider).tags).team !== team)
        return `the bucket of ${name} is not of ${team}`;
    }
    return undefined;
  }

  #note(event: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const { name, deletionTimestamp, annotations } = object.metadata;
    const key = `${object.kind} ${name}`;
    const externalName = annotations?.[externalNameKey] ?? '';
    const known = this.#seen.get(key) ?? { composite: compositeOf(object), externalName };
    this.#seen.set(key, known);
    if (known.externalName === '') known.externalName = externalName;
    if (event === 'DELETED' || deletionTimestamp !== undefined) this.#mayGo(key, 'it is being deleted');
    else if (externalName !== known.externalName) {
      this.#broken.push(`${key}: the external name was ${known.externalName} and is ${externalName}`);
    }
  }

  #mayGo(key: string, seen: string): void {
    // What came and went while nobody could watch is known by its name.
    const byName = () => [...this.#given].find((one) => key.includes(` ${one}-`));
    const composite = this.#seen.get(key)?.composite ?? byName();
    if (composite !== undefined && this.#given.has(composite)) return;
    this.#broken.push(`${key} of ${composite ?? 'a composite that was never seen'}: ${seen}, and nobody deleted that`);
  }

  /** Everything composed that anybody asked the API server to delete, as the watch knows it. */
  async #deletions(): Promise<string[]> {
    const kinds = new Map(this.stack.managed.map(({ plural, kind }) => [plural, kind]));
    const lines = (await readFile(auditLogOf(this.stack.state), 'utf8')).split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => {
      const { verb, objectRef, responseStatus } = fields(JSON.parse(line));
      const { resource, name } = fields(objectRef);
      const kind = kinds.get(textOf(resource));
      return verb === 'delete' && kind !== undefined && fields(responseStatus).code === 200
        ? [`${kind} ${textOf(name)}`]
        : [];
    });
  }
}

/** What keeps a bucket private and its data recoverable. */
const protection = ['Bucket', 'BucketPublicAccessBlock', 'BucketServerSideEncryptionConfiguration', 'BucketVersioning'];

const compositeOf = ({ metadata }: KubeObject): string => metadata.labels?.[compositeLabel] ?? '';

const request = (name: string, team: string): KubeObject => ({
  apiVersion,
  kind: blueprint,
  metadata: { name, namespace },
  spec: { resourceConfig: { region: 'eu-west-1', tags: { team } } },
});

/** Ask until the API server answers, as a person would; `done` is the status that says that it has been done before. */
export async function persist(ask: () => Promise<unknown>, done?: number): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (error instanceof KubeError && error.status === done) return;
      if (!isPassing(error)) throw error;
    }
    await sleep(300);
  }
}
