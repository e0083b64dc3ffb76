import type { KubernetesObject } from '../../functions/core/resource.ts';

/** Marks an object as server-side apply by Crossplane would: every field of it is owned by the composed manager. */
export function withManagedFields(object: KubernetesObject, applied: KubernetesObject): KubernetesObject {
  const { apiVersion: _apiVersion, kind: _kind, ...owned } = applied;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: [
        {
          manager: 'crossplane-aws-provider',
          operation: 'Update',
          subresource: 'status',
          fieldsV1: { 'f:status': {} },
        },
        {
          manager: 'apiextensions.crossplane.io/composed/0123456789abcdef',
          operation: 'Apply',
          fieldsV1: fieldsOf(owned),
        },
      ],
    },
  };
}

/** Lists are owned as a whole, as atomic lists of CRDs are. */
function fieldsOf(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      `f:${key}`,
      typeof member === 'object' && member !== null && !Array.isArray(member) ? fieldsOf(member) : {},
    ]),
  );
}
