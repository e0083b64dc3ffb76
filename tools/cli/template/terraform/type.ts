import type { Expression } from '@cdktn/hcl2json';
import { CodedError } from '../../../error.ts';
import type { StructuralSchema } from '../../../openapi/index.ts';
import { expressionOf, literalOf } from './hcl.ts';

const words: Readonly<Record<string, StructuralSchema>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  bool: { type: 'boolean' },
  any: {},
};

/** Terraform takes these without what they contain for a whole variable (configs/named_values.go, v1.9). */
const shortForms: Readonly<Record<string, StructuralSchema>> = {
  list: { type: 'array', items: {} },
  map: { type: 'object', additionalProperties: {} },
};

type Read = (node: Expression, source: Buffer) => Promise<StructuralSchema>;

const constructors: Readonly<Record<string, Read>> = {
  list: async (node, source) => ({ type: 'array', items: await read(node, source) }),
  set: async (node, source) => ({ type: 'array', items: await read(node, source), uniqueItems: true }),
  map: async (node, source) => ({ type: 'object', additionalProperties: await read(node, source) }),
  tuple: readTuple,
  object: readObject,
};

/** Thrown with the part of a type that is none. */
class NoType extends Error {}

/** The schema of a type constraint: https://developer.hashicorp.com/terraform/language/expressions/type-constraints. */
export async function schemaOfType(text: string, path: string): Promise<StructuralSchema> {
  const short = own(shortForms, text.trim());
  if (short !== undefined) return short;
  try {
    return await read(await expressionOf(text), Buffer.from(text));
  } catch (error) {
    if (!(error instanceof NoType)) throw error;
    const remedy = 'use string, number, bool, any, list(…), set(…), map(…), object({…}) or tuple([…])';
    throw new CodedError('TERRAFORM_TYPE', path, error.message, remedy);
  }
}

async function read(node: Expression, source: Buffer): Promise<StructuralSchema> {
  const { type, meta = {}, children } = node;
  const word = type === 'scopeTraversal' ? own(words, meta.value) : undefined;
  if (word !== undefined) return word;
  const construct = type === 'function' ? own(constructors, meta.name) : undefined;
  const [inner, ...more] = children;
  if (construct === undefined || inner === undefined || more.length > 0) throw noType(node, source);
  return construct(inner, source);
}

async function readTuple(node: Expression, source: Buffer): Promise<StructuralSchema> {
  if (node.type !== 'tuple') throw noType(node, source);
  const items = await Promise.all(node.children.map((item) => read(item, source)));
  const [first = {}] = items;
  const isOne = items.every((item) => JSON.stringify(item) === JSON.stringify(first));
  return { type: 'array', items: isOne ? first : {}, minItems: items.length, maxItems: items.length };
}

async function readObject(node: Expression, source: Buffer): Promise<StructuralSchema> {
  if (node.type !== 'object') throw noType(node, source);
  const properties: [string, StructuralSchema][] = [];
  const required: string[] = [];
  for (let at = 0; at + 1 < node.children.length; at += 2) {
    const [key, value] = node.children.slice(at, at + 2);
    // Terraform takes bare names alone (typeexpr.getType).
    if (key === undefined || value === undefined || key.children.length > 0) throw noType(key ?? node, source);
    const name = textOf(key, source);
    const isOptional = value.type === 'function' && value.meta?.name === 'optional';
    if (!isOptional) required.push(name);
    properties.push([name, isOptional ? await readOptional(value, source) : await read(value, source)]);
  }
  return {
    type: 'object',
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
  };
}

async function readOptional(node: Expression, source: Buffer): Promise<StructuralSchema> {
  const [inner, preset, ...more] = node.children;
  if (inner === undefined || more.length > 0) throw noType(node, source);
  const schema = await read(inner, source);
  const value = preset && (await literalOf(preset));
  return { ...schema, ...(value !== undefined && value !== null && { default: value }) };
}

const own = <Value>(table: Readonly<Record<string, Value>>, name = ''): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

// The range of a call ends where its arguments begin.
const noType = (node: Expression, source: Buffer): NoType => new NoType(node.meta?.value ?? textOf(node, source));

const textOf = ({ range }: Expression, source: Buffer): string =>
  source.subarray(range.start.byte, range.end.byte).toString();
