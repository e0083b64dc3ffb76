import type { JsonSchema } from '../schema.ts';
import type { ResourceIdentity, Rule, RuleContext } from './rule.ts';

/**
 * `x-kubernetes-embedded-resource`, and the root of a resource: apiVersion and kind as Kubernetes parses them, and
 * metadata as it decodes and validates ObjectMeta.
 *
 * Not expressed: the total size of annotations, and that one owner alone is the controller.
 */
export const embeddedResource: Rule = {
  keywords: ['x-kubernetes-embedded-resource', 'type'],
  kind: 'verdict',
  apply(schema, out, context) {
    const resource = context.root ? context.options.resource : undefined;
    const isRoot = resource !== undefined && resource !== false;
    if (!isRoot && !schema['x-kubernetes-embedded-resource']) return;
    const own = out.properties ?? {};
    const identity = typeof resource === 'object' ? resource : undefined;
    out.properties = {
      ...own,
      apiVersion: both(own.apiVersion, exactly(identity, 'apiVersion') ?? apiVersion),
      kind: both(own.kind, exactly(identity, 'kind') ?? kind),
      metadata: both(open(own.metadata), objectMeta(context, isRoot)),
    };
    out.required = [...new Set([...(out.required ?? []), 'apiVersion', 'kind'])];
  },
};

function exactly(identity: ResourceIdentity | undefined, key: keyof ResourceIdentity): JsonSchema | undefined {
  return identity && { type: 'string', enum: [identity[key]] };
}

const apiVersion: JsonSchema = { type: 'string', pattern: '^(?:[^/]+|[^/]*/[^/]*)$' };
const kind: JsonSchema = { type: 'string', pattern: '^[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?$' };
const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer', minimum: 0 };

const dnsLabel = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const dnsSubdomain = `${dnsLabel}(?:\\.${dnsLabel})*`;
const named = '(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]';
const qualifiedName = `^(?:${dnsSubdomain}/)?${named}$`;
/** The names of annotations may have upper case in their prefix too. */
const annotationName = `^(?:${dnsSubdomain.replaceAll('a-z', 'A-Za-z')}/)?${named}$`;
/** A prefix has 253 characters at most: apart from the names, since Go's expressions can't look ahead. */
const longPrefix = '^[^/]{254}';
const isNoName: Record<string, JsonSchema> = { [longPrefix]: { not: {} } };
const labelValue = '^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$';
const moment = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)$';

const labels: JsonSchema = {
  type: ['object', 'null'],
  patternProperties: { [qualifiedName]: { type: 'string', pattern: labelValue }, ...isNoName },
  additionalProperties: false,
};
const annotations: JsonSchema = {
  type: ['object', 'null'],
  patternProperties: { [annotationName]: text, ...isNoName },
  additionalProperties: false,
};
const given: JsonSchema = { type: 'string', minLength: 1 };
const owner: JsonSchema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', pattern: '^(?:[^/]+|[^/]*/[^/]+)$' },
    kind: given,
    name: given,
    uid: given,
    controller: { type: ['boolean', 'null'] },
    blockOwnerDeletion: { type: ['boolean', 'null'] },
  },
  required: ['apiVersion', 'kind', 'name', 'uid'],
};
const finalizer: JsonSchema = { type: 'string', pattern: qualifiedName, not: { type: 'string', pattern: longPrefix } };
const timestamp: JsonSchema = { type: ['string', 'null'], pattern: moment };

/** A name of a custom resource is a DNS subdomain; of an embedded one it need only fit into a path. */
function objectMeta(context: RuleContext, isRoot: boolean): JsonSchema {
  const properties = {
    name: isRoot
      ? { type: 'string', pattern: `^${dnsSubdomain}$`, maxLength: 253 }
      : { type: 'string', pattern: '^(?:[^/%.]?|\\.[^/%.]|[^/%.][^/%]|[^/%]{3,})$' },
    generateName: isRoot
      ? { type: 'string', pattern: '^(?:[a-z0-9](?:[-a-z0-9.]*[-a-z0-9])?)?$' }
      : { type: 'string', pattern: '^[^/%]*$' },
    namespace: { type: 'string', pattern: '^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$' },
    labels,
    annotations,
    finalizers: { type: ['array', 'null'], items: finalizer },
    ownerReferences: { type: ['array', 'null'], items: owner },
    managedFields: { type: ['array', 'null'], items: { type: 'object' } },
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: whole,
    creationTimestamp: timestamp,
    deletionTimestamp: timestamp,
    deletionGracePeriodSeconds: { type: ['integer', 'null'] },
  } satisfies Record<string, JsonSchema>;
  // Without its metadata a whole resource has no name; of another, null means that there is none.
  const type: JsonSchema['type'] = isRoot ? 'object' : ['object', 'null'];
  return { type, properties, ...(context.options.closed ? { additionalProperties: false } : {}) };
}

/** The source may restrict metadata.name; what else metadata holds is not its to say. */
function open(own: JsonSchema | undefined): JsonSchema | undefined {
  if (!own) return undefined;
  const { additionalProperties: _, ...rest } = own;
  return rest;
}

function both(own: JsonSchema | undefined, standard: JsonSchema): JsonSchema {
  if (!own) return standard;
  const { title, description, type: _, ...verdict } = own;
  const prose = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
  if (Object.keys(verdict).length === 0) return { ...prose, ...standard };
  return { ...prose, ...standard, allOf: [verdict] };
}
