import type { StructuralSchema } from '../openapi/index.ts';

type Properties = Readonly<Record<string, StructuralSchema>>;
type Change = (properties: Properties) => Properties;

/** Removes what upjet adds beside a field that may be filled from another resource: `*Ref`, `*Refs`, `*Selector`. */
export function dropReferences(schema: StructuralSchema): StructuralSchema {
  return rewrite(schema, (properties) =>
    Object.fromEntries(Object.entries(properties).filter(([name, property]) => !isReference(name, property))),
  );
}

/**
 * A reference is known by its name and by its policy for resolving, which no field of AWS has.
 *
 * Neither is enough alone: `eventSelector` is an ordinary field, and so is an object of a name and an IAM policy.
 */
function isReference(name: string, schema: StructuralSchema): boolean {
  const policy = (schema.properties ?? schema.items?.properties)?.policy;
  return /(?:Refs?|Selector)$/.test(name) && policy?.properties?.resolution !== undefined;
}

/** Changes the namespace of every secret reference: cluster-scoped resources name it, namespaced ones can't. */
export function secretNamespace(schema: StructuralSchema, change: 'require' | 'allow' | 'remove'): StructuralSchema {
  return rewrite(schema, (properties) =>
    Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        /SecretRefs?$/.test(name) ? withNamespace(property, change) : property,
      ]),
    ),
  );
}

function withNamespace(schema: StructuralSchema, change: 'require' | 'allow' | 'remove'): StructuralSchema {
  if (schema.items) return { ...schema, items: withNamespace(schema.items, change) };
  if (!schema.properties?.name) return schema;
  const { namespace: _, ...others } = schema.properties;
  const required = (schema.required ?? []).filter((name) => name !== 'namespace');
  if (change === 'remove') return { ...schema, properties: others, required };
  const properties = { ...others, namespace: { type: 'string' } } satisfies Properties;
  return { ...schema, properties, required: change === 'require' ? [...required, 'namespace'] : required };
}

function rewrite(schema: StructuralSchema, change: Change): StructuralSchema {
  const { properties, items, additionalProperties } = schema;
  const inner = (properties: Properties) =>
    Object.fromEntries(Object.entries(change(properties)).map(([name, property]) => [name, rewrite(property, change)]));
  return {
    ...schema,
    ...(properties ? { properties: inner(properties) } : {}),
    ...(items ? { items: rewrite(items, change) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: rewrite(additionalProperties, change) }
      : {}),
  };
}
