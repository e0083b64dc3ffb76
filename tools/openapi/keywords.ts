import { member } from '../../functions/core/observed.ts';
import { CodedError } from '../error.ts';
import { isObject } from './rules/rule.ts';
import type { SourceSchema } from './schema.ts';

/** What a value must be, and whether it is. */
interface Shape {
  readonly name: string;
  holds(value: unknown): boolean;
}

const text: Shape = { name: 'a string', holds: (value) => typeof value === 'string' };
const flag: Shape = { name: 'a boolean', holds: (value) => typeof value === 'boolean' };
const number: Shape = { name: 'a number', holds: (value) => typeof value === 'number' || typeof value === 'bigint' };
const count: Shape = { name: 'a number of 0 or more', holds: (value) => Number.isInteger(value) && Number(value) >= 0 };
const list: Shape = { name: 'a list', holds: Array.isArray };
const map: Shape = { name: 'an object', holds: isObject };
const rule: Shape = {
  name: 'an object with a rule',
  holds: (value) => typeof member(value, 'rule') === 'string' && typeof (member(value, 'message') ?? '') === 'string',
};
const texts = listOf(text);
const either = (one: Shape, other: Shape): Shape => ({
  name: `${one.name} or ${other.name}`,
  holds: (value) => one.holds(value) || other.holds(value),
});

function listOf(item: Shape): Shape {
  const isItem = (one: unknown) => item.holds(one);
  return {
    name: `a list whose items are each ${item.name}`,
    holds: (value) => Array.isArray(value) && value.every(isItem),
  };
}

/**
 * What the keywords of a schema hold. Keywords that may hold anything (default, const), and those that hold one schema,
 * which is looked at when it is converted, are left out.
 */
const shapes: ReadonlyMap<string, Shape> = new Map([
  ...['$ref', '$schema', '$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$comment'].map(of(text)),
  ...['title', 'description', 'format', 'pattern', 'contentEncoding', 'contentMediaType'].map(of(text)),
  ...['x-kubernetes-list-type', 'x-kubernetes-map-type'].map(of(text)),
  ...['type'].map(of(either(text, texts))),
  ...['nullable', 'readOnly', 'writeOnly', 'deprecated', 'uniqueItems'].map(of(flag)),
  ...['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'].map(of(flag)),
  ...['x-kubernetes-preserve-unknown-fields'].map(of(flag)),
  ...['minimum', 'maximum', 'multipleOf'].map(of(number)),
  ...['exclusiveMinimum', 'exclusiveMaximum'].map(of(either(flag, number))),
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map(of(count)),
  ...['minContains', 'maxContains'].map(of(count)),
  ...['required', 'x-kubernetes-list-map-keys'].map(of(texts)),
  ...['enum', 'allOf', 'anyOf', 'oneOf', 'prefixItems'].map(of(list)),
  ...['x-kubernetes-validations'].map(of(listOf(rule))),
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'].map(of(map)),
  ...['dependentRequired', 'discriminator'].map(of(map)),
]);

function of(shape: Shape): (keyword: string) => [string, Shape] {
  return (keyword) => [keyword, shape];
}

/** Throws for a keyword that holds what it never may, so that rules can rely on the types of a schema. */
export function assertKeywords(schema: SourceSchema, path: () => string): void {
  for (const keyword in schema) {
    const shape = shapes.get(keyword);
    const value: unknown = Reflect.get(schema, keyword);
    if (shape === undefined || value === undefined || shape.holds(value)) continue;
    const place = [path(), keyword].filter((part) => part !== '').join('.');
    throw new CodedError('OPENAPI_KEYWORD', place, `not ${shape.name}`, `let ${keyword} be ${shape.name}`);
  }
}
