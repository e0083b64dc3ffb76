import { alsoAll, type Rule } from './rule.ts';

/**
 * `contains`, `minContains` and `maxContains` of OpenAPI 3.1: copied; draft-04 says that not all elements fail.
 *
 * Not expressed before 2020-12: how many elements match, apart from none or some.
 */
export const contains: Rule = {
  keywords: ['contains', 'minContains', 'maxContains'],
  since31: ['contains', 'minContains', 'maxContains'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.contains === undefined) return;
    const { target } = context.options;
    const { minContains = 1, maxContains } = schema;
    const element = context.part(schema.contains, '[]', undefined);
    if (target === '2020-12') {
      out.contains = element;
      if (schema.minContains !== undefined) out.minContains = schema.minContains;
      if (maxContains !== undefined) out.maxContains = maxContains;
      return;
    }
    if (minContains > 1) context.lose('KEYWORD_DROPPED', `minContains ${minContains}`);
    if (maxContains !== undefined) context.lose('KEYWORD_DROPPED', `maxContains ${maxContains}`);
    if (minContains === 0) return;
    if (target === 'draft-07') out.contains = element;
    else alsoAll(out, { anyOf: [{ not: { type: 'array' } }, { not: { items: { not: element } } }] });
  },
};
