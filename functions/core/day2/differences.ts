import { isDeepStrictEqual } from 'node:util';
import { member } from '../observed.ts';
import type { ChangeImpact, CrdSchema, JsonValue } from '../schema.ts';

/** One field that two specs have otherwise. */
export interface Difference {
  /** Steps into the spec: member names, and the key of an item of a list that has keys. */
  readonly path: readonly string[];
  /** Undefined where the spec leaves it out. */
  readonly from: JsonValue | undefined;
  readonly to: JsonValue | undefined;
  /** What the schema says of the field, or of the object or list that it is in. */
  readonly impact: ChangeImpact | undefined;
}

/** How messages, rules and approvals write a path; the key of an item of a map may itself have dots. */
export const fieldOf = (path: readonly string[]): string => path.join('.');

/**
 * Every field that differs, as deep as the schema tells fields apart: an object that comes or goes is one difference,
 * a map and a list with keys are compared entry by entry. What the schema does not know is not compared.
 */
export function differences(
  schema: CrdSchema,
  from: JsonValue | undefined,
  to: JsonValue | undefined,
  path: readonly string[] = [],
  inherited?: ChangeImpact,
): Difference[] {
  const impact = schema['x-change-impact'] ?? inherited;
  const { properties, additionalProperties } = schema;
  if (isSame(schema, from, to)) return [];
  if (properties !== undefined && isRecord(from) && isRecord(to)) {
    return Object.entries(properties).flatMap(([key, inner]) =>
      differences(inner, from[key], to[key], [...path, key], impact),
    );
  }
  const before = entriesOf(schema, from);
  const after = entriesOf(schema, to);
  const entry = additionalProperties ?? schema.items;
  if (before === undefined || after === undefined || entry === undefined) return [{ path, from, to, impact }];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((key) => differences(entry, before.get(key), after.get(key), [...path, key], impact));
}

/** The entries of a map, or of a list whose items have keys, by their key; undefined for any other value. */
function entriesOf(schema: CrdSchema, value: JsonValue | undefined): Map<string, JsonValue> | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema.additionalProperties !== undefined) return new Map(Object.entries(isRecord(value) ? value : {}));
  if (keys === undefined) return undefined;
  const items = Array.isArray(value) ? value : [];
  return new Map(items.map((item) => [itemKey(keys, item), item]));
}

const itemKey = (keys: readonly string[], item: JsonValue): string =>
  keys.map((key) => String(member(item, key))).join('/');

/** A value in which one field is otherwise, or left out, found by its path as `differences` names it. */
export function withField(
  schema: CrdSchema,
  value: JsonValue | undefined,
  [step, ...rest]: readonly string[],
  to: JsonValue | undefined,
): JsonValue | undefined {
  if (step === undefined) return to;
  const within = schema.properties?.[step] ?? schema.additionalProperties ?? schema.items ?? schema;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (Array.isArray(value) && keys !== undefined) {
    const items: readonly JsonValue[] = value;
    return items.map((item) => (itemKey(keys, item) === step ? (withField(within, item, rest, to) ?? item) : item));
  }
  const { [step]: inner, ...others } = isRecord(value) ? value : {};
  const next = withField(within, inner, rest, to);
  return next === undefined ? others : { ...others, [step]: next };
}

function isSame(schema: CrdSchema, from: JsonValue | undefined, to: JsonValue | undefined): boolean {
  const isSet = schema['x-kubernetes-list-type'] === 'set' && Array.isArray(from) && Array.isArray(to);
  return isSet ? isDeepStrictEqual([...from].sort(), [...to].sort()) : isDeepStrictEqual(from, to);
}

/** An object, or a map of a spec. */
export const isRecord = (value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
