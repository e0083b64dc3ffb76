import { awaiting, type Known, known } from './known.ts';
import type { ManagedKind, ParametersOf } from './managed.ts';
import { type Composed, isManaged, type KubernetesObject, type PlainKind } from './resource.ts';

type ObservationOf<Kind> = Kind extends ManagedKind<object, infer Observation> ? Observation : never;

/** Reads the composed resources that exist. Whatever is absent, or not of the expected type, is not known yet. */
export class Observed {
  readonly #resources: ReadonlyMap<string, KubernetesObject>;

  constructor(resources: ReadonlyMap<string, KubernetesObject>) {
    this.#resources = resources;
  }

  get(resource: Composed): KubernetesObject | undefined {
    return this.#resources.get(resource.name);
  }

  /** A managed resource is ready by its own condition; any other object as soon as it exists. */
  ready(resource: Composed<ManagedKind | PlainKind>): boolean {
    const object = this.get(resource);
    if (object === undefined) return false;
    return isManaged(resource.kind) ? isReady(object) : true;
  }

  /** A string of `status.atProvider`, or one further within it: `within` are member names and list indices. */
  text<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    field: keyof ObservationOf<Kind> & string,
    ...within: readonly string[]
  ): Known<string> {
    const value = within.reduce(member, this.observation(resource, field));
    return typeof value === 'string' && value !== '' ? known(value) : awaiting(`${resource.name}.${field}`);
  }

  /** A number of `status.atProvider`, or one further within it. */
  number<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    field: keyof ObservationOf<Kind> & string,
    ...within: readonly string[]
  ): Known<number> {
    const value = within.reduce(member, this.observation(resource, field));
    return typeof value === 'number' ? known(value) : awaiting(`${resource.name}.${field}`);
  }

  /** Whatever `status.atProvider` says of a field; nothing has checked its type. */
  observation<Kind extends ManagedKind>(resource: Composed<Kind>, field: keyof ObservationOf<Kind> & string): unknown {
    return member(member(this.get(resource)?.status, 'atProvider'), field);
  }

  /** Whatever `spec.forProvider` of an existing resource says of a field: what was last asked of AWS. */
  asked<Kind extends ManagedKind>(resource: Composed<Kind>, field: keyof ParametersOf<Kind> & string): unknown {
    return member(member(this.get(resource)?.spec, 'forProvider'), field);
  }

  /** What AWS was last asked for or, where nothing was said, has: a field that was never stated still has a value. */
  last<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    field: keyof ParametersOf<Kind> & keyof ObservationOf<Kind> & string,
  ): unknown {
    const initial = member(member(this.get(resource)?.spec, 'initProvider'), field);
    return this.asked(resource, field) ?? initial ?? this.observation(resource, field);
  }

  /**
   * Whether a resource has never been in AWS, as far as it says: it is being made, or AWS would not make it. A resource
   * that says nothing (one that was restored into a new cluster, for instance) counts as one that AWS has.
   */
  neverMade(resource: Composed<ManagedKind>): boolean {
    const object = this.get(resource);
    if (object === undefined) return true;
    const arn = member(member(object.status, 'atProvider'), 'arn');
    return arn === undefined && conditionMember(object, 'Ready', 'reason') === 'Creating';
  }

  /** Whether AWS loses a resource with its managed resource, which then is no orphan (Crossplane's own defaults). */
  isDeletable(resource: Composed<ManagedKind>): boolean {
    const spec = this.get(resource)?.spec;
    const policies = member(spec, 'managementPolicies');
    const manages = !Array.isArray(policies) || policies.includes('*') || policies.includes('Delete');
    return manages && member(spec, 'deletionPolicy') !== 'Orphan';
  }

  /** What follows the `*` of a name, for every resource that it stands for and that exists. */
  suffixes(many: Composed): string[] {
    const prefix = many.name.slice(0, -1);
    return [...this.#resources]
      .filter(([name, { kind }]) => name.startsWith(prefix) && kind === many.kind.kind)
      .map(([name]) => name.slice(prefix.length));
  }

  /** A string that `spec.forProvider` of a resource has, whatever this version would give it. */
  parameter<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    field: keyof ParametersOf<Kind> & string,
  ): string | undefined {
    const value = this.asked(resource, field);
    return typeof value === 'string' ? value : undefined;
  }

  /** A list of strings that it has, likewise. */
  parameterList<Kind extends ManagedKind>(
    resource: Composed<Kind>,
    field: keyof ParametersOf<Kind> & string,
  ): string[] | undefined {
    const value = this.asked(resource, field);
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
  }

  /** The name that a resource already has in AWS, which never changes, whatever this version would call it. */
  externalName(resource: Composed<ManagedKind>): string | undefined {
    const name = member(member(this.get(resource)?.metadata, 'annotations'), 'crossplane.io/external-name');
    return typeof name === 'string' ? name : undefined;
  }
}

/** Whether an object says of itself that it is Ready. */
export const isReady = (object: KubernetesObject): boolean => conditionMember(object, 'Ready', 'status') === 'True';

function conditionMember(object: KubernetesObject, type: string, key: 'status' | 'reason'): unknown {
  const conditions = member(object.status, 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return member(
    conditions.find((condition) => member(condition, 'type') === type),
    key,
  );
}

/** A member of a value that may not be an object at all. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
