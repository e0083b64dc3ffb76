import type { Rule } from './rule.ts';

/**
 * The option `closed`: an object refuses what it does not name, where the API server would prune it.
 *
 * Not within allOf, anyOf, oneOf and not, which see only a part of the object.
 */
export const closed: Rule = {
  keywords: ['type'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (!context.options.closed || context.junction || schema.type !== 'object') return;
    if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties !== undefined) return;
    // Elsewhere allOf and its kin, and patterns, may name more fields than the object itself.
    if (context.dialect !== 'kubernetes' && (schema.allOf ?? schema.anyOf ?? schema.oneOf ?? schema.if)) return;
    if (schema.patternProperties ?? schema.unevaluatedProperties) return;
    out.additionalProperties = false;
  },
};
