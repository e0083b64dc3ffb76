import type { Rule } from './rule.ts';

/**
 * `x-kubernetes-validations`: CEL can't be said in JSON Schema; every rule is noted, and stays readable in `$comment`.
 */
export const validations: Rule = {
  keywords: ['x-kubernetes-validations'],
  kind: 'prose',
  apply(schema, out, context) {
    const all = schema['x-kubernetes-validations'] ?? [];
    if (all.length === 0) return;
    for (const { rule } of all) context.lose('CEL_DROPPED', rule);
    const lines = all.map(({ rule, message }) => `CEL: ${rule}${message ? ` (${message})` : ''}`);
    out.$comment = lines.join('\n');
  },
};
