import type { KubernetesObject } from '../../functions/core/resource.ts';

interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
  readonly fields: object;
}

/** When the made-up objects were written; any fixed time does. */
const time = '2026-01-01T00:00:00Z';

/**
 * A composed resource as the API server returns it: with identity, owner and the bookkeeping of server-side apply.
 * Crossplane passes all of it on (core v2.3.4), and it is more bytes than the resource itself.
 */
export function stored(object: KubernetesObject, index: number, owner: KubernetesObject): KubernetesObject {
  const { annotations, labels } = object.metadata ?? {};
  const composed: Writer = {
    manager: 'apiextensions.crossplane.io/composed/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    operation: 'Apply',
    fields: {
      ...object,
      status: undefined,
      metadata: { annotations, generateName: '', labels, ownerReferences: [], ...(!object.status && { name: '' }) },
    },
  };
  const provider: readonly Writer[] = [
    { manager: 'provider', operation: 'Update', fields: { metadata: { annotations, finalizers: [] } } },
    { manager: 'provider', operation: 'Update', subresource: 'status', fields: { status: object.status } },
  ];
  const { apiVersion, kind, metadata: { name: ownerName = '' } = {} } = owner;
  const controller = { blockOwnerDeletion: true, controller: true };
  return withBookkeeping(object, index, object.status === undefined ? [composed] : [composed, ...provider], {
    generateName: `${ownerName}-`,
    ...(object.status !== undefined && { finalizers: ['finalizer.managedresource.crossplane.io'] }),
    ownerReferences: [{ apiVersion, kind, name: ownerName, uid: uid(0), ...controller }],
  });
}

/** The composite as the API server returns it, with its references to what it composes. */
export function storedComposite(xr: KubernetesObject, observed: Iterable<KubernetesObject>): KubernetesObject {
  const resourceRefs = [...observed].map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata?.name,
  }));
  const references = {
    compositionRef: { name: `${xr.kind.toLowerCase()}.awsblueprints.io` },
    compositionRevisionRef: { name: `${xr.kind.toLowerCase()}.awsblueprints.io-0123456` },
    compositionUpdatePolicy: 'Automatic',
    resourceRefs,
  };
  const whole = { ...xr, spec: { ...(xr.spec as object | undefined), ...references } };
  const writers: readonly Writer[] = [
    {
      manager: 'apiextensions.crossplane.io/claim',
      operation: 'Apply',
      fields: { metadata: xr.metadata, spec: xr.spec },
    },
    { manager: 'apiextensions.crossplane.io/composite', operation: 'Update', fields: { spec: references } },
    { manager: 'crossplane', operation: 'Update', subresource: 'status', fields: { status: xr.status } },
  ];
  return withBookkeeping(whole, 0, writers, { finalizers: ['composite.apiextensions.crossplane.io'] });
}

function withBookkeeping(
  object: KubernetesObject,
  index: number,
  writers: readonly Writer[],
  metadata: object,
): KubernetesObject {
  const managedFields = writers.map(({ manager, operation, subresource, fields }) => ({
    apiVersion: object.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: owned(fields),
    manager,
    operation,
    ...(subresource !== undefined && { subresource }),
    time,
  }));
  const identity = { creationTimestamp: time, generation: 2, resourceVersion: String(1000 + index), uid: uid(index) };
  return { ...object, metadata: { ...object.metadata, ...metadata, ...identity, managedFields } };
}

/** The set of owned fields as server-side apply writes it (structured-merge-diff, FieldsV1); lists are atomic here. */
function owned(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => member !== undefined && key !== 'apiVersion' && key !== 'kind')
      .map(([key, member]) => [`f:${key}`, owned(member)]),
  );
}

const uid = (index: number): string => `5d1c2c8e-6f6b-4f3e-9a44-${String(index).padStart(12, '0')}`;
