import { Ajv } from 'ajv';
import type { JsonValue } from '../../functions/core/schema.ts';
import { toJsonSchema } from './json-schema.ts';
import type { JsonSchema, StructuralSchema } from './schema.ts';

const ajv = new Ajv({ strictRequired: false, strictTypes: false });

/**
 * Whether the API server takes a default. It refuses a definition with one that the schema beside it refuses, in which
 * it fills in no further defaults first, or that has fields which the schema does not name (seen with kube-apiserver
 * 1.36). Go's empty structs in the documents of Kubernetes itself are such defaults. CEL rules are not tried, nor are
 * numbers that a double cannot hold.
 */
export function isValidDefault(schema: StructuralSchema, value: JsonValue): boolean {
  const options = { target: 'draft-07', closed: true, unrepresentable: 'ignore' } as const;
  const { schema: draft } = toJsonSchema(concerned(schema, value), options);
  return hasBigNumber(value) || ajv.compile(plain(draft))(value);
}

/** The part of a schema that a value meets, without the defaults in it; all of it where no value is given. */
function concerned(schema: StructuralSchema, value?: JsonValue): StructuralSchema {
  const { default: _filled, properties = {}, additionalProperties, items, ...rest } = schema;
  const isWhole = !isMap(value) || [schema.anyOf, schema.oneOf, schema.allOf, schema.not].some((one) => one);
  const met = Object.entries(properties).filter(([name]) => isWhole || Object.hasOwn(value, name));
  const parts = met.map(([name, one]) => [name, concerned(one, isMap(value) ? value[name] : undefined)]);
  const others = typeof additionalProperties === 'object' ? concerned(additionalProperties) : additionalProperties;
  return {
    ...rest,
    ...(parts.length > 0 && { properties: Object.fromEntries(parts) }),
    ...(others !== undefined && { additionalProperties: others }),
    ...(items && { items: concerned(items) }),
  };
}

const isMap = (value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasBigNumber = (value: unknown): boolean =>
  typeof value === 'bigint' || (typeof value === 'object' && value !== null && Object.values(value).some(hasBigNumber));

/** As ajv reads numbers; a bound beyond 2^53 is near enough for a value that is not. */
function plain(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema, (_key, one) => (typeof one === 'bigint' ? Number(one) : one)));
}
