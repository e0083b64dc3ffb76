import { expect, it } from 'vitest';
import { compact, type StructuralSchema } from './index.ts';

it('drops prose, defaults, merge hints and CEL, and sorts', () => {
  const schema: StructuralSchema = {
    type: 'object',
    title: 'T',
    description: 'D',
    required: ['z', 'b', 'a'],
    'x-kubernetes-validations': [{ rule: 'true' }],
    'x-change-impact': 'never',
    'x-kubernetes-map-type': 'atomic',
    properties: {
      z: { type: 'array', 'x-kubernetes-list-type': 'atomic', items: { type: 'string', description: 'D' } },
      b: { type: 'string', default: 'x', nullable: false },
      a: { type: 'object', additionalProperties: { type: 'integer', format: 'int32', example: 1 } },
    },
  };
  expect(JSON.stringify(compact(schema))).toBe(
    JSON.stringify({
      properties: {
        a: { additionalProperties: { format: 'int32', type: 'integer' }, type: 'object' },
        b: { type: 'string' },
        z: { items: { type: 'string' }, type: 'array' },
      },
      required: ['a', 'z'],
      type: 'object',
    }),
  );
});

it('keeps fields that are named like keywords', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: { description: { type: 'string' }, default: { type: 'string' }, required: { type: 'boolean' } },
  };
  expect(Object.keys(compact(schema).properties ?? {})).toEqual(['default', 'description', 'required']);
});

it('frees defaulted fields from required inside a junction too', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: { a: { type: 'string', default: 'x' } },
    anyOf: [{ required: ['a'] }],
  };
  expect(compact(schema)).toEqual({ anyOf: [{}], properties: { a: { type: 'string' } }, type: 'object' });
});

it('is its own fixed point', () => {
  const schema: StructuralSchema = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
  expect(compact(compact(schema))).toEqual(compact(schema));
});
