import type { Rule } from './rule.ts';

/**
 * Prose: copied where the target has the word; `example` becomes `examples`.
 *
 * Not expressed: `xml`, `externalDocs` and `discriminator`, which judge nothing, and `x-change-impact`, which is ours;
 * in draft-04 also `deprecated`, `readOnly`, `writeOnly` and examples, which came later.
 */
export const annotations: Rule = {
  keywords: [
    'title',
    'description',
    'deprecated',
    'readOnly',
    'writeOnly',
    'example',
    'examples',
    'externalDocs',
    'xml',
    'discriminator',
    'x-change-impact',
  ],
  since31: ['examples'],
  kind: 'prose',
  apply(schema, out, context) {
    if (schema.title !== undefined) out.title = schema.title;
    if (schema.description !== undefined) out.description = schema.description;
    if (schema.discriminator) context.note('KEYWORD_DROPPED', 'discriminator, which chooses but does not judge');
    if (context.options.target === 'draft-04') return;
    if (schema.deprecated !== undefined) out.deprecated = schema.deprecated;
    if (schema.readOnly !== undefined) out.readOnly = schema.readOnly;
    if (schema.writeOnly !== undefined) out.writeOnly = schema.writeOnly;
    if (Array.isArray(schema.examples)) out.examples = schema.examples;
    else if (schema.example !== undefined) out.examples = [schema.example];
  },
};
