import { apiVersionName, type Blueprint, groups } from '../../../functions/core/blueprint.ts';
import type { Form } from '../../../functions/core/managed.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import { claimMachinery, compositeMachinery, compositeOf } from '../claim.ts';
import type { Document } from '../load.ts';
import { record, type Source, sourceOf } from './source.ts';

/** What became of one field, and why. */
interface Note {
  readonly path: string;
  readonly verdict: 'kept' | 'added' | 'changed' | 'dropped' | 'now acts';
  readonly why: string;
}

/** A request in its new form. */
export interface Migration {
  readonly from: Source;
  readonly to: Form;
  readonly object: KubernetesObject;
  readonly notes: readonly Note[];
  /** Managed resources of the old request that were given, which stay in AWS. */
  readonly managed: readonly KubernetesObject[];
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

/** The member of resourceConfig that takes over what exists, by the kind of its main resource. */
const mainResource: Readonly<Record<string, string>> = { ObjectStorage: 'Bucket', S3IRSA: 'Bucket', IRSA: 'Role' };

/** Turns an old request into ours; what it would make anew in AWS instead of taking it over is refused. */
export function migrate(
  blueprints: readonly Blueprint[],
  document: Document,
  observed: readonly KubernetesObject[],
  to: Form,
): Migration {
  const from = sourceOf(blueprints, document);
  const notes: Note[] = [];
  const managed = observed.filter((one) => belongsTo(one, from));
  const spec = {
    ...ownFields(from, to, notes),
    resourceConfig: resourceConfigOf(from, managed, notes),
    ...identityOf(from, notes),
  };
  const object = {
    apiVersion: `${groups[to]}/${apiVersionName}`,
    kind: from.blueprint.kind,
    metadata: metadataOf(from),
    spec,
  };
  noteDead(from, notes);
  // Our own check of the API server's rules: what it would refuse is refused here.
  compositeOf(blueprints, { source: from.source, object: structuredClone(object) }, undefined);
  return { from, to, object, notes, managed };
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

function ownFields({ spec, blueprint }: Source, to: Form, notes: Note[]): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const ours = blueprint.spec.properties;
  const inClaims = ['compositionRef', 'compositionSelector', 'compositeDeletePolicy', 'compositionUpdatePolicy'];
  for (const [key, value] of Object.entries(spec)) {
    if (key === 'resourceConfig') continue;
    const path = `spec.${key}`;
    const known = Object.hasOwn(ours, key) || key === 'writeConnectionSecretToRef';
    if (known || (to === 'claims' && inClaims.includes(key))) {
      kept[key] = key === 'writeConnectionSecretToRef' ? { name: record(value).name } : value;
      notes.push({ path, verdict: 'kept', why: known ? 'means the same' : 'selects our Composition too' });
      continue;
    }
    const machinery = [...claimMachinery, ...compositeMachinery].includes(key);
    const why = machinery ? 'Crossplane keeps it for the old composite' : 'no blueprint has this field';
    notes.push({ path, verdict: 'dropped', why });
  }
  return kept;
}

function resourceConfigOf(from: Source, managed: readonly KubernetesObject[], notes: Note[]): Record<string, unknown> {
  const { tags, name, ...rest } = record(from.spec.resourceConfig);
  const path = 'spec.resourceConfig';
  for (const key of Object.keys(rest)) notes.push({ path: `${path}.${key}`, verdict: 'kept', why: 'means the same' });
  return { ...rest, ...tagsOf(tags, notes), ...nameOf(from, name, managed, notes) };
}

function tagsOf(tags: unknown, notes: Note[]): { readonly tags?: Readonly<Record<string, unknown>> } {
  if (tags === undefined) return {};
  const path = 'spec.resourceConfig.tags';
  if (!Array.isArray(tags)) {
    notes.push({ path, verdict: 'kept', why: 'means the same' });
    return { tags: record(tags) };
  }
  notes.push({ path, verdict: 'changed', why: 'a list of key and value became a map' });
  return { tags: Object.fromEntries(tags.map(record).map(({ key, value }) => [String(key), value])) };
}

/** The name in AWS decides whether what exists is taken over or made anew beside it. */
function nameOf(
  { source, blueprint, name: claim }: Source,
  given: unknown,
  managed: readonly KubernetesObject[],
  notes: Note[],
): { readonly name?: string } {
  const path = 'spec.resourceConfig.name';
  const main = mainResource[blueprint.kind];
  if (main === undefined) {
    const seen = `what ${blueprint.kind} ${claim} owns has ids that AWS gave, and no request can name them`;
    throw new CodedError('MIGRATE_TAKEOVER', source, seen, 'keep the claim: both forms run side by side');
  }
  const existing = managed.find(({ kind }) => kind === main)?.metadata?.annotations?.['crossplane.io/external-name'];
  if (existing !== undefined) {
    notes.push({
      path,
      verdict: given === existing ? 'kept' : 'added',
      why: `the name in AWS, so that it is taken over`,
    });
    return { name: existing };
  }
  // There the name of an IRSA was read nowhere; the role has another one.
  if (typeof given === 'string' && main === 'Bucket') {
    notes.push({ path, verdict: 'kept', why: 'was the name in AWS there too' });
    return { name: given };
  }
  const seen = `the name in AWS of the ${main} of ${claim} is not known`;
  const todo =
    'give --observed with the managed resources (kubectl get managed -o yaml): without it, another would be made';
  throw new CodedError('MIGRATE_EXTERNAL_NAME', source, seen, todo);
}

/** The ServiceAccount exists, and belongs to nobody that we know: taking it over has to be said. */
function identityOf({ blueprint, spec, name }: Source, notes: Note[]): Record<string, unknown> {
  if (!Object.hasOwn(blueprint.spec.properties, 'adoptServiceAccount')) return {};
  const why = 'the ServiceAccount is there already, made by the old composite';
  notes.push({ path: 'spec.adoptServiceAccount', verdict: 'added', why });
  if (blueprint.kind !== 'S3IRSA' || spec.serviceAccountName === name) return { adoptServiceAccount: true };
  const reason = 'there the ServiceAccount always had the name of the claim, whatever was written';
  const path = 'spec.serviceAccountName';
  notes.push({ path, verdict: spec.serviceAccountName === undefined ? 'added' : 'changed', why: reason });
  return { adoptServiceAccount: true, serviceAccountName: name };
}

function noteDead({ blueprint, spec, family }: Source, notes: Note[]): void {
  if (family === 'classic') return;
  for (const [key, why] of Object.entries(deadThere[blueprint.kind] ?? {})) {
    if (spec[key] !== undefined) notes.push({ path: `spec.${key}`, verdict: 'now acts', why });
  }
}
