import { setMaxListeners } from 'node:events';
import { Agent, type RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Configuration,
  createConfiguration,
  HttpMethod,
  KubeConfig,
  PatchStrategy,
  type RequestContext,
  ServerConfiguration,
  Watch,
} from '@kubernetes/client-node';
import { EngineError, messageOf } from './error.ts';
import { fields, items, textOf } from './fields.ts';

/** What names one object. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** One condition of an object's status. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** An object's metadata, as far as the harness reads it. */
interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

/** Any Kubernetes object, to be applied or as it was read. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };
  readonly [field: string]: unknown;
}

/** How the API server refused a request. */
export class KubeError extends EngineError {
  /** The HTTP status. */
  readonly status: number;
  /** Kubernetes' own word for it: NotFound, Forbidden, Invalid, Conflict … */
  readonly reason: string;

  constructor(path: string, status: number, body: unknown) {
    const { reason, message } = fields(body);
    const seen = shortened(textOf(message)) || `HTTP status ${status}`;
    super({ code: 'KUBE_REFUSED', path, seen, todo: 'mend the object or the rights that the message names' });
    this.name = 'KubeError';
    this.status = status;
    this.reason = textOf(reason) || String(status);
  }
}

/** How long to wait, and for what, in words that an error can use. */
export interface WaitOptions {
  readonly seconds: number;
  readonly what: string;
}

/** Which objects of a kind to list. */
export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** How deletion reaches what an object owns. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** How an object is patched. */
export interface PatchOptions {
  readonly type?: 'merge' | 'json';
  readonly subresource?: 'status';
  /** Refuse fields that the schema lacks, instead of dropping them. */
  readonly strict?: boolean;
}

/** What a watch tells: every object that exists or comes to be, each change of it, and its end. */
export type WatchListener = (event: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => void;

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
}

interface Request {
  readonly body?: unknown;
  readonly type?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

interface Connection {
  readonly config: KubeConfig;
  readonly configuration: Configuration;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

// A definition that was just applied is served within a second; an API server under load may need some more.
const kindSeconds = 15;
const requestSeconds = 60;
// Many wait at once: asking all the time would keep the API server from what they wait for.
const pollMilliseconds = 25;
const longestPoll = 400;

/**
 * A client for objects of any kind, on the official client's configuration, transport and watch.
 *
 * Its object API is left aside: it drops every field that its own models lack, as `x-kubernetes-*` in a definition.
 */
export class KubeClient {
  readonly #connection: Connection;
  readonly #resources = new Map<string, Resource>();

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Connect as the current user of a kubeconfig file. */
  static async connect(kubeconfig: string): Promise<KubeClient> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const baseServer = new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {});
    const headers = Object.entries(fields(options.headers)).map(([name, value]) => [name, String(value)] as const);
    return new KubeClient({
      config,
      configuration: createConfiguration({ baseServer }),
      agent: new Agent({ keepAlive: true, ...(options.ca === undefined ? {} : { ca: options.ca }) }),
      headers: Object.fromEntries(headers),
    });
  }

  /** The same API server as another user, by impersonation: that user's rights hold, and the group's if one is given. */
  as(user: string, group?: string): KubeClient {
    const groups = group === undefined ? {} : { 'Impersonate-Group': group };
    const headers = { ...this.#connection.headers, 'Impersonate-User': user, ...groups };
    return new KubeClient({ ...this.#connection, headers });
  }

  /** Whether the API server says that it is ready; throws what it says otherwise. */
  async isReady(): Promise<boolean> {
    await this.#send(HttpMethod.GET, '/readyz');
    return true;
  }

  /** Apply objects one after the other (server-side apply, conflicts forced), and return them as they then are. */
  async apply(...objects: readonly KubeObject[]): Promise<KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const object of objects) {
      const query = { fieldManager: 'aws-blueprints', force: 'true' };
      const request = { body: object, type: PatchStrategy.ServerSideApply, query };
      applied.push(await this.#send(HttpMethod.PATCH, await this.#path(object), request));
    }
    return applied;
  }

  /** Create an object, as `kubectl create` would; a dry run asks everybody and stores nothing. */
  async create(object: KubeObject, { dryRun = false } = {}): Promise<KubeObject> {
    const path = await this.#collection(object.apiVersion, object.kind, object.metadata.namespace ?? 'default');
    const query = dryRun ? { dryRun: 'All' } : {};
    return this.#send(HttpMethod.POST, path, { body: object, type: 'application/json', query });
  }

  /** Read an object; the caller vouches for the type. */
  async get<T extends KubeObject = KubeObject>(ref: ObjectRef): Promise<T> {
    return this.#send<T>(HttpMethod.GET, await this.#path(ref));
  }

  /** Read an object, or undefined when there is none. */
  async find<T extends KubeObject = KubeObject>(ref: ObjectRef): Promise<T | undefined> {
    return this.get<T>(ref).catch((thrown: unknown) => {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    });
  }

  /** Read all objects of a kind. */
  async list<T extends KubeObject = KubeObject>(
    apiVersion: string,
    kind: string,
    options: ListOptions = {},
  ): Promise<T[]> {
    const path = await this.#collection(apiVersion, kind, options.namespace);
    const query = { labelSelector: options.labelSelector };
    const list = await this.#send<{ items: T[] }>(HttpMethod.GET, path, { query });
    // The items of built-in kinds come without their own apiVersion and kind.
    return list.items.map((item) => ({ ...item, apiVersion, kind }));
  }

  /** Delete an object; without a propagation policy the kind's own default holds. */
  async delete(ref: ObjectRef, propagationPolicy?: Propagation): Promise<void> {
    await this.#send(HttpMethod.DELETE, await this.#path(ref), { query: { propagationPolicy } });
  }

  /** Patch an object: a merge patch unless `type` says that the body is a list of JSON patch operations. */
  async patch(ref: ObjectRef, body: unknown, options: PatchOptions = {}): Promise<KubeObject> {
    const path = await this.#path(ref);
    const type = options.type === 'json' ? PatchStrategy.JsonPatch : PatchStrategy.MergePatch;
    const query = { fieldValidation: options.strict ? 'Strict' : undefined };
    const target = options.subresource ? `${path}/${options.subresource}` : path;
    return this.#send(HttpMethod.PATCH, target, { body, type, query });
  }

  /** Read an object until it is as wanted; the error names what was waited for and how the object was last. */
  async waitFor<T extends KubeObject = KubeObject>(
    ref: ObjectRef,
    wanted: (object: T) => boolean,
    options: WaitOptions,
  ): Promise<T> {
    const end = Date.now() + options.seconds * 1000;
    for (let pause = pollMilliseconds; ; pause = Math.min(pause * 1.3, longestPoll)) {
      const last = await this.#look<T>(ref);
      if (typeof last !== 'string' && wanted(last)) return last;
      if (Date.now() > end) throw timeOut(ref, options, typeof last === 'string' ? last : stateOf(last));
      await sleep(pause);
    }
  }

  /** Wait until an object is gone. */
  async waitGone(ref: ObjectRef, options: WaitOptions): Promise<void> {
    const end = Date.now() + options.seconds * 1000;
    for (;;) {
      const last = await this.find(ref);
      if (last === undefined) return;
      if (Date.now() > end) throw timeOut(ref, options, stateOf(last));
      await sleep(pollMilliseconds);
    }
  }

  /** Watch all objects of a kind until the signal aborts; breaks of the connection are mended by listing anew. */
  async watch(apiVersion: string, kind: string, listener: WatchListener, signal: AbortSignal): Promise<void> {
    const path = await this.#collection(apiVersion, kind);
    // One signal ends the watches of any number of kinds.
    setMaxListeners(0, signal);
    const follow = async () => {
      while (!signal.aborted) {
        await this.#watchOnce(path, apiVersion, kind, listener, signal).catch(() => {});
        if (!signal.aborted) await sleep(200);
      }
    };
    void follow();
  }

  /** The path under which the API server serves an object, for messages and raw requests. */
  async #path(ref: ObjectRef): Promise<string> {
    const collection = await this.#collection(ref.apiVersion, ref.kind, ref.metadata.namespace ?? 'default');
    return `${collection}/${encodeURIComponent(ref.metadata.name)}`;
  }

  async #collection(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const resource = await this.#resource(apiVersion, kind);
    const within = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${rootOf(apiVersion)}${within}/${resource.name}`;
  }

  /** Wait until the API server serves a kind. */
  async waitServed(apiVersion: string, kind: string, seconds: number): Promise<void> {
    await this.#resource(apiVersion, kind, seconds);
  }

  async #resource(apiVersion: string, kind: string, seconds = kindSeconds): Promise<Resource> {
    const key = `${apiVersion} ${kind}`;
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const known = this.#resources.get(key);
      if (known) return known;
      await this.#discover(apiVersion);
      if (this.#resources.has(key)) continue;
      if (Date.now() > end) {
        const seen = `no such kind is served after ${seconds} s`;
        throw new EngineError({ code: 'KUBE_KIND', path: key, seen, todo: 'apply its definition first' });
      }
      await sleep(100);
    }
  }

  async #discover(apiVersion: string): Promise<void> {
    const answer = await this.#send(HttpMethod.GET, rootOf(apiVersion)).catch((thrown: unknown) => {
      if (isNotFound(thrown)) return {};
      throw thrown;
    });
    for (const resource of items(fields(answer).resources).map(fields)) {
      const name = textOf(resource.name);
      // Subresources, as `buckets/status`, repeat the kind.
      if (name.includes('/')) continue;
      const namespaced = resource.namespaced === true;
      this.#resources.set(`${apiVersion} ${textOf(resource.kind)}`, { name, namespaced });
    }
  }

  async #look<T extends KubeObject>(ref: ObjectRef): Promise<T | string> {
    return this.get<T>(ref).catch((thrown: unknown) => {
      // The API server may be down for a moment, or the object not there yet: that is what waiting is for.
      if (isNotFound(thrown)) return 'it does not exist';
      if (thrown instanceof EngineError && thrown.code === 'KUBE_UNREACHABLE') return thrown.seen;
      throw thrown;
    });
  }

  async #watchOnce(path: string, apiVersion: string, kind: string, listener: WatchListener, signal: AbortSignal) {
    const list = await this.#send<{ metadata: ObjectMetadata; items: KubeObject[] }>(HttpMethod.GET, path);
    for (const item of list.items) listener('ADDED', { ...item, apiVersion, kind });
    const query = { resourceVersion: list.metadata.resourceVersion };
    await new Promise<void>((resolve) => {
      const hear = (event: string, object: KubeObject) => {
        if (event === 'ADDED' || event === 'MODIFIED' || event === 'DELETED') listener(event, object);
      };
      const ended = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const request = new Watch(this.#connection.config).watch(path, query, hear, ended);
      const abort = () => {
        void request.then((controller) => controller.abort());
        resolve();
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  async #send<T = KubeObject>(method: HttpMethod, path: string, options: Request = {}): Promise<T> {
    const { configuration, headers, agent } = this.#connection;
    const request = configuration.baseServer.makeRequestContext(path, method);
    for (const [name, value] of Object.entries(headers)) request.setHeaderParam(name, value);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) request.setQueryParam(name, value);
    }
    request.setHeaderParam('Accept', 'application/json');
    if (options.type) request.setHeaderParam('Content-Type', options.type);
    if (options.body !== undefined) request.setBody(JSON.stringify(options.body));
    request.setAgent(agent);
    const limit = AbortSignal.timeout(requestSeconds * 1000);
    request.setSignal(limit);
    let { status, text } = await this.#exchange(request, `${method} ${path}`);
    // The API server asks to come again while it prepares to serve a kind, as clients in Go do, and did nothing yet.
    while (status === 429 && !limit.aborted) {
      await sleep(1000);
      ({ status, text } = await this.#exchange(request, `${method} ${path}`));
    }
    const body = parsed(text);
    if (status >= 300) throw new KubeError(`${method} ${path}`, status, body);
    return body;
  }

  async #exchange(request: RequestContext, path: string): Promise<{ status: number; text: string }> {
    const send = async () => {
      const response = await this.#connection.configuration.httpApi.send(request).toPromise();
      return { status: response.httpStatusCode, text: await response.body.text() };
    };
    try {
      // The server may close a connection that was idle at the moment in which it is used again.
      return await send().catch((thrown) =>
        wasClosed(thrown) && path.startsWith('GET ') ? send() : Promise.reject(thrown),
      );
    } catch (thrown) {
      const todo = 'see whether the API server runs, and its log';
      throw new EngineError({ code: 'KUBE_UNREACHABLE', path, seen: messageOf(thrown), todo, cause: thrown });
    }
  }
}

/** Whether a connection ended before its answer began. */
const wasClosed = (thrown: unknown): boolean => thrown instanceof Error && Object(thrown).code === 'ECONNRESET';

/** The status of one condition ("True", "False", "Unknown"), or undefined when the object has no such condition. */
export function conditionStatus(object: KubeObject, type: string): string | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type)?.status;
}

/** Whether an object has all these conditions with the status True. */
export function hasConditions(object: KubeObject, ...types: readonly string[]): boolean {
  return types.every((type) => conditionStatus(object, type) === 'True');
}

/** Whether something was thrown because an object does not exist. */
/** Whether a failure is one of an API server that is down, or without its store, and will be back. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof KubeError) return thrown.status >= 500 || thrown.status === 429;
  return thrown instanceof EngineError && thrown.code === 'KUBE_UNREACHABLE';
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.status === 404;
}

/** `Kind namespace/name`, for messages. */
export function nameOf(ref: ObjectRef): string {
  const { namespace, name } = ref.metadata;
  return `${ref.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

// What the API server answers has the type of what was asked for; a proxy's page, say, is kept as text for the error.
function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 500) };
  }
}

/** Some messages repeat the whole object; what is wrong with it comes last. */
function shortened(message: string): string {
  return message.length <= 1000 ? message : `${message.slice(0, 300)} … ${message.slice(-600)}`;
}

function timeOut(ref: ObjectRef, options: WaitOptions, state: string): EngineError {
  const seen = `waited ${options.seconds} s for ${options.what}; last seen: ${state}`;
  const todo = "read the object's events and the logs of the pieces";
  return new EngineError({ code: 'WAIT_TIMEOUT', path: nameOf(ref), seen, todo });
}

function stateOf(object: KubeObject): string {
  const { deletionTimestamp, finalizers } = object.metadata;
  const deleting = deletionTimestamp ? `deleting since ${deletionTimestamp}, held by ${finalizers?.join(', ')}; ` : '';
  return deleting + (object.status ? `status ${JSON.stringify(object.status).slice(0, 2000)}` : 'no status');
}
