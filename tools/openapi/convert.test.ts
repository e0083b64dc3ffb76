import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../functions/core/schema.ts';
import { CodedError, type ConvertOptions, compact, convert, type StructuralSchema, sourcesOf } from './index.ts';
import { rules } from './rules/index.ts';

/** Verdicts of k8s.io/apiextensions-apiserver v0.36.3: pruning, defaults, validation, list types and object metadata. */
interface Agreement {
  readonly name: string;
  readonly schema: StructuralSchema;
  /** What the API server accepts, without a field that it would prune. */
  readonly accepts: readonly JsonValue[];
  readonly rejects: readonly JsonValue[];
}

const closed: ConvertOptions = { target: 'draft-07', closed: true };
const cases: Agreement[] = JSON.parse(readFileSync(new URL('fixtures/agreement.json', import.meta.url), 'utf8'));

function disagreements(schema: StructuralSchema, { accepts, rejects }: Agreement): string[] {
  const validate = new Ajv({ strict: true }).compile(convert(schema, closed).schema);
  return [
    ...accepts.filter((value) => !validate(value)).map((value) => `rejects ${JSON.stringify(value)}`),
    ...rejects.filter((value) => validate(value)).map((value) => `accepts ${JSON.stringify(value)}`),
  ];
}

function failure(schema: unknown, options: ConvertOptions = closed): string {
  try {
    // A schema that the types would refuse is the point of these tests.
    convert(schema as StructuralSchema, options);
  } catch (error) {
    if (error instanceof CodedError) return error.message;
    throw error;
  }
  return 'converted';
}

describe('agreement with the API server', () => {
  it.each(cases)('$name', (one) => {
    expect(disagreements(one.schema, one)).toEqual([]);
  });

  it.each(cases)('$name, compact', (one) => {
    expect(disagreements(compact(one.schema), one)).toEqual([]);
  });
});

describe('convert', () => {
  it('keeps prose and, when asked, defaults', () => {
    const schema: StructuralSchema = {
      type: 'object',
      description: 'A thing.',
      properties: { size: { type: 'integer', default: 1, example: 3, 'x-change-impact': 'restart' } },
    };
    expect(convert(schema, { target: 'draft-07', closed: false, keepDefaults: true }).schema).toEqual({
      $schema: 'http://json-schema.org/draft-07/schema#',
      description: 'A thing.',
      type: 'object',
      properties: { size: { type: 'integer', default: 1, examples: [3] } },
    });
    expect(convert(schema, closed).schema.properties).toEqual({ size: { type: 'integer', examples: [3] } });
  });

  it('stays open unless asked to close', () => {
    const schema: StructuralSchema = { type: 'object', properties: { a: { type: 'object', properties: {} } } };
    expect(JSON.stringify(convert(schema, { target: 'draft-07', closed: false }).schema)).not.toContain('additional');
  });

  it('notes what it can not say', () => {
    const schema = {
      type: 'object',
      'x-vendor': 1,
      'x-kubernetes-validations': [{ rule: 'self.a.size() > 0' }],
      properties: {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', properties: { k: { type: 'string', format: 'ulid' } } },
        },
        n: { type: 'number', exclusiveMinimum: true },
        s: { type: 'string', contentEncoding: 'base64', requierd: [] },
      },
    } as const;
    expect(convert(schema, closed).notes.map(({ code, path, detail }) => `${code} ${path}: ${detail}`)).toEqual([
      'EXTENSION_DROPPED : x-vendor',
      'KEYWORD_DROPPED a: x-kubernetes-list-type map: one element per k',
      'FORMAT_DROPPED a[].k: ulid',
      'KEYWORD_DROPPED n: exclusiveMinimum without minimum',
      'KEYWORD_DROPPED s: contentEncoding, which Kubernetes does not have',
      'KEYWORD_DROPPED s: requierd, which Kubernetes does not have',
      'CEL_DROPPED : self.a.size() > 0',
    ]);
  });

  it('judges a whole resource', () => {
    const schema: StructuralSchema = { type: 'object', properties: { spec: { type: 'object' } } };
    const validate = new Ajv({ strict: true }).compile(convert(schema, { ...closed, resource: true }).schema);
    expect(validate({ apiVersion: 'a.io/v1', kind: 'A', metadata: { name: 'a' }, spec: {} })).toBe(true);
    expect(validate({ kind: 'A', spec: {} })).toBe(false);
    expect(validate({ apiVersion: 'a.io/v1', kind: 'A', metadata: { nmae: 'a' } })).toBe(false);
  });

  it('does not change its input', () => {
    const before = JSON.stringify(cases);
    for (const { schema } of cases) convert(schema, closed);
    expect(JSON.stringify(cases)).toBe(before);
  });
});

describe('refusals', () => {
  const inA = (a: unknown) => ({ type: 'object', properties: { a } });

  it.each([
    [
      'a keyword that Kubernetes forbids',
      inA({ type: 'object', dependencies: { a: ['b'] } }),
      'OPENAPI_KEYWORD: a: keyword "dependencies"; structural schemas do not have it, or no rule knows it yet; leave it out',
    ],
    [
      'a keyword of Kubernetes that is not known',
      inA({ type: 'string', 'x-kubernetes-new': 1 }),
      'OPENAPI_KEYWORD: a:',
    ],
    ['a reference', inA({ $ref: '#/x' }), 'OPENAPI_NOT_STRUCTURAL: a: a schema without a type'],
    ['a type list', inA({ type: ['string', 'null'] }), 'OPENAPI_TYPE: a: type ["string","null"]'],
    ['a schema that is none', inA('string'), 'OPENAPI_SCHEMA: a: "string" where a schema belongs'],
    ['a numeric exclusive bound', inA({ type: 'number', exclusiveMinimum: 1 }), 'OPENAPI_EXCLUSIVE_BOUND: a:'],
    [
      'preserve-unknown-fields: false',
      inA({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
      'OPENAPI_NOT_STRUCTURAL: a:',
    ],
    [
      'a field known only in a junction',
      { type: 'object', anyOf: [inA({ minimum: 1 })] },
      'OPENAPI_NOT_STRUCTURAL: anyOf.0.a',
    ],
  ])('%s', (_name, schema, message) => {
    expect(failure(schema).slice(0, message.length)).toBe(message);
  });

  it('what the target can not say, when asked', () => {
    const pattern = inA({ type: 'string', pattern: '(' });
    const message = "OPENAPI_UNREPRESENTABLE: a: draft-07 can't say (; choose another target, or have it reported";
    expect(failure(pattern, { ...closed, unrepresentable: 'error' })).toBe(message);
    expect(failure(pattern)).toBe('converted');
  });
});

describe('rules', () => {
  it('own each keyword once, but for rules that ride on type', () => {
    const keywords = rules.flatMap((rule) => rule.keywords).filter((keyword) => keyword !== 'type');
    expect(keywords.toSorted()).toEqual([...new Set(keywords)].sort());
  });
});

describe('definitions', () => {
  const ref = (pointer: string) => ({ $ref: `#/components/${pointer}` });
  const document = {
    openapi: '3.0.3',
    components: {
      schemas: {
        Pet: { type: 'object', properties: { owner: ref('schemas/Owner'), tag: ref('schemas/Tag') } },
        Owner: { type: 'object', properties: { pets: { type: 'array', items: ref('schemas/Pet') } } },
        Tag: { type: 'string', format: 'uri' },
        Shop: { type: 'object', properties: { first: ref('other/Tag'), owner: ref('schemas/Owner') } },
        First: { type: 'object', properties: { shop: ref('schemas/Shop') } },
        Second: { type: 'object', properties: { tag: ref('schemas/Tag'), shop: ref('schemas/Shop') } },
        Third: { type: 'object', properties: { tag: ref('schemas/Tag') } },
        Zoo: {
          type: 'object',
          properties: { pet: ref('schemas/Pet'), self: ref('schemas/Zoo'), shop: ref('schemas/Shop') },
        },
      },
      other: { Tag: { type: 'integer', format: 'age' } },
    },
  };
  const converted = (of: () => typeof document) =>
    ['Pet', 'Owner', 'Tag', 'Shop', 'Zoo', 'First', 'Second', 'Third', 'Pet'].flatMap((kind) =>
      sourcesOf(of(), { kind }).sources.map(({ schema, options }) =>
        convert(schema, { ...options, target: '2020-12' }),
      ),
    );

  it('are the same whether other schemas of the document were converted before or not', () => {
    const each = converted(() => structuredClone(document));
    expect(each).toHaveLength(9);
    expect(each[4]?.notes.map(({ path }) => path)).toEqual(['#Tag', '#Tag_2']);
    expect(converted(() => document)).toEqual(each);
  });

  it('may be a longer chain than the stack is deep', () => {
    const links = Array.from({ length: 20_000 }, (_, at) => [`S${at}`, { items: ref(`schemas/S${at + 1}`) }]);
    const chain = { components: { schemas: { ...Object.fromEntries(links), S20000: { type: 'string' } } } };
    const options = { dialect: 'openapi-3.0', document: chain, target: 'draft-07' } as const;
    const { definitions = {} } = convert(ref('schemas/S0'), options).schema;
    expect(Object.keys(definitions)).toHaveLength(20_001);
    expect(() => convert(ref('schemas/S0'), { ...options, references: 'inline' })).toThrow('OPENAPI_DEPTH');
  });
});

describe('other targets', () => {
  const schema = {
    type: 'object',
    required: ['size'],
    properties: {
      size: { type: ['integer', 'null'], minimum: 1 },
      unit: { const: 'GB' },
      tags: { type: 'array', uniqueItems: true, items: { type: 'object' } },
    },
  } as const;
  const asked = { dialect: 'openapi-3.1' } as const;

  it('are structural schemas', () => {
    expect(convert(schema, { ...asked, target: 'structural' })).toEqual({
      schema: {
        type: 'object',
        required: ['size'],
        properties: {
          size: { type: 'integer', nullable: true, minimum: 1 },
          unit: { type: 'string', enum: ['GB'] },
          tags: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      },
      notes: [{ code: 'KEYWORD_DROPPED', path: 'tags', detail: 'uniqueItems of objects or lists', verdict: true }],
    });
    const structural = { type: 'object', properties: { a: { type: 'string', default: 'b' } } } as const;
    expect(convert(structural, { target: 'structural' })).toEqual({ schema: structural, notes: [] });
  });

  it('lose defaults that the API server refuses, which fills in none within them', () => {
    const port = { type: 'object', required: ['number'], properties: { number: { type: 'integer', default: 0 } } };
    const items = (value: JsonValue) => ({ type: 'object', properties: { ports: { ...port, default: value } } });
    const { schema, notes } = convert(items({}), { ...asked, target: 'structural' });
    expect(schema).toEqual({ type: 'object', properties: { ports: port } });
    const detail = 'default {}, which the schema itself refuses';
    expect(notes).toEqual([{ code: 'KEYWORD_DROPPED', path: 'ports', detail, verdict: true }]);
    for (const refused of [{ number: 'one' }, { number: 1, named: 'http' }, [], 'http'] as const) {
      expect(convert(items(refused), { ...asked, target: 'structural' }).notes).toHaveLength(1);
    }
    expect(convert(items({ number: 80 }), { ...asked, target: 'structural' })).toEqual({
      schema: items({ number: 80 }),
      notes: [],
    });
  });

  it('are the parameters of Backstage templates', () => {
    const { schema: form, notes } = convert(schema, { ...asked, target: 'backstage' });
    expect(form).toMatchObject({ type: 'object', required: ['size'], properties: { size: { type: 'integer' } } });
    expect(notes.map(({ code, path }) => `${code} ${path}`)).toEqual(['KEYWORD_DROPPED tags', 'FORM_UNCHECKED tags[]']);
  });

  it.each(['structural', 'backstage'] as const)('%s says what it can not express, or fails, or is silent', (target) => {
    const message = `OPENAPI_UNREPRESENTABLE: tags: ${target} can't say uniqueItems of objects or lists;`;
    expect(() => convert(schema, { ...asked, target, unrepresentable: 'error' })).toThrow(message);
    expect(convert(schema, { ...asked, target, unrepresentable: 'ignore' }).notes).toEqual([]);
  });
});
