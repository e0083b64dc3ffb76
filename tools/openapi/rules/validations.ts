import type { Rule } from './rule.ts';

/** `x-kubernetes-validations`: CEL can't be said in JSON Schema; every rule is dropped with a note. */
export const validations: Rule = {
  keywords: ['x-kubernetes-validations'],
  kind: 'prose',
  apply(schema, _out, context) {
    for (const { rule } of schema['x-kubernetes-validations'] ?? []) context.note('CEL_DROPPED', rule);
  },
};
