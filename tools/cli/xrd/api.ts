import { dropReferences } from '../../gen/provider-references.ts';
import type { StructuralSchema } from '../../openapi/index.ts';
import type { Column, Definition } from './definition.ts';

/** What an API offers its users: fields to set, fields to read, and columns that show either. */
export interface Api {
  readonly spec: StructuralSchema;
  readonly status: StructuralSchema;
  readonly columns: readonly Column[];
  /** Whether it is a managed resource of a provider, whose `spec.forProvider` is taken for the spec. */
  readonly managed: boolean;
}

const none: StructuralSchema = { type: 'object' };

/** Fields of every object, which no API defines for itself. */
const envelope = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * The API of a definition. Of a managed resource that is what AWS knows: without references, since blueprints pass
 * plain values, and without what only tells the provider how to work.
 */
export function apiOf({ schema, columns }: Definition): Api {
  const { spec, status = none } = schema.properties ?? {};
  if (spec?.properties?.forProvider !== undefined) return managedApi(spec, status, columns);
  if (spec !== undefined) return { spec, status, columns, managed: false };
  const { properties = {}, required = [] } = schema;
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !envelope.has(name)));
  const { 'x-kubernetes-embedded-resource': _embedded, ...rest } = schema;
  const asked = required.filter((name) => Object.hasOwn(own, name));
  return { spec: { ...rest, type: 'object', properties: own, required: asked }, status, columns, managed: false };
}

function managedApi(spec: StructuralSchema, status: StructuralSchema, columns: readonly Column[]): Api {
  const { forProvider = none } = spec.properties ?? {};
  const required = new Set([...(forProvider.required ?? []), ...requiredByRule(spec)]);
  const asked = Object.keys(forProvider.properties ?? {}).filter((name) => required.has(name));
  const observed = status.properties?.atProvider?.properties ?? {};
  const outputs = Object.entries(observed).filter(([name]) => !Object.hasOwn(forProvider.properties ?? {}, name));
  return {
    spec: { ...dropReferences(forProvider), required: asked },
    status: { type: 'object', properties: Object.fromEntries(outputs) },
    columns: columns.map((column) => ({ ...column, jsonPath: unwrapped(column.jsonPath) })),
    managed: true,
  };
}

/**
 * Upjet demands parameters by a rule on spec, since an object may also be only observed; a composite never is. The
 * message is the one part of the rule that names the parameter alone (provider-aws v2.5.0).
 */
function requiredByRule(spec: StructuralSchema): string[] {
  return (spec['x-kubernetes-validations'] ?? []).flatMap(({ message = '' }) => {
    const [, name] = /^spec\.forProvider\.(\w+) is a required parameter$/.exec(message) ?? [];
    return name === undefined ? [] : [name];
  });
}

const unwrapped = (jsonPath: string): string =>
  jsonPath.replace(/^\.spec\.forProvider\./, '.spec.').replace(/^\.status\.atProvider\./, '.status.');
