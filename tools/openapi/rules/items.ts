import { alsoAll, type Rule } from './rule.ts';

/**
 * `items`: the schema of every element, or with `prefixItems` of OpenAPI 3.1 of those after; before 2020-12 the two
 * are called `items` and `additionalItems`.
 */
export const items: Rule = {
  keywords: ['items', 'prefixItems'],
  since31: ['prefixItems'],
  kind: 'verdict',
  apply(schema, out, context) {
    const rest = schema.items === undefined ? undefined : context.part(schema.items, '[]', context.base.items);
    const prefix = schema.prefixItems?.map((one, index) => context.part(one, `[${index}]`, undefined));
    // The short form of "no more elements" means the same as a schema that takes nothing.
    const closing = schema.items === false ? false : rest;
    if (prefix === undefined) {
      if (schema.items === false) alsoAll(out, { maxItems: 0 });
      else if (rest) out.items = rest;
    } else if (context.options.target === '2020-12') {
      out.prefixItems = prefix;
      if (closing !== undefined) out.items = closing;
    } else {
      out.items = prefix;
      if (closing !== undefined) out.additionalItems = closing;
    }
  },
};
