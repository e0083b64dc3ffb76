import type { JsonValue } from '../../functions/core/schema.ts';
import type { StructuralSchema } from '../../tools/openapi/index.ts';

/** A value that a schema takes: with what it requires alone, or with one of everything, three objects deep. */
export function sampleOf(schema: StructuralSchema, what: 'required' | 'all', depth = 0): JsonValue {
  if (schema['x-kubernetes-int-or-string']) return 1;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return objectOf(schema, what, depth);
    case 'array':
      return schema.items === undefined ? [] : [sampleOf(schema.items, what, depth)];
    case 'integer':
    case 'number':
      return (schema.minimum ?? 1) + (schema.exclusiveMinimum ? 1 : 0);
    case 'boolean':
      return true;
    default:
      return 'text'.padEnd(schema.minLength ?? 0, 'x').slice(0, schema.maxLength);
  }
}

function objectOf(schema: StructuralSchema, what: 'required' | 'all', depth: number): JsonValue {
  const { properties, required = [], additionalProperties } = schema;
  if (typeof additionalProperties === 'object') return { key: sampleOf(additionalProperties, what, depth + 1) };
  const chosen = Object.entries(properties ?? {}).filter(
    ([name]) => required.includes(name) || (what === 'all' && depth < 3),
  );
  const embedded = schema['x-kubernetes-embedded-resource'] ? { apiVersion: 'v1', kind: 'Pod' } : {};
  const members = chosen.map(([name, property]) => [name, sampleOf(property, what, depth + 1)]);
  return { ...embedded, ...Object.fromEntries(members) };
}
