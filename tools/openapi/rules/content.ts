import type { Rule } from './rule.ts';

/**
 * `contentEncoding`, `contentMediaType` and `contentSchema` of OpenAPI 3.1, which judge nothing: copied where the
 * target has them, which draft-04 has not, and draft-07 all but `contentSchema`.
 */
export const content: Rule = {
  keywords: ['contentEncoding', 'contentMediaType', 'contentSchema'],
  since31: ['contentEncoding', 'contentMediaType', 'contentSchema'],
  kind: 'prose',
  apply(schema, out, context) {
    if (context.options.target === 'draft-04') return;
    if (schema.contentEncoding !== undefined) out.contentEncoding = schema.contentEncoding;
    if (schema.contentMediaType !== undefined) out.contentMediaType = schema.contentMediaType;
    if (schema.contentSchema === undefined || context.options.target !== '2020-12') return;
    out.contentSchema = context.part(schema.contentSchema, 'contentSchema', undefined);
  },
};
