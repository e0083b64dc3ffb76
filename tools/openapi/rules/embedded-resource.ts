import type { JsonSchema } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

/**
 * `x-kubernetes-embedded-resource`, and the root of a resource: apiVersion and kind as Kubernetes parses them, and
 * metadata as it decodes ObjectMeta.
 *
 * Not expressed: the lengths and syntax of labels, annotations, finalizers and owner references.
 */
export const embeddedResource: Rule = {
  keywords: ['x-kubernetes-embedded-resource', 'type'],
  kind: 'verdict',
  apply(schema, out, context) {
    const isRoot = context.root && context.options.resource === true;
    if (!isRoot && !schema['x-kubernetes-embedded-resource']) return;
    const own = out.properties ?? {};
    out.properties = {
      ...own,
      apiVersion: both(own.apiVersion, apiVersion),
      kind: both(own.kind, kind),
      metadata: both(open(own.metadata), objectMeta(context)),
    };
    out.required = [...new Set([...(out.required ?? []), 'apiVersion', 'kind'])];
  },
};

const apiVersion: JsonSchema = { type: 'string', pattern: '^(?:[^/]+|[^/]*/[^/]*)$' };
const kind: JsonSchema = { type: 'string', pattern: '^[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?$' };
const strings: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };
const objects: JsonSchema = { type: 'array', items: { type: 'object' } };
const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };

function objectMeta(context: RuleContext): JsonSchema {
  const properties = {
    name: { type: 'string', pattern: '^(?!\\.{1,2}$)[^/%]*$' },
    generateName: { type: 'string', pattern: '^[^/%]*$' },
    namespace: { type: 'string', pattern: '^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$' },
    labels: strings,
    annotations: strings,
    finalizers: { type: 'array', items: text },
    ownerReferences: objects,
    managedFields: objects,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: whole,
    creationTimestamp: { type: ['string', 'null'] },
    deletionTimestamp: { type: ['string', 'null'] },
    deletionGracePeriodSeconds: whole,
  } satisfies Record<string, JsonSchema>;
  return { type: 'object', properties, ...(context.options.closed ? { additionalProperties: false } : {}) };
}

/** The source may restrict metadata.name; what else metadata holds is not its to say. */
function open(own: JsonSchema | undefined): JsonSchema | undefined {
  if (!own) return undefined;
  const { additionalProperties: _, ...rest } = own;
  return rest;
}

function both(own: JsonSchema | undefined, standard: JsonSchema): JsonSchema {
  if (!own) return standard;
  const { title, description, ...verdict } = own;
  const prose = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
  if (Object.keys(verdict).every((keyword) => keyword === 'type')) return { ...standard, ...prose };
  return { ...standard, ...prose, allOf: [verdict] };
}
