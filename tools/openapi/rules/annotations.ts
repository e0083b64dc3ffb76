import type { Rule } from './rule.ts';

/**
 * Prose: copied where JSON Schema has the same word; `example` becomes `examples`.
 *
 * Not expressed: `xml`, `externalDocs` and `discriminator`, which judge nothing, and `x-change-impact`, which is ours.
 */
export const annotations: Rule = {
  keywords: [
    'title',
    'description',
    'deprecated',
    'readOnly',
    'writeOnly',
    'example',
    'externalDocs',
    'xml',
    'discriminator',
    'x-change-impact',
  ],
  kind: 'prose',
  apply(schema, out) {
    if (schema.title !== undefined) out.title = schema.title;
    if (schema.description !== undefined) out.description = schema.description;
    if (schema.deprecated !== undefined) out.deprecated = schema.deprecated;
    if (schema.readOnly !== undefined) out.readOnly = schema.readOnly;
    if (schema.writeOnly !== undefined) out.writeOnly = schema.writeOnly;
    if (schema.example !== undefined) out.examples = [schema.example];
  },
};
