import { apiVersionName, type Blueprint, groups } from '../../../functions/core/blueprint.ts';
import type { Form } from '../../../functions/core/managed.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import { claimMachinery, compositeMachinery, compositeOf } from '../claim.ts';
import type { Document } from '../load.ts';
import { databaseSpec } from './database.ts';
import { type Handover, handoverOf, leftByClaims } from './handover.ts';
import { networkSpec } from './network.ts';
import { type Note, Notes } from './notes.ts';
import { record, type Source, sourceOf } from './source.ts';

/** A request in its new form. */
export interface Migration {
  readonly from: Source;
  readonly to: Form;
  readonly object: KubernetesObject;
  readonly notes: readonly Note[];
  /** How it comes by what the old one has: it owns it from now on, reads it, or begins with a copy of it. */
  readonly way: 'takes over' | 'reads' | 'restores';
  /** Managed resources of the old request that were given; empty where none were. */
  readonly handover: Handover;
}

/** Parameters that crossplane-on-eks accepted and read nowhere, by kind: they do now what they say. */
const deadThere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  IRSA: {
    awsAccountID: 'is the account that the role trusts; there it came from the EnvironmentConfig alone',
    eksOIDC: 'is the issuer that the role trusts; there it came from the EnvironmentConfig alone',
    policyArns: 'are attached to the role: this GRANTS RIGHTS that the role did not have',
  },
  S3IRSA: { policyArns: 'are attached to the role: this GRANTS RIGHTS that the role did not have' },
};

/** The kind of managed resource whose name in AWS is that of the request, for those that can be taken over by it. */
const mainResource: Readonly<Record<string, string>> = { ObjectStorage: 'Bucket', S3IRSA: 'Bucket', IRSA: 'Role' };

/** Turns an old request into ours; what it would make anew in AWS instead of taking it over is refused. */
export function migrate(
  blueprints: readonly Blueprint[],
  document: Document,
  observed: readonly KubernetesObject[],
  to: Form,
): Migration {
  const from = sourceOf(blueprints, document);
  const notes = new Notes();
  const managed = observed.filter((one) => belongsTo(one, from));
  const way = wayOf(from);
  if (way === 'restores' && to === 'claims') {
    const seen = `the database of ${from.kind} ${from.name} is not taken over, and a copy beside it needs another form`;
    throw new CodedError('MIGRATE_FORM', from.source, seen, 'use --to namespaced');
  }
  const handover = handed(from, way, to, managed);
  const object = {
    apiVersion: `${groups[to]}/${apiVersionName}`,
    kind: from.blueprint.kind,
    metadata: metadataOf(from),
    spec:
      way === 'takes over' ? ownSpec(from, to, managed, handover, notes) : foreignSpec(from, to, way, managed, notes),
  };
  noteDead(from, notes);
  // Our own check of the API server's rules: what it would refuse is refused here.
  compositeOf(blueprints, { source: from.source, object: structuredClone(object) }, undefined);
  return { from, to, object, notes: notes.all, way, handover };
}

function handed(from: Source, way: Migration['way'], to: Form, managed: readonly KubernetesObject[]): Handover {
  if (way !== 'takes over') return { resources: [], left: [] };
  return to === 'namespaced' ? handoverOf(from, managed) : leftByClaims(from, managed);
}

function wayOf({ kind, blueprint, family }: Source): Migration['way'] {
  if (blueprint.kind === 'Network' && kind !== 'Network') return 'reads';
  return blueprint.kind === 'RelationalDatabase' && (kind !== 'RelationalDatabase' || family === 'classic')
    ? 'restores'
    : 'takes over';
}

function ownSpec(
  from: Source,
  to: Form,
  managed: readonly KubernetesObject[],
  handover: Handover,
  notes: Notes,
): Readonly<Record<string, unknown>> {
  return {
    ...ownFields(from, to, notes),
    resourceConfig: resourceConfigOf(from, to, managed, handover, notes),
    ...identityOf(from, notes),
  };
}

/** Of kinds with other fields than ours. */
function foreignSpec(
  from: Source,
  to: Form,
  way: 'reads' | 'restores',
  managed: readonly KubernetesObject[],
  notes: Notes,
): Readonly<Record<string, unknown>> {
  const { tags, name, ...rest } = record(from.spec.resourceConfig);
  if (name !== undefined)
    notes.add('spec.resourceConfig.name', 'dropped', 'names what exists, which is not taken over');
  const resourceConfig = { ...keptConfig(rest, to, notes), ...tagsOf(tags, notes) };
  if (way === 'reads') return { resourceConfig, ...networkSpec(from, managed, notes) };
  const { name: secret } = record(from.spec.writeConnectionSecretToRef);
  if (typeof secret !== 'string') return { resourceConfig, ...databaseSpec(from, managed, notes) };
  const why = 'two databases run side by side, and the Secret of the old one stays until it goes; its keys differ';
  notes.add('spec.writeConnectionSecretToRef.name', 'changed', why);
  const writeConnectionSecretToRef = { name: `${secret}-restored` };
  return { resourceConfig, writeConnectionSecretToRef, ...databaseSpec(from, managed, notes) };
}

function belongsTo({ metadata }: KubernetesObject, { name, namespace = 'default' }: Source): boolean {
  const labels = metadata?.labels ?? {};
  return labels['crossplane.io/claim-name'] === name && labels['crossplane.io/claim-namespace'] === namespace;
}

/** Names, labels and annotations of people; what Kubernetes, kubectl and Crossplane wrote is left behind. */
function metadataOf({ object, name, namespace }: Source): NonNullable<KubernetesObject['metadata']> {
  const { labels = {}, annotations = {} } = object.metadata ?? {};
  const people = (map: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(map).filter(([key]) => !/^(([a-z.-]+\.)?kubernetes\.io|crossplane\.io)\//.test(key)),
    );
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(Object.keys(people(labels)).length > 0 && { labels: people(labels) }),
    ...(Object.keys(people(annotations)).length > 0 && { annotations: people(annotations) }),
  };
}

function ownFields({ spec, blueprint }: Source, to: Form, notes: Notes): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(spec)) {
    if (key === 'resourceConfig') continue;
    const path = `spec.${key}`;
    const why = keptWhy(blueprint, to, key, value);
    if (why !== undefined) {
      kept[key] = key === 'writeConnectionSecretToRef' ? { name: record(value).name } : value;
      notes.add(path, 'kept', why);
      continue;
    }
    const machinery = [...claimMachinery, ...compositeMachinery].includes(key);
    notes.add(path, 'dropped', machinery ? 'is of Crossplane and of the old composite' : 'no blueprint has this field');
  }
  return kept;
}

/** Why a field stays as it is, if it does. A Composition of theirs that has no counterpart here would select none. */
function keptWhy({ spec, composition }: Blueprint, to: Form, key: string, value: unknown): string | undefined {
  if (Object.hasOwn(spec.properties, key) || key === 'writeConnectionSecretToRef') return 'means the same';
  if (to !== 'claims') return undefined;
  if (key === 'compositeDeletePolicy' || key === 'compositionUpdatePolicy') return 'means the same';
  const labels = Object.entries(record(record(value).matchLabels));
  const selects =
    (key === 'compositionRef' && record(value).name === composition.name) ||
    (key === 'compositionSelector' && labels.every(([label, text]) => composition.labels[label] === text));
  return selects ? 'selects our Composition too' : undefined;
}

function resourceConfigOf(
  from: Source,
  to: Form,
  managed: readonly KubernetesObject[],
  handover: Handover,
  notes: Notes,
): Record<string, unknown> {
  const { tags, name, ...rest } = record(from.spec.resourceConfig);
  return { ...keptConfig(rest, to, notes), ...tagsOf(tags, notes), ...nameOf(from, name, managed, handover, notes) };
}

function keptConfig(
  rest: Readonly<Record<string, unknown>>,
  to: Form,
  notes: Notes,
): Readonly<Record<string, unknown>> {
  for (const key of Object.keys(rest)) {
    const elsewhere = key === 'providerConfigName' && to === 'namespaced';
    const why = elsewhere ? 'a provider configuration of aws.m.upbound.io must have this name' : 'means the same';
    notes.add(`spec.resourceConfig.${key}`, 'kept', why);
  }
  return rest;
}

function tagsOf(tags: unknown, notes: Notes): { readonly tags?: Readonly<Record<string, unknown>> } {
  if (tags === undefined) return {};
  const path = 'spec.resourceConfig.tags';
  if (!Array.isArray(tags)) {
    notes.add(path, 'kept', 'means the same');
    return { tags: record(tags) };
  }
  notes.add(path, 'changed', 'a list of key and value became a map');
  return { tags: Object.fromEntries(tags.map(record).map(({ key, value }) => [String(key), value])) };
}

/** The name in AWS decides whether what exists is taken over or made anew beside it. */
function nameOf(
  { source, blueprint, name: claim }: Source,
  given: unknown,
  managed: readonly KubernetesObject[],
  handover: Handover,
  notes: Notes,
): { readonly name?: string } {
  const path = 'spec.resourceConfig.name';
  const main = mainResource[blueprint.kind];
  if (main === undefined && handover.resources.length === 0) {
    const seen = `what ${blueprint.kind} ${claim} owns has ids that AWS gave`;
    const todo = 'use --to namespaced, with --observed (kubectl get managed -o yaml): each resource is handed over';
    throw new CodedError('MIGRATE_TAKEOVER', source, seen, todo);
  }
  if (main === undefined) {
    if (given !== undefined) notes.add(path, 'kept', 'means the same');
    return typeof given === 'string' ? { name: given } : {};
  }
  const existing = managed.find(({ kind }) => main === kind)?.metadata?.annotations?.['crossplane.io/external-name'];
  if (existing !== undefined) {
    notes.add(path, given === existing ? 'kept' : 'added', 'the name in AWS, so that it is taken over');
    return { name: existing };
  }
  // There the name of an IRSA was read nowhere; the role has another one.
  if (typeof given === 'string' && main === 'Bucket') {
    notes.add(path, 'kept', 'was the name in AWS there too');
    return { name: given };
  }
  const seen = `the name in AWS of the ${main} of ${claim} is not known`;
  const todo =
    'give --observed with the managed resources (kubectl get managed -o yaml): without it, another would be made';
  throw new CodedError('MIGRATE_EXTERNAL_NAME', source, seen, todo);
}

/** The ServiceAccount exists, and belongs to nobody that we know: taking it over has to be said. */
function identityOf({ blueprint, spec, name, family }: Source, notes: Notes): Record<string, unknown> {
  // With clusterRef the ServiceAccount is in another cluster, and not composed.
  if (!Object.hasOwn(blueprint.spec.properties, 'adoptServiceAccount') || spec.clusterRef !== undefined) return {};
  const why = 'the ServiceAccount is there already, made by the old composite';
  notes.add('spec.adoptServiceAccount', 'added', why);
  if (family === 'ours' || blueprint.kind !== 'S3IRSA' || spec.serviceAccountName === name)
    return { adoptServiceAccount: true };
  const reason = 'there the ServiceAccount always had the name of the claim, whatever was written';
  const path = 'spec.serviceAccountName';
  notes.add(path, spec.serviceAccountName === undefined ? 'added' : 'changed', reason);
  return { adoptServiceAccount: true, serviceAccountName: name };
}

function noteDead({ blueprint, spec, family }: Source, notes: Notes): void {
  if (family !== 'official') return;
  for (const [key, why] of Object.entries(deadThere[blueprint.kind] ?? {})) {
    if (spec[key] !== undefined) notes.add(`spec.${key}`, 'now acts', why);
  }
}
