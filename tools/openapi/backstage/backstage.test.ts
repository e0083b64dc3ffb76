import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import type { StructuralSchema } from '../schema.ts';
import { toForm } from './index.ts';

const form = (schema: StructuralSchema) => {
  const { schema: made, notes } = toForm(schema);
  return `${yaml.dump(made, { lineWidth: -1 })}${notes.map(({ path, detail }) => `# ${path}: ${detail}\n`).join('')}`;
};

test('leaves defaults to the API server, and tells them', () => {
  const schema: StructuralSchema = {
    type: 'object',
    required: ['mode', 'name'],
    properties: {
      mode: { type: 'string', enum: ['a', 'b'], default: 'a', description: 'How.' },
      on: { type: 'boolean', default: true },
      name: { type: 'string', 'x-change-impact': 'restart' },
      list: { type: 'array', items: { type: 'string' }, default: [], minItems: 1 },
    },
  };
  expect(form(schema)).toMatchInlineSnapshot(`
    "type: object
    properties:
      name:
        type: string
        ui:help: What uses it must restart after a change.
      mode:
        type: string
        enum:
          - a
          - b
        description: How.
        ui:placeholder: a (default)
      'on':
        type: boolean
        ui:placeholder: Yes (default)
        ui:widget: select
      list:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: array
            items:
              type: string
            minItems: 1
    required:
      - name
    "
  `);
});

test('shows no default and no impact that is of a strange type', () => {
  const strange = JSON.parse('{"toString": {}}');
  const schema = { type: 'string', default: strange, 'x-change-impact': strange };
  expect(form({ type: 'object', properties: { name: schema } } as StructuralSchema)).toMatchInlineSnapshot(`
    "type: object
    properties:
      name:
        type: string
    "
  `);
});

test('rewrites what a form can not show or would corrupt', () => {
  expect(
    form(yaml.load(readFileSync('test/portal/kitchen-sink.yaml', 'utf8')) as StructuralSchema),
  ).toMatchInlineSnapshot(`
    "type: object
    properties:
      port:
        anyOf:
          - title: Number
            type: integer
          - title: Text
            type: string
      big:
        type: integer
        exclusiveMinimum: 1
        minimum: -9007199254740991
        maximum: 9007199254740991
        ui:placeholder: 9007199254740992 (default)
      huge:
        type: integer
        minimum: -9007199254740991
        maximum: 9007199254740991
      flags:
        type: string
        pattern: ^[tT][A-Za-z]+$
      maybe:
        type: string
        enum:
          - a
      bytes:
        type: string
        pattern: ^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$
      any:
        type: string
      open:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
            additionalProperties:
              type: string
      empty:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
      object:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
            properties:
              apiVersion:
                type: string
                description: API group and version, for instance apps/v1.
              kind:
                type: string
                description: Kind, for instance Deployment.
            required:
              - apiVersion
              - kind
      set:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: array
            items:
              type: string
              enum:
                - x
                - z
            uniqueItems: true
      list:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: array
            items:
              type: string
            minItems: 1
      map:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: array
            items:
              type: object
              properties:
                id:
                  type: string
              required:
                - id
      labels:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
            additionalProperties:
              type: string
            maxProperties: 3
      parts:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
            additionalProperties:
              type: object
              properties:
                size:
                  type: integer
              required:
                - size
    # : anyOf [{"required":["port"]},{"required":["big"]}]
    # any: values other than text
    # open: fields with values other than text
    # map: each item needs its own id
    "
  `);
});

test('has the widgets of the form for dates', () => {
  const schema: StructuralSchema = { type: 'object', properties: { when: { type: 'string', format: 'date-time' } } };
  expect(form(schema)).toMatchInlineSnapshot(`
    "type: object
    properties:
      when:
        type: string
        format: date-time
    "
  `);
});

test('hides secrets, but not the names of secrets', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      masterPassword: { type: 'string' },
      pin: { type: 'string', format: 'password' },
      passwordSecretRef: { type: 'object', properties: { name: { type: 'string' } } },
      secretName: { type: 'string' },
    },
  };
  expect(form(schema)).toMatchInlineSnapshot(`
    "type: object
    properties:
      masterPassword:
        type: string
        ui:widget: password
        ui:backstage:
          review:
            mask: '******'
      pin:
        type: string
        format: password
        ui:widget: password
        ui:backstage:
          review:
            mask: '******'
      secretName:
        type: string
      passwordSecretRef:
        anyOf:
          - title: Not set
            type: 'null'
          - title: Set
            type: object
            properties:
              name:
                type: string
    "
  `);
});

test('asks for what rules tie to a value only with that value, and says what never changes', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['A', 'B'], default: 'A' },
      key: { type: 'string' },
      size: { type: 'integer' },
      note: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
    },
    'x-kubernetes-validations': [
      { rule: "self.type == 'B' || !has(self.key)" },
      { rule: "self.type != 'B' || has(self.key)" },
      { rule: '!has(self.size) || self.type == "A"' },
      { rule: 'has(self.size) == has(oldSelf.size) && (!has(self.size) || self.size == oldSelf.size)' },
      { rule: 'self.size > 3' },
    ],
  };
  expect(form(schema)).toMatchInlineSnapshot(`
    "type: object
    properties:
      type:
        type: string
        enum:
          - A
          - B
        ui:placeholder: A (default)
      note:
        type: string
        ui:help: Cannot be changed after creation.
    allOf:
      - if:
          properties:
            type:
              const: B
          required:
            - type
        then:
          properties:
            key:
              type: string
          required:
            - key
      - if:
          properties:
            type:
              const: A
        then:
          properties:
            size:
              type: integer
              ui:help: Cannot be changed after creation.
    # : rule self.size > 3
    "
  `);
});

test('does not change its input', () => {
  const schema: StructuralSchema = { type: 'object', properties: { a: { type: 'string', default: 'x' } } };
  const before = structuredClone(schema);
  toForm(schema);
  expect(schema).toEqual(before);
});
