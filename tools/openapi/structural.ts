import type { JsonValue } from '../../functions/core/schema.ts';
import { CodedError } from '../error.ts';
import { isValidDefault } from './defaults.ts';
import { assertKeywords } from './keywords.ts';
import { resolveReference } from './references.ts';
import { maxDepth, tooDeep } from './rules/rule.ts';
import type { SourceSchema, StructuralSchema, Subschema } from './schema.ts';

/** What of a schema the API server has no words for, told with its place. */
type Note = (path: string, detail: string) => void;

type Structural = { -readonly [Key in keyof StructuralSchema]: StructuralSchema[Key] };

/**
 * Rewrites a schema of OpenAPI 3.0 or 3.1 as the API server demands it: a type at every node, nothing referred to, and
 * branches that only constrain what is described outside them (Kubernetes, structural schemas).
 */
export function structuralOf(schema: Subschema, document: unknown, note: Note): StructuralSchema {
  return new Rewrite(document, note).of(schema, '');
}

const anything: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Keywords that mean the same on both sides. */
const plain = [
  'title',
  'description',
  'format',
  'minLength',
  'maxLength',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-change-impact',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
] as const;
const structure = ['type', 'nullable', 'properties', 'additionalProperties', 'items', 'allOf', 'anyOf', 'oneOf', 'not'];
const rewritten = [
  '$ref',
  '$defs',
  '$schema',
  '$id',
  '$comment',
  'definitions',
  'required',
  'enum',
  'const',
  'default',
];
const others = ['example', 'examples', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const prose = ['readOnly', 'writeOnly', 'deprecated', 'externalDocs', 'xml', 'discriminator', 'uniqueItems'];
const understood = new Set<string>([...plain, ...structure, ...rewritten, ...others, ...prose]);

/** What a branch may say. */
const constraining = new Set([
  ...['enum', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'required'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'anyOf', 'oneOf', 'not'],
]);

class Rewrite {
  readonly #document: unknown;
  readonly #note: Note;
  #depth = 0;
  /** How often each schema is part of the nodes on the way here. */
  readonly #open = new Map<unknown, number>();

  constructor(document: unknown, note: Note) {
    this.#document = document;
    this.#note = note;
  }

  of(schema: Subschema | undefined, path: string): StructuralSchema {
    if (!isObject(schema)) return anything;
    const opened = new Set<unknown>();
    this.#depth += 1;
    if (this.#depth > maxDepth) throw tooDeep(path);
    try {
      return this.#withDefault(this.#node(this.#flat(schema, path, opened), path), path);
    } finally {
      this.#depth -= 1;
      for (const one of opened) this.#open.set(one, (this.#open.get(one) ?? 1) - 1);
    }
  }

  /** The schema with what it refers to, all of `allOf` and the one thing that it may be beside null in its place. */
  #flat(schema: SourceSchema, path: string, opened: Set<unknown>): SourceSchema {
    if (opened.has(schema)) return {};
    if (opened.size > maxDepth) throw tooDeep(path);
    // Twice is no cycle yet: a schema may extend another one and have a field of that one too.
    const times = this.#open.get(schema) ?? 0;
    if (times >= 2) {
      const remedy = 'an XRD cannot say it; leave it out';
      throw new CodedError('XRD_CYCLE', path || '(root)', 'a schema that contains itself', remedy);
    }
    this.#open.set(schema, times + 1);
    opened.add(schema);
    assertKeywords(schema, () => path);
    const { $ref, allOf = [], ...own } = schema;
    const target = $ref === undefined ? [] : [resolveReference(this.#document, $ref, path)];
    const flat = (part: Subschema) => (isObject(part) ? this.#flat(part, path, opened) : {});
    const [anyOf, oneOf] = [own.anyOf?.map(flat), own.oneOf?.map(flat)];
    const only = [anyOf, oneOf].map((branches) => branches?.filter((branch) => !isNull(branch)) ?? []);
    const single = only.flatMap((branches) => (branches.length === 1 ? branches : []));
    const not = own.not !== undefined && { not: flat(own.not) };
    const alternatives = { ...own, ...(anyOf && { anyOf }), ...(oneOf && { oneOf }), ...not };
    return [...target, ...allOf].map(flat).concat(single).reduce(merge, alternatives);
  }

  #node(schema: SourceSchema, path: string): StructuralSchema {
    for (const keyword of Object.keys(schema)) {
      if (!understood.has(keyword) && !keyword.startsWith('x-'))
        this.#note(path, `${keyword} is not known to Kubernetes`);
    }
    const { type, nullable } = typeOf(schema);
    const out: Structural = { ...this.#common(schema, path), ...(nullable && { nullable }) };
    if (type === undefined) {
      for (const keyword of ['anyOf', 'oneOf', 'not'] as const) {
        if (schema[keyword] !== undefined) this.#note(path, `${keyword} of values of several types`);
      }
      return { ...out, ...anything };
    }
    if (out['x-kubernetes-int-or-string']) return out;
    if (type === 'int-or-string') return { ...out, 'x-kubernetes-int-or-string': true };
    const body = type === 'array' ? this.#list(schema, path) : type === 'object' ? this.#object(schema, path) : {};
    return { type: type as NonNullable<StructuralSchema['type']>, ...out, ...body, ...this.#branches(schema, path) };
  }

  #withDefault(schema: StructuralSchema, path: string): StructuralSchema {
    const { default: value, ...rest } = schema;
    if (value === undefined || isValidDefault(rest, value)) return schema;
    this.#note(path, `default ${JSON.stringify(value)}, which the schema itself refuses`);
    return rest;
  }

  #common(schema: SourceSchema, path: string): Structural {
    const kept = plain.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]]));
    const values = (schema.const === undefined ? schema.enum : [schema.const])?.filter((value) => value !== null);
    const example: JsonValue | undefined = schema.example ?? schema.examples?.[0];
    const { pattern } = schema;
    const isGo = pattern === undefined || !/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(pattern);
    if (!isGo) this.#note(path, `pattern ${pattern} is not one of Go`);
    return {
      ...Object.fromEntries(kept),
      ...bounds(schema),
      ...(values && { enum: values }),
      ...(schema.default !== undefined && schema.default !== null && { default: schema.default }),
      ...(example !== undefined && { example }),
      ...(pattern !== undefined && isGo && { pattern }),
    };
  }

  #list(schema: SourceSchema, path: string): StructuralSchema {
    const items = this.of(schema.items, `${path}[]`);
    if (!schema.uniqueItems) return { items };
    // The API server refuses uniqueItems, and knows sets of single values.
    if (items.type !== 'object' && items.type !== 'array') return { items, 'x-kubernetes-list-type': 'set' };
    this.#note(path, 'uniqueItems of objects or lists');
    return { items };
  }

  #object(schema: SourceSchema, path: string): StructuralSchema {
    const { properties = {}, additionalProperties, required } = schema;
    const inner = (name: string) => (path ? `${path}.${name}` : name);
    const own = Object.entries(properties).map(([name, one]) => [name, this.of(one, inner(name))] as const);
    const inBranches = Object.entries(branchProperties(schema)).filter(([name]) => !Object.hasOwn(properties, name));
    const outside = inBranches.map(([name, all]) => [name, this.#outside(all, inner(name))] as const);
    const members = Object.fromEntries([...own, ...outside]);
    const known = required?.filter((name) => Object.hasOwn(members, name)) ?? [];
    if (Object.keys(members).length === 0) {
      if (isObject(additionalProperties)) return { additionalProperties: this.of(additionalProperties, `${path}{}`) };
      return additionalProperties === false ? {} : anything;
    }
    if (isObject(additionalProperties)) this.#note(path, 'a schema for further fields beside named ones');
    return {
      properties: members,
      ...(known.length > 0 && { required: known }),
      ...(additionalProperties !== undefined && additionalProperties !== false && anything),
    };
  }

  /** What is common to a field that branches describe, each with constraints of its own, which stay there. */
  #outside(variants: readonly Subschema[], path: string): StructuralSchema {
    const all = variants.map((one) => unconstrained(this.of(one, path)));
    const [first = anything] = all;
    if (all.every(({ type }) => type === first.type)) {
      const properties = Object.assign({}, ...all.map((one) => one.properties));
      return { ...first, ...(Object.keys(properties).length > 0 && { properties }) };
    }
    this.#note(path, 'fields of one name and several types');
    return anything;
  }

  #branches(schema: SourceSchema, path: string): StructuralSchema {
    const named = (['anyOf', 'oneOf'] as const).flatMap((keyword) => {
      const branches = (schema[keyword] ?? []).filter((branch) => !isNull(branch));
      if (branches.length < 2) return [];
      return [[keyword, branches.map((branch) => this.#constraint(branch, path))] as const];
    });
    const not = schema.not === undefined ? {} : { not: this.#constraint(schema.not, path) };
    return { ...Object.fromEntries(named), ...not };
  }

  /** A branch says nothing of types, defaults and prose: what it describes is described outside. */
  #constraint(schema: Subschema, path: string): StructuralSchema {
    if (!isObject(schema)) return {};
    const structural = this.of(schema, path);
    const kept = Object.entries(structural).filter(([keyword]) => constraining.has(keyword));
    const { properties } = structural;
    // What it demands is described outside, so that only the names are here.
    const { required } = schema;
    const inner = Object.entries(properties ?? {}).map(([name, one]) => [name, this.#constraint(one, path)]);
    return {
      ...Object.fromEntries(kept),
      ...(required && { required }),
      ...(inner.length > 0 && { properties: Object.fromEntries(inner) }),
    };
  }
}

/** Both of two schemas; where they say the same thing differently, the first one is the nearer one. */
function merge(near: SourceSchema, far: SourceSchema): SourceSchema {
  const properties = { ...far.properties, ...near.properties };
  const required = [...new Set([...(far.required ?? []), ...(near.required ?? [])])];
  const merged = Object.assign({}, far, near);
  return {
    ...merged,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

/** The fields that branches describe, each with all that is said of it. */
function branchProperties(schema: SourceSchema): Readonly<Record<string, readonly Subschema[]>> {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isObject);
  const names = new Set(branches.flatMap(({ properties = {} }) => Object.keys(properties)));
  const variants = (name: string) => branches.flatMap(({ properties }) => properties?.[name] ?? []);
  return Object.fromEntries([...names].map((name) => [name, variants(name)]));
}

function unconstrained(schema: StructuralSchema): StructuralSchema {
  const kept = Object.entries(schema).filter(([keyword]) => !constraining.has(keyword));
  const inner = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, unconstrained(one)]);
  return { ...Object.fromEntries(kept), ...(inner.length > 0 && { properties: Object.fromEntries(inner) }) };
}

const isObject = (schema: Subschema | undefined): schema is SourceSchema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

const isNull = (schema: Subschema): boolean => typeof schema === 'object' && schema.type === 'null';

function typeOf(schema: SourceSchema): { type: string | undefined; nullable: boolean } {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const listed = Array.isArray(schema.type) ? schema.type : [schema.type ?? inferred(schema)];
  const nullable =
    schema.nullable === true ||
    listed.includes('null') ||
    alternatives.some(isNull) ||
    (schema.enum?.includes(null) ?? false);
  const types = listed.filter((type) => type !== 'null' && type !== undefined);
  if (types.length === 2 && types.includes('integer') && types.includes('string'))
    return { type: 'int-or-string', nullable };
  return { type: types.length === 1 ? types[0] : undefined, nullable };
}

function inferred(schema: SourceSchema): string | undefined {
  if (schema['x-kubernetes-int-or-string']) return 'int-or-string';
  if (schema.properties || schema.additionalProperties !== undefined) return 'object';
  if (schema.items) return 'array';
  const values = schema.const === undefined ? schema.enum : [schema.const];
  const kinds = new Set(values?.filter((value) => value !== null).map((value) => typeof value));
  if (kinds.size === 1) return [...kinds][0];
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((branch) => !isNull(branch));
  const types = new Set(branches.map((branch) => (typeof branch === 'object' ? typeOf(branch).type : undefined)));
  if (types.size === 1) return [...types][0];
  return types.size === 2 && types.has('integer') && types.has('string') ? 'int-or-string' : undefined;
}

/** OpenAPI 3.1 gives an exclusive bound as a number, the API server as a mark on the bound. */
function bounds(schema: SourceSchema): StructuralSchema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const isNumber = (value: unknown): value is number => typeof value === 'number' || typeof value === 'bigint';
  return {
    ...(isNumber(minimum) && { minimum }),
    ...(isNumber(maximum) && { maximum }),
    ...(exclusiveMinimum === true && { exclusiveMinimum }),
    ...(exclusiveMaximum === true && { exclusiveMaximum }),
    ...(isNumber(exclusiveMinimum) && { minimum: exclusiveMinimum, exclusiveMinimum: true }),
    ...(isNumber(exclusiveMaximum) && { maximum: exclusiveMaximum, exclusiveMaximum: true }),
  };
}
