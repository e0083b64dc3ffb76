import type { StructuralSchema } from '../schema.ts';
import { type Condition, conditionsOf } from './conditions.ts';
import { hintsOf, isNever } from './hints.ts';
import type { FormNote, FormSchema } from './index.ts';
import { leaf } from './leaf.ts';

/** What a node is to its parent. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly required: boolean;
  /** Whether a rule of the parent says that it never changes. */
  readonly never: boolean;
}

const root: Place = { path: '', name: '', required: true, never: false };

/** One run over a schema, with what it could not put into the form. */
export class Form {
  readonly notes: FormNote[] = [];

  of(schema: StructuralSchema, place: Place = root): FormSchema {
    this.#noteJunctions(schema, place.path);
    const { value, scalar } = this.#value(schema, place);
    const hints = hintsOf(schema, place, scalar);
    if (place.required || scalar) return { ...value, ...hints };
    // An option of type null shows no field and submits no value (rjsf 5.24, MultiSchemaField).
    const { title: _title, ...set } = value;
    return {
      ...hints,
      anyOf: [
        { title: 'Not set', type: 'null' },
        { title: 'Set', ...set },
      ],
    };
  }

  /** The schema of the value, and whether one input takes it whole and submits nothing when it is left empty. */
  #value(schema: StructuralSchema, place: Place): { value: FormSchema; scalar: boolean } {
    if (schema['x-kubernetes-int-or-string']) {
      return {
        value: {
          anyOf: [
            { title: 'Number', type: 'integer' },
            { title: 'Text', type: 'string' },
          ],
        },
        scalar: true,
      };
    }
    if (schema.type === 'array') return { value: this.#list(schema, place), scalar: false };
    if (schema.type === 'object') return { value: this.#object(schema, place), scalar: false };
    if (schema.type === undefined) {
      this.#note(place.path, 'values other than text');
      return { value: { type: 'string' }, scalar: true };
    }
    return { value: leaf(schema, (detail) => this.#note(place.path, detail)), scalar: true };
  }

  #list(schema: StructuralSchema, { path }: Place): FormSchema {
    const { items = { type: 'string' }, minItems, maxItems } = schema;
    const kind = schema['x-kubernetes-list-type'];
    const isSet = kind === 'set' || schema.uniqueItems === true;
    if (kind === 'map') {
      const keys = schema['x-kubernetes-list-map-keys']?.join(', ');
      this.#note(path, `each item needs its own ${keys}`);
    }
    return {
      type: 'array',
      items: this.of(items, { ...root, path: `${path}[]` }),
      ...(minItems !== undefined && { minItems }),
      ...(maxItems !== undefined && { maxItems }),
      ...(isSet && { uniqueItems: true }),
    };
  }

  #object(schema: StructuralSchema, place: Place): FormSchema {
    const { path } = place;
    const { minProperties, maxProperties, additionalProperties } = schema;
    const bounds = {
      ...(minProperties !== undefined && { minProperties }),
      ...(maxProperties !== undefined && { maxProperties }),
    };
    if (typeof additionalProperties === 'object') {
      return {
        type: 'object',
        additionalProperties: this.of(additionalProperties, { ...root, path: `${path}{}` }),
        ...bounds,
      };
    }
    const whole = schema['x-kubernetes-embedded-resource'] ? asResource(schema) : schema;
    if (Object.keys(whole.properties ?? {}).length > 0) return { ...this.#fields(whole, path), ...bounds };
    if (!schema['x-kubernetes-preserve-unknown-fields'] && !additionalProperties) return { type: 'object', ...bounds };
    this.#note(path, 'fields with values other than text');
    return { type: 'object', additionalProperties: { type: 'string' }, ...bounds };
  }

  /** Required fields come first, then those of one input, then the rest, each group as the schema has it. */
  #fields(schema: StructuralSchema, path: string): FormSchema {
    const { properties = {}, required = [] } = schema;
    const conditions = conditionsOf(schema);
    for (const { rule } of schema['x-kubernetes-validations'] ?? []) {
      if (!conditions.rules.has(rule) && !/\boldSelf\b/.test(rule)) this.#note(path, `rule ${rule}`);
    }
    const made = Object.entries(properties).map(([name, property]) => {
      const never = isNever(schema, name);
      // A default fills what is absent, so nobody has to enter it.
      const asked = required.includes(name) && property.default === undefined;
      const needed = asked || conditions.needed.has(name);
      const field = this.of(property, { path: path ? `${path}.${name}` : name, name, required: needed, never });
      return { name, field, asked, complex: isComplex(property) };
    });
    const rank = ({ asked, complex }: { asked: boolean; complex: boolean }) => (asked ? 0 : complex ? 2 : 1);
    const shown = made.filter(({ name }) => !conditions.shown.has(name)).toSorted((a, b) => rank(a) - rank(b));
    const fields = new Map(made.map(({ name, field }) => [name, field]));
    const asked = shown.filter((one) => one.asked).map(({ name }) => name);
    return {
      type: 'object',
      properties: Object.fromEntries(shown.map(({ name, field }) => [name, field])),
      ...(asked.length > 0 && { required: asked }),
      ...(conditions.all.length > 0 && { allOf: conditions.all.map((one) => branch(one, fields)) }),
    };
  }

  #noteJunctions(schema: StructuralSchema, path: string): void {
    if (schema['x-kubernetes-int-or-string']) return;
    for (const keyword of ['allOf', 'anyOf', 'oneOf', 'not'] as const) {
      // A form shows a box that says "unsupported" for branches without a type.
      if (schema[keyword] !== undefined) this.#note(path, `${keyword} ${JSON.stringify(schema[keyword], withBigInt)}`);
    }
  }

  #note(path: string, detail: string): void {
    this.notes.push({ path, detail });
  }
}

/** What the API server demands of an object within an object, where the schema does not say it. */
function asResource(schema: StructuralSchema): StructuralSchema {
  const properties = {
    apiVersion: { type: 'string', description: 'API group and version, for instance apps/v1.' },
    kind: { type: 'string', description: 'Kind, for instance Deployment.' },
    ...schema.properties,
  } as const;
  return { ...schema, properties, required: [...new Set(['apiVersion', 'kind', ...(schema.required ?? [])])] };
}

const withBigInt = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

const isComplex = ({ type }: StructuralSchema): boolean => type === 'object' || type === 'array';

function branch(
  { field, value, whenAbsent, shows, needs }: Condition,
  fields: ReadonlyMap<string, FormSchema>,
): FormSchema {
  const shown = shows.flatMap((name) => {
    const made = fields.get(name);
    return made === undefined ? [] : [[name, made] as const];
  });
  return {
    if: { properties: { [field]: { const: value } }, ...(!whenAbsent && { required: [field] }) },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      ...(shown.length > 0 && { properties: Object.fromEntries(shown) }),
      ...(needs.length > 0 && { required: needs }),
    },
  };
}
