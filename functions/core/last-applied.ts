import type { KubernetesObject } from './resource.ts';

/** Crossplane applies composed resources as this field manager, followed by a hash (core v2.3.4, composition_functions.go). */
const composedFieldOwner = 'apiextensions.crossplane.io/composed';

/** Members of metadata that Crossplane itself renders on every apply. */
const renderedByCrossplane = /(^|\.)crossplane\.io\//;

/**
 * What Crossplane last applied to an observed resource on our behalf: the fields that its field manager owns, with
 * their values. Late-initialised fields belong to the provider and are left out. Undefined without managed fields.
 */
export function lastApplied(observed: KubernetesObject): KubernetesObject | undefined {
  const owned = observed.metadata?.managedFields?.find(
    (entry) =>
      entry.operation === 'Apply' && entry.subresource === undefined && entry.manager?.startsWith(composedFieldOwner),
  )?.fieldsV1;
  if (!isRecord(owned)) return undefined;
  const kept = project(observed, owned);
  if (!isRecord(kept)) return undefined;
  const { metadata, status: _status, ...content } = kept;
  const annotations = ownEntries(isRecord(metadata) ? metadata.annotations : undefined, 'crossplane.io/external-name');
  const labels = ownEntries(isRecord(metadata) ? metadata.labels : undefined);
  return {
    ...content,
    apiVersion: observed.apiVersion,
    kind: observed.kind,
    metadata: {
      ...(observed.metadata?.namespace !== undefined && { namespace: observed.metadata.namespace }),
      ...(annotations && { annotations }),
      ...(labels && { labels }),
    },
  };
}

function project(value: unknown, owned: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return projectList(value, owned);
  if (!isRecord(value)) return value;
  const fields = Object.entries(owned).filter(([path]) => path.startsWith('f:'));
  if (fields.length === 0) return value;
  const result: Record<string, unknown> = {};
  for (const [path, inner] of fields) {
    const name = path.slice(2);
    if (Object.hasOwn(value, name)) result[name] = isRecord(inner) ? project(value[name], inner) : value[name];
  }
  return result;
}

/** Items of a list are owned by key (`k:`) or by value (`v:`); an atomic list is owned as a whole and lists neither. */
function projectList(list: readonly unknown[], owned: Record<string, unknown>): unknown {
  const selectors = Object.entries(owned).filter(([path]) => path.startsWith('k:') || path.startsWith('v:'));
  if (selectors.length === 0) return list;
  return list.flatMap((item) => {
    const match = selectors.find(([path]) => selects(path, item));
    return match === undefined ? [] : [isRecord(match[1]) ? project(item, match[1]) : item];
  });
}

function selects(path: string, item: unknown): boolean {
  const wanted: unknown = JSON.parse(path.slice(2));
  if (path.startsWith('v:')) return JSON.stringify(item) === JSON.stringify(wanted);
  return isRecord(wanted) && isRecord(item) && Object.entries(wanted).every(([key, value]) => item[key] === value);
}

function ownEntries(entries: unknown, keep?: string): Record<string, string> | undefined {
  if (!isRecord(entries)) return undefined;
  const own = Object.entries(entries).filter(([key]) => key === keep || !renderedByCrossplane.test(key));
  return own.length > 0 ? Object.fromEntries(own.map(([key, value]) => [key, String(value)])) : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
