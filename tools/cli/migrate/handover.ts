import type { ManagedKind } from '../../../functions/core/managed.ts';
import { uniqueName } from '../../../functions/core/names.ts';
import {
  type Composed,
  declares,
  groupOf,
  isManaged,
  type KubernetesObject,
} from '../../../functions/core/resource.ts';
import { record, type Source } from './source.ts';

const composedName = 'crossplane.io/composition-resource-name';
const externalName = 'crossplane.io/external-name';

/** What becomes of the managed resources of an old request in the namespaced form. */
export interface Handover {
  /** Read what exists and change nothing, until they are told to; the composite takes them for its own. */
  readonly resources: readonly KubernetesObject[];
  /** What no composed resource stands for: it stays in AWS, and belongs to nobody. */
  readonly left: readonly KubernetesObject[];
}

/** Makes a managed resource for each old one that knows its name in AWS, so that the composite makes none anew. */
export function handoverOf(from: Source, managed: readonly KubernetesObject[]): Handover {
  const resources: KubernetesObject[] = [];
  const left: KubernetesObject[] = [];
  // An attachment is nothing beyond what it attaches: made again, it is the same.
  for (const one of managed.filter(({ kind }) => kind !== 'RolePolicyAttachment')) {
    const composed = composedOf(from, one);
    if (composed === undefined) left.push(one);
    else resources.push(heir(from, one, composed));
  }
  return { resources, left };
}

/** In the claims form only the name of the request takes over: roles and policies that have other names stay. */
export function leftByClaims({ blueprint }: Source, managed: readonly KubernetesObject[]): Handover {
  const named = blueprint.kind === 'IRSA';
  return { resources: [], left: named ? [] : managed.filter(({ kind }) => kind === 'Role' || kind === 'Policy') };
}

/** The composed resource that stands for an old one: by its name if we made it, else by its kind if that is enough. */
function composedOf({ blueprint }: Source, { apiVersion, kind, metadata }: KubernetesObject) {
  if (metadata?.annotations?.[externalName] === undefined) return undefined;
  const ofKind = blueprint.resources.filter(
    (one): one is Composed<ManagedKind> =>
      isManaged(one.kind) && one.kind.kind === kind && groupOf(one.kind.apiVersion.claims) === groupOf(apiVersion),
  );
  const name = metadata.annotations[composedName] ?? '';
  const byName = ofKind.find((one) => declares(one, name));
  if (byName !== undefined) return { name, kind: byName.kind };
  const [only, ...others] = ofKind;
  return only !== undefined && others.length === 0 && !only.name.endsWith('*') ? only : undefined;
}

function heir({ name, namespace }: Source, old: KubernetesObject, composed: Composed<ManagedKind>): KubernetesObject {
  const { annotations = {} } = old.metadata ?? {};
  return {
    apiVersion: composed.kind.apiVersion.namespaced,
    kind: composed.kind.kind,
    metadata: {
      name: uniqueName(`${name}-${composed.name}`, `${name}/${composed.name}`, 63),
      ...(namespace !== undefined && { namespace }),
      annotations: { [externalName]: annotations[externalName] ?? '', [composedName]: composed.name },
    },
    spec: { managementPolicies: ['Observe'], forProvider: plain(record(record(old.spec).forProvider)) },
  };
}

/** Plain values: what a blueprint looks at in what it finds; the rest it writes itself. */
const plain = (parameters: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(parameters).filter(([, value]) =>
      Array.isArray(value) ? value.every((one) => typeof one === 'string') : typeof value !== 'object',
    ),
  );

/** The heirs without what they only had in order to be read: whoever gave them that takes it back by this. */
export const released = (resources: readonly KubernetesObject[]): KubernetesObject[] =>
  resources.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, ...(metadata && { metadata }) }));

/** The request with references to its heirs: to be created once, never to be kept in Git. */
export function composedOfHeirs(
  request: KubernetesObject,
  resources: readonly KubernetesObject[],
  secret: string | undefined,
): KubernetesObject {
  const references = resources.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata?.name }));
  const connection = secret === undefined ? [] : [{ apiVersion: 'v1', kind: 'Secret', name: secret }];
  return {
    ...request,
    spec: { ...record(request.spec), crossplane: { resourceRefs: [...references, ...connection] } },
  };
}
