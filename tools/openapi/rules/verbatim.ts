import type { Rule } from './rule.ts';

/** Keywords that mean the same in every source and in every JSON Schema draft. */
export const verbatim: Rule = {
  keywords: ['minLength', 'maxLength', 'multipleOf', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
  kind: 'verdict',
  apply(schema, out) {
    if (schema.minLength !== undefined) out.minLength = schema.minLength;
    if (schema.maxLength !== undefined) out.maxLength = schema.maxLength;
    if (schema.multipleOf !== undefined) out.multipleOf = schema.multipleOf;
    if (schema.minItems !== undefined) out.minItems = schema.minItems;
    if (schema.maxItems !== undefined) out.maxItems = schema.maxItems;
    if (schema.minProperties !== undefined) out.minProperties = schema.minProperties;
    if (schema.maxProperties !== undefined) out.maxProperties = schema.maxProperties;
  },
};
