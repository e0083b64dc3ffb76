import type { JsonValue } from '../../../functions/core/schema.ts';
import { CodedError } from '../../error.ts';
import type { StructuralSchema } from '../../openapi/index.ts';

type Note = (path: string, detail: string) => void;

/** Leaves of a schema the fields that paths like `a` and `b.c` name; lists and maps are walked through. */
export function select(schema: StructuralSchema, fields: readonly string[], note: Note): StructuralSchema {
  return pick(
    schema,
    fields.map((field) => field.split('.')),
    '',
    note,
  );
}

type Paths = readonly (readonly string[])[];

function pick(schema: StructuralSchema, paths: Paths, at: string, note: Note): StructuralSchema {
  if (paths.some((path) => path.length === 0)) return schema;
  if (schema.items) return trimmed({ ...schema, items: pick(schema.items, paths, `${at}[]`, note) }, schema, at, note);
  if (typeof schema.additionalProperties === 'object') {
    const additionalProperties = pick(schema.additionalProperties, paths, `${at}{}`, note);
    return trimmed({ ...schema, additionalProperties }, schema, at, note);
  }
  const known = schema.properties ?? {};
  const [stranger] = paths.flatMap(([head = '']) => (Object.hasOwn(known, head) ? [] : [head]));
  if (stranger !== undefined) throw unknownField(at, stranger, Object.keys(known));
  const kept = Object.entries(known).flatMap(([name, property]) => {
    const inner = paths.filter(([head]) => head === name).map(([, ...rest]) => rest);
    return inner.length === 0 ? [] : [[name, pick(property, inner, at ? `${at}.${name}` : name, note)] as const];
  });
  return trimmed({ ...schema, properties: Object.fromEntries(kept) }, schema, at, note);
}

function unknownField(at: string, name: string, known: readonly string[]): CodedError {
  const path = `--fields ${at ? `${at}.` : ''}${name}`;
  const fields = known.toSorted().join(', ') || 'none';
  return new CodedError('XRD_FIELD_UNKNOWN', path, 'no such field', `the fields here are ${fields}`);
}

const junctions = ['allOf', 'anyOf', 'oneOf', 'not'] as const;

/** Takes away what speaks of fields that are no longer there: the API server refuses a schema that does. */
function trimmed(schema: StructuralSchema, whole: StructuralSchema, at: string, note: Note): StructuralSchema {
  const here = namesIn(schema);
  const gone = [...namesIn(whole)].filter((name) => !here.has(name));
  if (gone.length === 0) return schema;
  const mentions = mentioning(gone);
  const properties = schema.properties ?? {};
  const { 'x-kubernetes-validations': rules, required, default: preset, ...rest } = schema;
  const out = { ...rest };
  const keptRules = (rules ?? []).filter((rule) => {
    const text = `${rule.rule} ${rule.messageExpression ?? ''} ${rule.fieldPath ?? ''}`;
    if (mentions(text)) note(at, `rule ${rule.rule} speaks of a field that is not chosen`);
    return !mentions(text);
  });
  for (const keyword of junctions) {
    if (schema[keyword] === undefined || !mentions(namesOf(schema[keyword]).join(' '))) continue;
    delete out[keyword];
    note(at, `${keyword} speaks of a field that is not chosen`);
  }
  const asked = required?.filter((name) => schema.properties === undefined || Object.hasOwn(properties, name)) ?? [];
  for (const name of required ?? [])
    if (!asked.includes(name)) note(at ? `${at}.${name}` : name, 'required, and not chosen');
  if (out['x-kubernetes-list-map-keys']?.some((key) => gone.includes(key))) {
    delete out['x-kubernetes-list-map-keys'];
    delete out['x-kubernetes-list-type'];
    note(at, 'the key of the list is not chosen, so the list is atomic');
  }
  return {
    ...out,
    ...(asked.length > 0 && { required: asked }),
    ...(preset !== undefined && { default: trimmedValue(preset, schema) }),
    ...(keptRules.length > 0 && { 'x-kubernetes-validations': keptRules }),
  };
}

function namesIn({ properties = {}, items, additionalProperties }: StructuralSchema): Set<string> {
  const inner = [...Object.values(properties), items, additionalProperties].filter((one) => typeof one === 'object');
  return new Set([...Object.keys(properties), ...inner.flatMap((one) => [...namesIn(one)])]);
}

/** The keys and texts of a junction, among which are the fields that it names. */
function namesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...namesOf(member)]);
}

/** Whole words, also as CEL escapes them (kubernetes, apiserver/cel/escaping.go). */
function mentioning(names: readonly string[]): (text: string) => boolean {
  const words = new Set(
    names.flatMap((name) => [
      name,
      name
        .replaceAll('__', '__underscores__')
        .replaceAll('-', '__dash__')
        .replaceAll('.', '__dot__')
        .replaceAll('/', '__slash__'),
    ]),
  );
  return (text) =>
    [...words].some((word) => new RegExp(`(?<![\\w-])${word.replace(/[^\w]/g, '\\$&')}(?![\\w-])`).test(text));
}

/** Defaults must hold no field that the schema lacks. */
function trimmedValue(value: JsonValue, schema: StructuralSchema): JsonValue {
  if (Array.isArray(value))
    return value.map((item: JsonValue) => (schema.items ? trimmedValue(item, schema.items) : item));
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return value;
  const { properties } = schema;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]: [string, JsonValue]) => {
      const property = properties[key];
      return property === undefined ? [] : [[key, trimmedValue(member, property)]];
    }),
  );
}
