import { apiVersionName, groups } from '../../functions/core/blueprint.ts';
import { groupOf, type KubernetesObject } from '../../functions/core/resource.ts';
import type { Document, Place } from '../cli/load.ts';
import { type RenderOptions, renderDocument } from '../cli/render.ts';
import { CodedError } from '../error.ts';

/** An object to be judged, and where it comes from. */
export interface Subject {
  readonly source: string;
  readonly place?: Place;
  readonly object: KubernetesObject;
  /** The request that Crossplane would compose it for. */
  readonly composedFor?: string;
}

/** The name of an object for people: kind, namespace and name. */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${[metadata?.namespace, metadata?.name].filter(Boolean).join('/')}`;
}

/** The object of a document, and nothing that it would compose. */
export const alone = ({ source, place, object }: Document): Subject => ({ source, ...(place && { place }), object });

/**
 * What is judged of a document: the object and, where it is a claim or composite of ours, everything that would be
 * composed for it. One that does not come to its end is an error, since the rest would go unjudged.
 */
export function subjectsOf(document: Document, options: RenderOptions): Subject[] {
  const own = alone(document);
  const { source, object } = own;
  if (!isRequest(object)) return [own];
  const last = renderDocument(document, { ...options, untilReady: true }).rounds.at(-1);
  if (last === undefined || !last.ready) {
    const awaited = last?.condition?.message ?? 'nothing is composed';
    throw new CodedError('CHECK_INCOMPLETE', source, awaited, 'give what is awaited with --environment or --required');
  }
  const composedFor = nameOf(object);
  return [
    own,
    ...last.resources.map(({ object: composed }) => ({ ...own, object: owned(composed, last.xr), composedFor })),
  ];
}

/** Whether an object is a claim or composite of ours. */
export const isRequest = ({ apiVersion }: KubernetesObject): boolean =>
  Object.values(groups).some((group) => apiVersion === `${group}/${apiVersionName}`);

/** Crossplane makes the composite the controller of what it composes, and puts it into its own namespace. */
function owned(object: KubernetesObject, { apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const reference = { apiVersion, kind, name: metadata?.name, uid: metadata?.uid ?? '', controller: true };
  const ownerReferences = [{ ...reference, blockOwnerDeletion: true }];
  const labels = { 'crossplane.io/composite': metadata?.name ?? '', ...object.metadata?.labels };
  const namespace = metadata?.namespace !== undefined && { namespace: metadata.namespace };
  return { ...object, metadata: { ...namespace, ...object.metadata, labels, ownerReferences } };
}

/** The request by which the API server would ask about an object. */
export function requestOf(object: KubernetesObject, asked: Asked): object {
  const { apiVersion, kind, metadata } = object;
  const version = apiVersion.split('/').at(-1);
  const group = groupOf(apiVersion);
  const identity = `${apiVersion} ${nameOf(object)}`;
  const old = asked.old.find((one) => `${one.apiVersion} ${nameOf(one)}` === identity);
  const operation = asked.operation ?? (old ? 'UPDATE' : 'CREATE');
  if (operation === 'UPDATE' && old === undefined) {
    throw new CodedError('OLD_MISSING', identity, 'an update without the object as it was', 'give it with --old');
  }
  return {
    uid: '00000000-0000-0000-0000-000000000000',
    kind: { group, version, kind },
    resource: { group, version, resource: '' },
    name: metadata?.name ?? '',
    namespace: metadata?.namespace ?? '',
    operation,
    userInfo: asked.user,
    ...(operation === 'DELETE' ? { oldObject: object } : { object }),
    ...(operation === 'UPDATE' && { oldObject: old }),
  };
}

/** Who asks for what. */
export interface Asked {
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Objects as they were. */
  readonly old: readonly KubernetesObject[];
  readonly user: { readonly username?: string; readonly groups?: readonly string[] };
}
