import { expect, it } from 'vitest';
import { type StructuralSchema, toInterface } from './index.ts';

it('prints an interface', () => {
  const schema: StructuralSchema = {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'Left out.' },
      'dashed-name': { type: 'boolean' },
      "it's": { type: 'number' },
      port: { 'x-kubernetes-int-or-string': true },
      ports: { type: 'array', items: { 'x-kubernetes-int-or-string': true } },
      mode: { type: 'string', enum: ['a', "b'c", 'd"\\'] },
      sizes: { type: 'array', items: { type: 'integer', enum: [1, 2] } },
      maybe: { type: 'string', nullable: true },
      any: { 'x-kubernetes-preserve-unknown-fields': true },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      tags: { type: 'object', additionalProperties: { type: 'string' } },
      rules: {
        type: 'array',
        items: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, on: { type: 'boolean' } } },
      },
    },
  };
  expect(toInterface(schema, 'Thing')).toMatchInlineSnapshot(`
    "export interface Thing {
      name: string;
      'dashed-name'?: boolean;
      'it\\'s'?: number;
      port?: number | string;
      ports?: (number | string)[];
      mode?: 'a' | 'b\\'c' | 'd"\\\\';
      sizes?: (1 | 2)[];
      maybe?: string | null;
      any?: unknown;
      open?: Record<string, unknown>;
      tags?: Record<string, string>;
      rules?: {
        id: string;
        on?: boolean;
      }[];
    }
    "
  `);
});

it('prints an empty interface', () => {
  expect(toInterface({ type: 'object' }, 'Nothing')).toBe('export interface Nothing {}\n');
});
