import { Refusal } from './errors.ts';
import { awaitingLookup, given, isKnown, type Known, known, type Missing } from './known.ts';
import { lastApplied } from './last-applied.ts';
import type { Form, ManagedKind, ParametersOf } from './managed.ts';
import { isReady, type Observed } from './observed.ts';
import { type Composed, declares, type KubernetesObject, type PlainKind } from './resource.ts';
import type { ResourceConfig } from './schema.ts';
import type { Settings } from './settings.ts';

/** How a managed resource is composed, beside its `spec.forProvider`. */
export interface ManagedOptions {
  /** Its identifier in AWS, where that is a name. */
  readonly externalName?: string;
  /** Resources that must be ready before this one is first composed. */
  readonly after?: readonly Composed[];
  /** Leave it in AWS when the composite is deleted. */
  readonly orphan?: boolean;
  /** Read it only: it was there before, and stays as it is. Needs `externalName`. */
  readonly observe?: boolean;
  /** Parameters that count at creation only: somebody else changes them afterwards (`spec.initProvider`). */
  readonly initial?: readonly string[];
  /** The provider configuration of another provider than that of AWS. */
  readonly providerConfig?: { readonly name: string; readonly kind: 'ProviderConfig' | 'ClusterProviderConfig' };
  /** Where the provider writes what is needed to connect, in the namespace of the claim or composite. */
  readonly secret?: { readonly name: string; readonly namespace: string };
}

/** One resource as Crossplane should have it. */
export interface DesiredResource {
  readonly name: string;
  readonly resource: KubernetesObject;
  readonly ready: boolean;
}

/** One that is not composed in this pass, and the names of what it waits for. */
export interface Gated {
  readonly name: string;
  readonly kind: string;
  readonly awaits: readonly string[];
}

/** Which object another part of the cluster must have, looked up by Crossplane on our behalf. */
export interface Requirement {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The objects that Crossplane found for each requirement; no entry until it has looked. */
export type Required = ReadonlyMap<string, readonly KubernetesObject[]>;

interface DesiredContext {
  /** The composite's uid, by which its composed resources name it as their controller. */
  readonly owner: string | undefined;
  readonly form: Form;
  readonly resourceConfig: ResourceConfig;
  readonly settings: Settings;
  readonly observed: Observed;
  readonly required: Required;
  readonly declared: readonly Composed[];
}

/** Collects what one pass composes. It gates what is not known yet and never drops what exists. */
export class Desired {
  readonly resources: DesiredResource[] = [];
  readonly gated: Gated[] = [];
  readonly requirements = new Map<string, Requirement>();
  /** What a person should know although the pass goes on. */
  readonly warnings: string[] = [];
  readonly #missing = new Map<string, Missing>();
  readonly #context: DesiredContext;

  constructor(context: DesiredContext) {
    this.#context = context;
  }

  /** What is awaited, sorted, so that the message that names it is stable; a resource stands for its own fields. */
  get awaiting(): readonly string[] {
    const names = [...this.#missing.keys()];
    return names.filter((what) => !what.includes('.') || !this.#missing.has(what.replace(/\.[^.]+$/, ''))).sort();
  }

  /** Whether something is awaited of which Crossplane does not tell when it changes. */
  get polls(): boolean {
    return [...this.#missing.values()].some(({ lookedUp }) => lookedUp);
  }

  /** Composes a managed resource as soon as its parameters are known and the resources it comes after are ready. */
  managed<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    parameters: Known<ParametersOf<Kind>>,
    options: ManagedOptions = {},
  ): void {
    const forProvider = this.#ordered(resource, options.after ?? [], parameters);
    this.#add(
      resource,
      isKnown(forProvider) ? known(this.#managedResource(resource.kind, forProvider.value, options)) : forProvider,
    );
  }

  /**
   * Composes an object of Kubernetes itself under a name that a person chose. An object of that name that is not ours
   * is left alone, and awaited to go away, unless `adopt` allows to take it over.
   */
  plain(
    resource: Composed<PlainKind>,
    identity: { readonly name: string; readonly namespace: string },
    content: Known<Readonly<Record<string, unknown>>>,
    adopt?: { readonly allowed: boolean; readonly by: string },
  ): void {
    const free = this.#nameIsFree(resource, identity, adopt);
    const { labels, annotations, ...body } = isKnown(content) ? content.value : {};
    const metadata = {
      ...identity,
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    };
    const object = isKnown(content) ? known({ ...resource.kind, metadata, ...body } as KubernetesObject) : content;
    this.#add(resource, free === undefined ? object : free);
  }

  /** Composes an object of Kubernetes itself whose name nobody chooses. */
  unnamed(resource: Composed<PlainKind>, content: Known<Readonly<Record<string, unknown>>>): void {
    this.#add(
      resource,
      given([content], (body) => ({ ...resource.kind, ...body })),
    );
  }

  /** An object of somebody else, asked for under a key of the blueprint's choice, and how messages name it. */
  lookUp(key: string, requirement: Requirement): { readonly what: string; readonly object: Known<KubernetesObject> } {
    this.requirements.set(key, requirement);
    const { kind, namespace, name } = requirement;
    const what = namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
    const [found] = this.#context.required.get(key) ?? [];
    return { what, object: found === undefined ? awaitingLookup(what) : known(found) };
  }

  /** The same, awaited until it says of itself that it is Ready. */
  lookUpReady(key: string, requirement: Requirement): Known<KubernetesObject> {
    const { what, object } = this.lookUp(key, requirement);
    return isKnown(object) && !isReady(object.value) ? awaitingLookup(`${what} to be Ready`) : object;
  }

  /** The order of creation matters only once: what exists is kept up to date whatever happens to its neighbours. */
  #ordered<T>(resource: Composed, after: readonly Composed[], input: Known<T>): Known<T> {
    const { observed } = this.#context;
    if (observed.get(resource) !== undefined) return input;
    const pending = after
      .filter((other) => !observed.ready(other))
      .map((other) => ({ what: other.name, lookedUp: false }));
    return pending.length > 0 ? { missing: [...pending, ...(isKnown(input) ? [] : input.missing)] } : input;
  }

  #add(resource: Composed, object: Known<KubernetesObject>): void {
    const { declared, observed } = this.#context;
    if (!declared.some((one) => one.kind === resource.kind && declares(one, resource.name))) {
      throw new Error(`composed resource ${resource.name} (${resource.kind.kind}) is not declared by its blueprint`);
    }
    if (isKnown(object)) {
      this.resources.push({ name: resource.name, resource: object.value, ready: observed.ready(resource) });
      return;
    }
    for (const one of object.missing) this.#missing.set(one.what, one);
    const existing = observed.get(resource);
    if (existing !== undefined) this.#keep(resource, existing, object.missing);
    else this.gated.push({ name: resource.name, kind: resource.kind.kind, awaits: namesOf(object.missing) });
  }

  /** Leaving out a resource that exists deletes it at once, so what was last applied is applied again. */
  #keep(resource: Composed, existing: KubernetesObject, missing: readonly Missing[]): void {
    const kept = lastApplied(existing);
    if (kept === undefined) {
      throw new Refusal(
        'INPUT_LOST',
        resource.name,
        `exists, and its inputs are not known any more: ${namesOf(missing).join(', ')}`,
      );
    }
    this.resources.push({ name: resource.name, resource: kept, ready: this.#context.observed.ready(resource) });
  }

  #managedResource(kind: ManagedKind, parameters: object, options: ManagedOptions): KubernetesObject {
    const { form, resourceConfig, settings } = this.#context;
    // Tags by which other software finds a resource are the blueprint's own, and win.
    const tags = { ...settings.defaultTags, ...resourceConfig.tags, ...tagsOf(parameters) };
    const withTags = kind.tags && !options.observe && Object.keys(tags).length > 0;
    const all = Object.entries(withTags ? { ...parameters, tags } : parameters);
    const isInitial = ([name]: [string, unknown]): boolean => options.initial?.includes(name) ?? false;
    const initial = all.filter(isInitial);
    const { secret } = options;
    const config = options.providerConfig ?? {
      name: resourceConfig.providerConfigName || settings.providerConfigName,
      kind: settings.providerConfigKind,
    };
    return {
      apiVersion: kind.apiVersion[form],
      kind: kind.kind,
      metadata:
        options.externalName === undefined
          ? {}
          : { annotations: { 'crossplane.io/external-name': options.externalName } },
      spec: {
        forProvider: Object.fromEntries(all.filter((entry) => !isInitial(entry))),
        ...(initial.length > 0 && { initProvider: Object.fromEntries(initial) }),
        ...(options.orphan && orphaned[form]),
        ...(options.observe && { managementPolicies: ['Observe'] }),
        providerConfigRef: form === 'namespaced' ? config : { name: config.name },
        ...(secret && { writeConnectionSecretToRef: form === 'claims' ? secret : { name: secret.name } }),
      },
    };
  }

  /** Undefined when the name may be used; else what is awaited. */
  #nameIsFree(
    resource: Composed<PlainKind>,
    identity: { readonly name: string; readonly namespace: string },
    adopt?: { readonly allowed: boolean; readonly by: string },
  ): Known<never> | undefined {
    if (this.#context.observed.get(resource) !== undefined || adopt?.allowed) return undefined;
    const what = `${resource.kind.kind} ${identity.namespace}/${identity.name}`;
    this.requirements.set(resource.name, { ...resource.kind, ...identity });
    const found = this.#context.required.get(resource.name);
    if (found === undefined) return awaitingLookup(`whether ${what} exists`);
    // Crossplane may have looked at the composite before it knew of what it had just composed.
    if (found.every((object) => this.#isOwn(object))) return undefined;
    const advice = adopt === undefined ? '' : ` (${adopt.by} would take it over)`;
    this.warnings.push(`${what} exists and is not ours, so it is left alone${advice}`);
    return awaitingLookup(`${what} to go away`);
  }

  #isOwn({ metadata }: KubernetesObject): boolean {
    const { owner } = this.#context;
    const controller = metadata?.ownerReferences?.find((reference) => reference.controller === true);
    return controller?.uid !== undefined && controller.uid === owner;
  }
}

const namesOf = (missing: readonly Missing[]): string[] => [...new Set(missing.map(({ what }) => what))].sort();

const tagsOf = (parameters: object): object => ('tags' in parameters ? Object(parameters.tags) : {});

/** Namespaced managed resources have no deletionPolicy: management without Delete says the same (Crossplane v2). */
const orphaned = {
  claims: { deletionPolicy: 'Orphan' },
  namespaced: { managementPolicies: ['Observe', 'Create', 'Update', 'LateInitialize'] },
} as const;
