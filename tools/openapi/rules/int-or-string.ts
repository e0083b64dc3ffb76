import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

/**
 * `x-kubernetes-int-or-string`, with or without a type: the API server takes an integer or a string, whatever `type` or
 * the customary anyOf beside it say.
 *
 * Keywords for numbers go to the integer branch and those for text to the string branch, since ajv in strict mode wants
 * each keyword beside its type.
 */
export const intOrString: Rule = {
  keywords: ['x-kubernetes-int-or-string'],
  kind: 'verdict',
  apply(schema, out) {
    if (schema['x-kubernetes-int-or-string']) split(out);
  },
};

/** Turns a schema for a value that is an integer or a string into one branch for each. */
export function split(out: JsonSchema): void {
  const { pattern, minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = out;
  const integer: JsonSchema = { type: 'integer' };
  Object.assign(integer, defined({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }));
  const string: JsonSchema = { type: 'string', ...defined({ pattern, minLength, maxLength }) };
  for (const keyword of moved) delete out[keyword];
  if (out.anyOf && !isCustomary(out.anyOf)) out.allOf = [...(out.allOf ?? []), { anyOf: out.anyOf }];
  out.anyOf = [integer, string];
}

const moved = [
  'type',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
] as const;

function isCustomary(branches: readonly JsonSchema[]): boolean {
  const types = branches.map((branch) => (Object.keys(branch).length === 1 ? branch.type : undefined));
  return types.length === 2 && types.includes('integer') && types.includes('string');
}

function defined(keywords: { [K in keyof JsonSchema]?: JsonSchema[K] | undefined }): JsonSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}
