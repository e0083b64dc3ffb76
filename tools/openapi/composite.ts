import type { SourceSchema, Subschema } from './schema.ts';

/** What Crossplane makes of an XRD: a composite of v1 or v2, or a claim. */
export type CompositeForm = 'legacy' | 'cluster' | 'namespaced' | 'claim';

/**
 * The schema of the CRD that Crossplane derives from a version of an XRD (crossplane-runtime v2.3, package xcrd).
 *
 * Of `spec` and `status` it takes over the fields and a few keywords, and drops the others.
 */
export function compositeSchema(given: SourceSchema, form: CompositeForm): SourceSchema {
  const { description, 'x-kubernetes-validations': rules } = given;
  // A member that is null is as good as absent.
  const fields = given.properties ?? {};
  return {
    type: 'object',
    ...defined({ description, 'x-kubernetes-validations': rules }),
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: metadata(fields.metadata),
      spec: taken(fields.spec, ['x-kubernetes-preserve-unknown-fields'], specFields[form]),
      status: taken(fields.status, [], form === 'legacy' || form === 'claim' ? legacyStatus : status),
    },
  };
}

/** Names become label values, which have 63 characters. */
function metadata(given: Subschema | undefined): SourceSchema {
  const name = objectOf(objectOf(given).properties?.name);
  // What is no number stays as it is, and is refused where it is converted.
  const isLonger = name.maxLength === undefined || name.maxLength > 63;
  return { type: 'object', properties: { name: { ...name, type: 'string', ...(isLonger && { maxLength: 63 }) } } };
}

function taken(
  given: Subschema | undefined,
  also: readonly (keyof SourceSchema)[],
  added: Readonly<Record<string, SourceSchema>>,
): SourceSchema {
  const source = objectOf(given);
  const keywords = ['description', 'required', 'oneOf', 'x-kubernetes-validations', ...also] as const;
  const kept = keywords.flatMap((keyword) => (source[keyword] === undefined ? [] : [[keyword, source[keyword]]]));
  return { type: 'object', ...Object.fromEntries(kept), properties: { ...source.properties, ...added } };
}

function objectOf(schema: Subschema | undefined): SourceSchema {
  return typeof schema === 'object' && schema !== null ? schema : {};
}

function defined(keywords: { readonly [K in keyof SourceSchema]?: SourceSchema[K] | undefined }): SourceSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}

const text: SourceSchema = { type: 'string' };
const reference = (required: readonly string[], optional: readonly string[] = []): SourceSchema => ({
  type: 'object',
  required,
  properties: Object.fromEntries([...required, ...optional].map((name) => [name, text])),
});
const selector: SourceSchema = {
  type: 'object',
  required: ['matchLabels'],
  properties: { matchLabels: { type: 'object', additionalProperties: text } },
};
const selection = {
  compositionRef: reference(['name']),
  compositionSelector: selector,
  compositionRevisionRef: reference(['name']),
  compositionRevisionSelector: selector,
  compositionUpdatePolicy: { type: 'string', enum: ['Automatic', 'Manual'] },
} as const;

/** A namespaced composite composes in its own namespace only. */
const composed = (optional: readonly string[]): SourceSchema => ({
  type: 'array',
  'x-kubernetes-list-type': 'atomic',
  items: reference(['apiVersion', 'kind'], optional),
});
const modern = (optional: readonly string[]): Readonly<Record<string, SourceSchema>> => ({
  crossplane: { type: 'object', properties: { ...selection, resourceRefs: composed(optional) } },
});

const specFields: Readonly<Record<CompositeForm, Readonly<Record<string, SourceSchema>>>> = {
  legacy: {
    ...selection,
    resourceRefs: composed(['name', 'namespace']),
    claimRef: reference(['apiVersion', 'kind', 'namespace', 'name']),
    writeConnectionSecretToRef: reference(['name', 'namespace']),
  },
  cluster: modern(['name', 'namespace']),
  namespaced: modern(['name']),
  claim: {
    ...selection,
    compositeDeletePolicy: { type: 'string', enum: ['Background', 'Foreground'] },
    resourceRef: reference(['apiVersion', 'kind', 'name']),
    writeConnectionSecretToRef: reference(['name']),
  },
};

const status: Readonly<Record<string, SourceSchema>> = {
  conditions: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items: {
      type: 'object',
      required: ['lastTransitionTime', 'reason', 'status', 'type'],
      properties: {
        lastTransitionTime: { type: 'string', format: 'date-time' },
        message: text,
        observedGeneration: { type: 'integer', format: 'int64' },
        reason: text,
        status: text,
        type: text,
      },
    },
  },
};
const legacyStatus: Readonly<Record<string, SourceSchema>> = {
  ...status,
  claimConditionTypes: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
  connectionDetails: { type: 'object', properties: { lastPublishedTime: { type: 'string', format: 'date-time' } } },
};
