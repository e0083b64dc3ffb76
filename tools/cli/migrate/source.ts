import { type Blueprint, compositeKind, groups } from '../../../functions/core/blueprint.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import type { Document } from '../load.ts';

/** A request of an older platform, or of our claims form, that a blueprint can take over. */
export interface Source {
  readonly source: string;
  readonly object: KubernetesObject;
  readonly blueprint: Blueprint;
  /** Where it comes from: the family of crossplane-on-eks tells itself by the shape of its tags. */
  readonly family: 'classic' | 'official';
  readonly name: string;
  readonly namespace: string | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
}

const oldVersion = `${groups.claims}/v1alpha1`;

/** Kinds of crossplane-on-eks that no blueprint takes over, and what stands in for them. */
const without: Readonly<Record<string, string>> = {
  Aurora: 'make a RelationalDatabase that restores from a snapshot, and move the application',
  XAurora: 'make a RelationalDatabase that restores from a snapshot, and move the application',
  IAMPolicy: 'S3IRSA composes its own policy; write others as managed resources',
};

/** Finds what an object asks for; anything else than a claim or composite of a kind that we know is refused. */
export function sourceOf(blueprints: readonly Blueprint[], { source, object }: Document): Source {
  const { apiVersion, kind } = object;
  const blueprint = blueprints.find((one) => one.kind === kind || compositeKind(one, 'claims') === kind);
  const foreign = apiVersion !== oldVersion && !(kind in without && apiVersion.startsWith('db.awsblueprint'));
  if (foreign || blueprint === undefined) {
    const todo = without[kind] ?? `give claims and composites of ${oldVersion}: ${names(blueprints)}`;
    throw new CodedError('MIGRATE_KIND', source, `${apiVersion} ${kind} is not taken over`, todo);
  }
  const spec = record(object.spec);
  const claim = record(spec.claimRef);
  const name = claim.name ?? object.metadata?.name;
  const namespace = claim.namespace ?? object.metadata?.namespace;
  if (typeof name !== 'string' || name === '')
    throw new CodedError('MIGRATE_NAME', source, 'metadata.name is absent', 'give objects as kubectl get writes them');
  if (kind !== blueprint.kind && typeof namespace !== 'string') {
    const todo = 'write a claim for it by hand, in the namespace of its team';
    throw new CodedError('MIGRATE_NAMESPACE', source, `${kind} ${name} belongs to no claim and no namespace`, todo);
  }
  const family = Array.isArray(record(spec.resourceConfig).tags) ? 'classic' : 'official';
  return {
    source,
    object,
    blueprint,
    family,
    name,
    namespace: typeof namespace === 'string' ? namespace : undefined,
    spec,
  };
}

const names = (blueprints: readonly Blueprint[]): string => blueprints.map(({ kind }) => kind).join(', ');

/** An object from outside; empty where there is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
