import { type Blueprint, groups } from '../../../functions/core/blueprint.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import { formOf } from '../claim.ts';
import type { Document } from '../load.ts';
import { oldKindOf } from './kinds.ts';

/** A request of an older platform, or of our claims form, that a blueprint can take over. */
export interface Source {
  readonly source: string;
  readonly object: KubernetesObject;
  /** The blueprint that takes it over. */
  readonly blueprint: Blueprint;
  /** Kind of the claim there, and the group of its API. */
  readonly kind: string;
  readonly group: string;
  /** Where it comes from: the families of crossplane-on-eks, or our claims form. */
  readonly family: 'classic' | 'official' | 'ours';
  readonly name: string;
  readonly namespace: string | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Finds what an object asks for; anything else than a claim or composite of a kind that we know is refused. */
export function sourceOf(blueprints: readonly Blueprint[], { source, object }: Document): Source {
  const { blueprint, kind, group } = takenOver(blueprints, source, object);
  const spec = record(object.spec);
  const claim = record(spec.claimRef);
  const name = claim.name ?? object.metadata?.name;
  const namespace = claim.namespace ?? object.metadata?.namespace;
  if (typeof name !== 'string' || name === '')
    throw new CodedError('MIGRATE_NAME', source, 'metadata.name is absent', 'give objects as kubectl get writes them');
  if (object.kind !== kind && typeof namespace !== 'string') {
    const todo = 'write a claim for it by hand, in the namespace of its team';
    throw new CodedError(
      'MIGRATE_NAMESPACE',
      source,
      `${object.kind} ${name} belongs to no claim and no namespace`,
      todo,
    );
  }
  return {
    source,
    object,
    blueprint,
    kind,
    group,
    family: familyOf(blueprint, spec),
    name,
    namespace: typeof namespace === 'string' ? namespace : undefined,
    spec,
  };
}

/** Fields that a kind has here and there; the API server writes the defaults of ours into every claim of ours. */
const fieldsThere = new Set([
  ...['resourceConfig', 'policyArns', 'serviceAccountName', 'awsAccountID', 'eksOIDC', 'permissionsBoundaryArn'],
  ...['databaseName', 'engineVersion', 'storageGB', 'subnetIds', 'vpcId', 'writeConnectionSecretToRef'],
]);

function familyOf({ spec: { properties } }: Blueprint, spec: Source['spec']): Source['family'] {
  // The classic family demands a list of tags.
  if (Array.isArray(record(spec.resourceConfig).tags)) return 'classic';
  return Object.keys(spec).some((key) => Object.hasOwn(properties, key) && !fieldsThere.has(key)) ? 'ours' : 'official';
}

function takenOver(blueprints: readonly Blueprint[], source: string, object: KubernetesObject) {
  const { apiVersion, kind } = object;
  const old = oldKindOf(apiVersion, kind);
  const ours = formOf(blueprints, object);
  const own = ours?.form === 'claims' ? ours.blueprint : undefined;
  const blueprint = old === undefined ? own : blueprints.find((one) => one.kind === old.ours);
  if (blueprint !== undefined)
    return { blueprint, kind: old?.kind ?? blueprint.kind, group: old?.group ?? groups.claims };
  const kinds = blueprints.map((one) => one.kind).join(', ');
  const todo = old?.instead ?? `give claims and composites of ${groups.claims}/v1alpha1: ${kinds}`;
  throw new CodedError('MIGRATE_KIND', source, `${apiVersion} ${kind} is not taken over`, todo);
}

/** An object from outside; empty where there is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
