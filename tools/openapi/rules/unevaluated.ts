import type { Rule } from './rule.ts';

const seesFarther = ['allOf', 'anyOf', 'oneOf', 'if', 'not', '$ref', 'dependentSchemas'] as const;

/**
 * `unevaluatedProperties` and `unevaluatedItems` of OpenAPI 3.1: copied; before 2020-12 the same as
 * `additionalProperties` and `additionalItems` where no other keyword describes the value too.
 *
 * Not expressed before 2020-12: what depends on what allOf, anyOf, oneOf, if or a reference found.
 */
export const unevaluated: Rule = {
  keywords: ['unevaluatedProperties', 'unevaluatedItems'],
  since31: ['unevaluatedProperties', 'unevaluatedItems'],
  kind: 'verdict',
  apply(schema, out, context) {
    const { unevaluatedProperties: properties, unevaluatedItems: items } = schema;
    const written = (one: typeof properties, segment: string) =>
      one === undefined || typeof one === 'boolean' ? one : context.part(one, segment, undefined);
    const [restOfObject, restOfArray] = [written(properties, '{}'), written(items, '[]')];
    if (context.options.target === '2020-12') {
      if (restOfObject !== undefined) out.unevaluatedProperties = restOfObject;
      if (restOfArray !== undefined) out.unevaluatedItems = restOfArray;
      return;
    }
    const alone = seesFarther.every((keyword) => schema[keyword] === undefined);
    if (restOfObject !== undefined && restOfObject !== true) {
      if (alone) out.additionalProperties ??= restOfObject;
      else context.lose('KEYWORD_DROPPED', 'unevaluatedProperties');
    }
    if (restOfArray === undefined || restOfArray === true) return;
    if (!alone || schema.contains !== undefined) context.lose('KEYWORD_DROPPED', 'unevaluatedItems');
    else if (schema.prefixItems) out.additionalItems ??= restOfArray;
    else if (schema.items === undefined && typeof restOfArray === 'object') out.items = restOfArray;
    else if (schema.items === undefined) out.maxItems = 0;
  },
};
