import type { JsonValue } from '../../../functions/core/schema.ts';
import type { StructuralSchema } from '../schema.ts';

/** What a form shows and demands when one field has a value. */
export interface Condition {
  readonly field: string;
  readonly value: JsonValue;
  /** Whether the field has that value when nobody enters one. */
  readonly whenAbsent: boolean;
  readonly shows: readonly string[];
  readonly needs: readonly string[];
}

interface Conditions {
  readonly all: readonly Condition[];
  /** Fields that only a condition shows. */
  readonly shown: ReadonlySet<string>;
  /** Those of them that it demands as well. */
  readonly needed: ReadonlySet<string>;
  /** The rules that the conditions say. */
  readonly rules: ReadonlySet<string>;
}

interface Found {
  readonly rule: string;
  readonly field: string;
  readonly value: JsonValue;
  readonly effect: 'shows' | 'needs';
  readonly other: string;
}

// Numbers that JSON and JavaScript both read as CEL does: no leading zero, exact.
const literal = `(?<literal>'[^'\\\\]*'|"[^"\\\\]*"|true|false|0|[1-9]\\d{0,14})`;
const needs = new RegExp(`^self\\.(?<field>\\w+) != ${literal} \\|\\| has\\(self\\.(?<other>\\w+)\\)$`);
const shows = new RegExp(`^self\\.(?<field>\\w+) == ${literal} \\|\\| !has\\(self\\.(?<other>\\w+)\\)$`);
const showsReversed = new RegExp(`^!has\\(self\\.(?<other>\\w+)\\) \\|\\| self\\.(?<field>\\w+) == ${literal}$`);

/** The CEL rules of an object that say what belongs to which value of a field, in the two forms that are usual. */
export function conditionsOf(schema: StructuralSchema): Conditions {
  const found = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }) => read(rule, schema));
  const keyOf = ({ field, value }: Found) => JSON.stringify([field, value]);
  const all = [...new Map(found.map((one) => [keyOf(one), one])).values()].map(({ field, value }) => {
    const group = found.filter((one) => one.field === field && one.value === value);
    const named = (effect: Found['effect']) => group.filter((one) => one.effect === effect).map(({ other }) => other);
    const whenAbsent = schema.properties?.[field]?.default === value;
    return { field, value, whenAbsent, shows: named('shows'), needs: named('needs') };
  });
  const shown = new Set(all.flatMap((one) => one.shows));
  const needed = new Set(all.flatMap((one) => one.needs.filter((name) => one.shows.includes(name))));
  return { all, shown, needed, rules: new Set(found.map(({ rule }) => rule)) };
}

function read(rule: string, { properties = {}, required = [] }: StructuralSchema): Found[] {
  const said = conditionIn(rule.trim());
  if (said === undefined) return [];
  // Escaped names, and fields that are demanded anyway, stay with the API server.
  const { field, other } = said;
  if (!Object.hasOwn(properties, field) || !Object.hasOwn(properties, other) || required.includes(other)) return [];
  return [{ rule, ...said }];
}

function conditionIn(rule: string): Omit<Found, 'rule'> | undefined {
  const needing = needs.exec(rule)?.groups;
  const said = needing ?? (shows.exec(rule) ?? showsReversed.exec(rule))?.groups;
  if (said === undefined) return undefined;
  const { field = '', literal = '', other = '' } = said;
  return { field, value: literalOf(literal), effect: needing ? 'needs' : 'shows', other };
}

const literalOf = (text: string): JsonValue => (/^['"]/.test(text) ? text.slice(1, -1) : JSON.parse(text));
