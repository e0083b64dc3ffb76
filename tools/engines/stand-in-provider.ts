import type { ManagedDefinition } from './crds.ts';
import { messageOf } from './error.ts';
import { fields, items, textOf } from './fields.ts';
import { conditionStatus, isPassing, type KubeClient, KubeError, type KubeObject, nameOf } from './kube.ts';

/** How the stand-in behaves. */
export interface StandInOptions {
  /** How long a resource takes from its creation to Ready. */
  readonly delayMs?: number;
  /** What `status.atProvider` is; a field that the kind's schema lacks becomes a failure. */
  readonly atProvider?: (resource: KubeObject) => Readonly<Record<string, unknown>> | undefined;
  /** The external name of a resource that has none yet; its own name by default. */
  readonly externalName?: (resource: KubeObject) => string;
  /** Kinds that stay Ready=False until released. */
  readonly hold?: readonly string[];
  /** Kinds whose deletion does not end until released. */
  readonly holdDeletion?: readonly string[];
}

/** A managed resource that was deleted, and whether AWS would still have what it stood for. */
export interface DeletedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly externalName: string;
  readonly deletionPolicy: string;
  readonly managementPolicies: readonly string[];
  readonly orphaned: boolean;
}

/** After so long it tries again what an API server that was down has not taken. */
const retryMs = 500;
const finalizer = 'finalizer.managedresource.crossplane.io';
const externalNameKey = 'crossplane.io/external-name';

/**
 * A stand-in for the AWS provider: no AWS and no simulation of it, only what Crossplane sees of a provider.
 *
 * It gives every managed resource a finalizer, an external name, Synced, Ready and `status.atProvider`, honours the
 * pause annotation and deletion, and remembers what was deleted under which policy.
 */
export class StandInProvider {
  readonly deleted: DeletedResource[] = [];
  /** What the API server refused, which is a mistake of the hooks. */
  readonly failures: string[] = [];
  readonly #kube: KubeClient;
  readonly #options: StandInOptions;
  readonly #held: Set<string>;
  readonly #heldDeletion: Set<string>;
  readonly #latest = new Map<string, KubeObject>();
  readonly #busy = new Set<string>();
  readonly #due = new Map<string, number>();
  readonly #told = new Map<string, string>();
  readonly #stopped = new AbortController();

  constructor(kube: KubeClient, options: StandInOptions) {
    this.#kube = kube;
    this.#options = options;
    this.#held = new Set(options.hold);
    this.#heldDeletion = new Set(options.holdDeletion);
  }

  /** Watch all objects of these kinds. */
  async start(definitions: readonly ManagedDefinition[]): Promise<void> {
    const signal = this.#stopped.signal;
    await Promise.all(
      definitions.map(({ apiVersion, kind }) =>
        this.#kube.watch(apiVersion, kind, (event, resource) => this.#hear(event, resource), signal),
      ),
    );
  }

  /** From now on keep resources of a kind from becoming Ready; those that are Ready become unready. */
  hold(...kinds: readonly string[]): void {
    for (const kind of kinds) this.#held.add(kind);
    this.#again(kinds);
  }

  /** From now on keep resources of a kind from going. */
  holdDeletion(...kinds: readonly string[]): void {
    for (const kind of kinds) this.#heldDeletion.add(kind);
  }

  /** Hold a kind no longer, neither its readiness nor its deletion. */
  release(...kinds: readonly string[]): void {
    for (const kind of kinds) {
      this.#held.delete(kind);
      this.#heldDeletion.delete(kind);
    }
    this.#again(kinds);
  }

  /** Stop watching; resources stay as they are. */
  stop(): void {
    this.#stopped.abort();
  }

  #again(kinds: readonly string[]): void {
    for (const resource of this.#latest.values()) {
      if (kinds.includes(resource.kind)) this.#hear('MODIFIED', resource);
    }
  }

  #hear(event: 'ADDED' | 'MODIFIED' | 'DELETED', resource: KubeObject): void {
    const uid = resource.metadata.uid ?? '';
    if (event === 'DELETED') {
      for (const memory of [this.#latest, this.#due, this.#told]) memory.delete(uid);
      return;
    }
    this.#latest.set(uid, resource);
    if (!this.#busy.has(uid)) void this.#work(uid);
  }

  /** Deal with a resource until no newer state of it is known. */
  async #work(uid: string): Promise<void> {
    this.#busy.add(uid);
    let done: KubeObject | undefined;
    for (;;) {
      const resource = this.#latest.get(uid);
      if (resource === undefined || resource === done || this.#stopped.signal.aborted) break;
      await this.#reconcile(resource, uid).catch((thrown: unknown) => this.#fail(resource, uid, thrown));
      done = resource;
    }
    this.#busy.delete(uid);
  }

  async #reconcile(resource: KubeObject, uid: string): Promise<void> {
    if (isPaused(resource)) {
      await this.#tell(resource, uid, { conditions: [condition(resource, 'Synced', 'False', 'ReconcilePaused')] });
      return;
    }
    if (resource.metadata.deletionTimestamp) {
      await this.#delete(resource);
      return;
    }
    await this.#adopt(resource);
    if (this.#waits(resource, uid)) return;
    const ready = this.#held.has(resource.kind)
      ? condition(resource, 'Ready', 'False', 'Creating')
      : condition(resource, 'Ready', 'True', 'Available');
    const conditions = [condition(resource, 'Synced', 'True', 'ReconcileSuccess'), ready];
    const atProvider = this.#options.atProvider?.(resource);
    await this.#tell(resource, uid, { ...(atProvider && { atProvider }), conditions });
  }

  /** Whether the resource is not due yet; if so it is looked at again when it is. */
  #waits(resource: KubeObject, uid: string): boolean {
    const { delayMs = 0 } = this.#options;
    if (delayMs === 0 || conditionStatus(resource, 'Ready') !== undefined) return false;
    const due = this.#due.get(uid);
    if (due === undefined) {
      this.#due.set(uid, Date.now() + delayMs);
      setTimeout(() => this.#hear('MODIFIED', { ...(this.#latest.get(uid) ?? resource) }), delayMs).unref();
    }
    return due === undefined || Date.now() < due;
  }

  /** Set the finalizer and the external name, as a provider does before it creates anything. */
  async #adopt(resource: KubeObject): Promise<void> {
    const { finalizers = [], annotations = {}, resourceVersion } = resource.metadata;
    if (finalizers.includes(finalizer) && annotations[externalNameKey]) return;
    const externalName =
      annotations[externalNameKey] || (this.#options.externalName?.(resource) ?? defaultName(resource));
    const metadata = {
      resourceVersion,
      finalizers: [...new Set([...finalizers, finalizer])],
      annotations: { [externalNameKey]: externalName },
    };
    await this.#kube.patch(resource, { metadata });
  }

  async #delete(resource: KubeObject): Promise<void> {
    const { finalizers = [], resourceVersion } = resource.metadata;
    if (!finalizers.includes(finalizer) || this.#heldDeletion.has(resource.kind)) return;
    const left = finalizers.filter((name) => name !== finalizer);
    await this.#kube.patch(resource, { metadata: { resourceVersion, finalizers: left } });
    this.deleted.push(deletedResource(resource));
  }

  /** Write the status, once for each content: what the resource then says is not read back. */
  async #tell(resource: KubeObject, uid: string, status: Readonly<Record<string, unknown>>): Promise<void> {
    const content = JSON.stringify(status, (key, value) => (key === 'lastTransitionTime' ? undefined : value));
    if (this.#told.get(uid) === content) return;
    await this.#kube.patch(resource, { status }, { subresource: 'status', strict: true });
    this.#told.set(uid, content);
  }

  #fail(resource: KubeObject, uid: string, thrown: unknown): void {
    // Changed or gone meanwhile: the watch tells.
    if (thrown instanceof KubeError && (thrown.status === 404 || thrown.status === 409)) return;
    if (isPassing(thrown)) {
      const again = () => {
        const latest = this.#latest.get(uid);
        if (latest !== undefined) this.#hear('MODIFIED', { ...latest });
      };
      setTimeout(again, retryMs).unref();
      return;
    }
    this.failures.push(`${nameOf(resource)}: ${messageOf(thrown)}`);
  }
}

/** Start the stand-in for every managed resource kind of a stack. */
export async function startStandInProvider(
  stack: { readonly kube: KubeClient; readonly managed: readonly ManagedDefinition[] },
  options: StandInOptions = {},
): Promise<StandInProvider> {
  const provider = new StandInProvider(stack.kube, options);
  await provider.start(stack.managed);
  return provider;
}

function defaultName(resource: KubeObject): string {
  return resource.metadata.name;
}

function isPaused(resource: KubeObject): boolean {
  const policies = resource.spec?.managementPolicies;
  const none = Array.isArray(policies) && policies.length === 0;
  return none || resource.metadata.annotations?.['crossplane.io/paused'] === 'true';
}

function condition(resource: KubeObject, type: string, status: 'True' | 'False', reason: string) {
  const before = resource.status?.conditions?.find((one) => one.type === type);
  const unchanged = before?.status === status && before.reason === reason;
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const lastTransitionTime = unchanged ? fields(before).lastTransitionTime : now;
  return { type, status, reason, lastTransitionTime, observedGeneration: resource.metadata.generation };
}

function deletedResource(resource: KubeObject): DeletedResource {
  const { name, namespace, annotations } = resource.metadata;
  const deletionPolicy = textOf(resource.spec?.deletionPolicy);
  const managementPolicies = items(resource.spec?.managementPolicies).map(textOf);
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    name,
    ...(namespace && { namespace }),
    externalName: annotations?.[externalNameKey] ?? '',
    deletionPolicy,
    managementPolicies,
    orphaned: !deletesExternal(deletionPolicy, managementPolicies),
  };
}

/** The rule of crossplane-runtime 2.3: `deletionPolicy` counts only while the management policies are the default. */
function deletesExternal(deletionPolicy: string, policies: readonly string[]): boolean {
  const all = policies.length === 1 && policies[0] === '*';
  if (deletionPolicy === 'Orphan') return !all && policies.includes('Delete');
  return all || policies.includes('*') || policies.includes('Delete');
}
