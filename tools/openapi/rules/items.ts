import type { Rule } from './rule.ts';

/** `items`: the schema of every element; the tuple form does not exist in OpenAPI 3.0. */
export const items: Rule = {
  keywords: ['items'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.items) out.items = context.part(schema.items, '[]', context.base.items);
  },
};
