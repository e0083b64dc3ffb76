import { rules } from './rules/index.ts';
import type { StructuralSchema } from './schema.ts';

type Entry = [string, unknown];

const verdicts = new Set<string>(rules.flatMap((rule) => (rule.kind === 'verdict' ? rule.keywords : [])));

/**
 * Leaves of a structural schema what changes a verdict, in a stable order.
 *
 * CEL rules go too: nothing that reads a compact schema can run them. A property with a default leaves `required`
 * together with its default, which is the verdict that the API server reaches by filling it.
 */
export function compact(schema: StructuralSchema): StructuralSchema {
  return compactNode(schema, schema);
}

/** `base` describes the same value outside allOf, anyOf, oneOf and not, where its defaults are. */
function compactNode(schema: StructuralSchema, base: StructuralSchema | undefined): StructuralSchema {
  const kept = Object.entries(schema)
    .filter(([keyword, value]) => verdicts.has(keyword) && !isIdle(keyword, value))
    .map(([keyword, value]): Entry => [keyword, compactValue(keyword, value, schema, base)])
    .filter(([keyword, value]) => keyword !== 'required' || (Array.isArray(value) && value.length > 0));
  return Object.fromEntries(kept.sort(byKey));
}

function compactValue(keyword: string, value: unknown, schema: StructuralSchema, base = schema): unknown {
  const part = (inner: unknown, innerBase: unknown) =>
    isSchema(inner) ? compactNode(inner, base === schema ? inner : isSchema(innerBase) ? innerBase : undefined) : inner;
  switch (keyword) {
    case 'required':
      return schema.required?.filter((name) => base.properties?.[name]?.default === undefined).toSorted();
    case 'properties':
      return mapValues(schema.properties ?? {}, (inner, name) => part(inner, base.properties?.[name]));
    case 'items':
      return part(value, base.items);
    case 'additionalProperties':
      return part(value, base.additionalProperties);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return schema[keyword]?.map((branch) => compactNode(branch, base));
    case 'not':
      return schema.not && compactNode(schema.not, base);
    default:
      return value;
  }
}

/** Flags that are off say what their absence says, and an atomic list only tells appliers how to merge. */
function isIdle(keyword: string, value: unknown): boolean {
  if (keyword === 'x-kubernetes-list-type') return value === 'atomic';
  return value === undefined || (value === false && keyword !== 'additionalProperties');
}

function isSchema(value: unknown): value is StructuralSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(
  record: Readonly<Record<string, StructuralSchema>>,
  change: (value: StructuralSchema, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([name, value]): Entry => [name, change(value, name)])
      .sort(byKey),
  );
}

/** By code unit, so that the order does not depend on the machine's locale. */
function byKey([a]: Entry, [b]: Entry): number {
  return a < b ? -1 : Number(a > b);
}
