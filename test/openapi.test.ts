import {
  validate as judge30,
  registerSchema as register30,
  setShouldValidateSchema,
} from '@hyperjump/json-schema/openapi-3-0';
import { validate as judge31, registerSchema as register31 } from '@hyperjump/json-schema/openapi-3-1';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvDraft04 from 'ajv-draft-04';
import { describe, expect, test } from 'vitest';
import { convert, type Draft, drafts, sourcesOf } from '../tools/openapi/index.ts';

// CommonJS, whose types say otherwise.
const Ajv04 = ajvDraft04 as unknown as typeof Ajv;
const strict = { strictRequired: false, strictTypes: false, logger: false } as const;
const validators: Readonly<Record<Draft, () => Ajv>> = {
  'draft-04': () => new Ajv04(strict),
  'draft-07': () => new Ajv(strict),
  '2020-12': () => new Ajv2020(strict),
};

type Json = null | string | number | boolean | Json[] | { [property: string]: Json };
type Schema = Readonly<Record<string, unknown>>;

/** Values of every shape that the schemas below tell apart; which are valid, the validator of that version says. */
const values: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    1.5,
    -1,
    1e300,
    '',
    'a',
    'ab',
    'abc',
    'b',
    '1',
    'A',
    'é',
    '😀😀',
    'x'.repeat(11),
  ],
  ...[[], [1], [1, 1], [1, 2], ['a'], ['a', 1], ['a', 1, true], [null], [[]], [{ a: 'a' }]],
  ...[
    {},
    { a: 'a' },
    { a: 1 },
    { a: null },
    { b: 1 },
    { a: 'a', b: 1 },
    { a: 'ab', b: 5 },
    { c: 1 },
    { a: { a: 'a' } },
  ],
  ...[
    { next: { next: {} } },
    { next: 1 },
    { kind: 'cat', a: 'a' },
    { kind: 'dog' },
    { 'x-1': 1 },
    { 'x-1': 'a' },
    { a: 'a', 'x-1': 1, c: 2 },
  ],
];

const both: Readonly<Record<string, Schema>> = {
  text: { type: 'string', minLength: 1, maxLength: 10, pattern: '^\\w+$' },
  number: { type: 'number', minimum: 1, maximum: 7, multipleOf: 0.5 },
  integer: { type: 'integer', format: 'int32' },
  enum: { enum: ['a', 1, null, { a: 'a' }] },
  list: { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 2, uniqueItems: true },
  object: {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' } },
    additionalProperties: { type: 'integer' },
  },
  closed: { type: 'object', properties: { a: {} }, additionalProperties: false, minProperties: 1 },
  default: { type: 'object', required: ['a'], properties: { a: { type: 'string', default: 'a' } } },
  allOf: { allOf: [{ $ref: '#/components/schemas/object' }, { properties: { b: { minimum: 2 } } }] },
  anyOf: {
    anyOf: [
      { type: 'string', maxLength: 1 },
      { type: 'integer', minimum: 5 },
    ],
  },
  oneOf: { oneOf: [{ type: 'number' }, { type: 'integer' }, { type: 'object' }] },
  not: { not: { type: 'object', required: ['a'] } },
  tree: { type: 'object', properties: { next: { $ref: '#/components/schemas/tree' } } },
  discriminator: {
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string' } },
    discriminator: { propertyName: 'kind' },
  },
  prose: {
    type: 'string',
    title: 't',
    description: 'd',
    example: 'e',
    deprecated: true,
    readOnly: true,
    externalDocs: { url: 'http://a.io' },
  },
};

const only30: Readonly<Record<string, Schema>> = {
  nullable: { type: 'string', nullable: true, minLength: 2 },
  nullableEnum: { type: 'string', nullable: true, enum: ['a'] },
  nullableEnumWithNull: { type: 'string', nullable: true, enum: ['a', null] },
  nullableAllOf: { type: 'object', nullable: true, allOf: [{ $ref: '#/components/schemas/object' }] },
  nullableAlone: { nullable: true, allOf: [{ type: 'string' }] },
  exclusive: { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 7, exclusiveMaximum: true },
  sibling: { $ref: '#/components/schemas/text', maxLength: 1 },
};

const only31: Readonly<Record<string, Schema | boolean>> = {
  anything: true,
  nothing: false,
  types: { type: ['string', 'null', 'integer'] },
  const: { const: 'a' },
  constNull: { const: null },
  exclusive: { exclusiveMinimum: 1, exclusiveMaximum: 7, type: 'number' },
  exclusiveAndNot: { type: 'number', exclusiveMinimum: 1, minimum: 2 },
  // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
  conditional: { if: { required: ['a'] }, then: { required: ['b'] }, else: { maxProperties: 1 }, type: 'object' },
  tuple: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
  openTuple: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
  contains: { type: 'array', contains: { type: 'integer' } },
  patterns: {
    type: 'object',
    patternProperties: { '^x-': { type: 'integer' } },
    additionalProperties: { type: 'string' },
  },
  names: { type: 'object', propertyNames: { pattern: '^[ab]$' } },
  dependent: {
    type: 'object',
    dependentRequired: { a: ['b'] },
    dependentSchemas: { b: { properties: { b: { minimum: 2 } } } },
  },
  unevaluated: { type: 'object', properties: { a: true }, unevaluatedProperties: false },
  sibling: { $ref: '#/components/schemas/text', maxLength: 1 },
  definitions: { $ref: '#/components/schemas/definitions/$defs/inner', $defs: { inner: { type: 'string' } } },
  content: { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png', examples: ['a'] },
};

/** What a draft before 2020-12 can't say; that it is reported shows below. */
const lateOnly: Readonly<Record<string, Schema>> = {
  counted: { type: 'array', contains: { type: 'integer' }, minContains: 2 },
  unevaluatedBehind: { type: 'object', allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
};

type Judge = (name: string, value: Json) => Promise<boolean>;

// Its meta-schema of 3.0 allows no components around a schema.
setShouldValidateSchema(false);
let documents = 0;

function judgeOf(schemas: Readonly<Record<string, Schema | boolean>>, version: '3.0' | '3.1'): Judge {
  const address = `https://example.com/${++documents}`;
  const dialect =
    version === '3.0' ? 'https://spec.openapis.org/oas/3.0/dialect' : 'https://spec.openapis.org/oas/3.1/dialect/base';
  const document = { type: 'object', components: { schemas } };
  // Its types want a schema; what lies below components is found by pointers.
  if (version === '3.0') register30(document as Parameters<typeof register30>[0], address, dialect);
  else register31(document as Parameters<typeof register31>[0], address, dialect);
  const validate = version === '3.0' ? judge30 : judge31;
  return async (name, value) => (await validate(`${address}#/components/schemas/${name}`, value)).valid;
}

async function disagreements(
  schemas: Readonly<Record<string, Schema | boolean>>,
  version: '3.0' | '3.1',
  target: Draft,
): Promise<string[]> {
  const judge = judgeOf(schemas, version);
  const { sources, errors } = sourcesOf({ openapi: `${version}.0`, info: {}, components: { schemas } });
  expect({ errors, count: sources.length }).toEqual({ errors: [], count: Object.keys(schemas).length });
  const found: string[] = [];
  for (const { kind, schema, options } of sources) {
    const validate = validators[target]().compile(convert(schema, { ...options, target }).schema);
    for (const value of values) {
      const accepted = validate(value);
      if (accepted !== (await judge(kind, value)))
        found.push(`${kind} ${accepted ? 'accepts' : 'refuses'} ${JSON.stringify(value)}`);
    }
  }
  return found;
}

describe.each(drafts)('%s', (target) => {
  test('judges as OpenAPI 3.0 does', async () => {
    expect(await disagreements({ ...both, ...only30 }, '3.0', target)).toEqual([]);
  });

  test('judges as OpenAPI 3.1 does', async () => {
    const all = target === '2020-12' ? { ...both, ...only31, ...lateOnly } : { ...both, ...only31 };
    expect(await disagreements(all, '3.1', target)).toEqual([]);
  });
});

test.each(Object.entries(lateOnly))('%s is reported before 2020-12', (_name, schema) => {
  const lost = drafts.map(
    (target) => convert(schema, { target, dialect: 'openapi-3.1' }).notes.filter(({ verdict }) => verdict).length,
  );
  expect(lost).toEqual([1, 1, 0]);
});
