import type { Rule } from './rule.ts';

/** `allOf`, `anyOf`, `oneOf` and `not`: each branch converted with the types that the schema around it gives. */
export const junctions: Rule = {
  keywords: ['allOf', 'anyOf', 'oneOf', 'not'],
  kind: 'verdict',
  apply(schema, out, context) {
    const { allOf, anyOf, oneOf, not } = schema;
    if (allOf) out.allOf = [...(out.allOf ?? []), ...allOf.map((one, i) => context.branch(one, `allOf.${i}`))];
    if (anyOf) out.anyOf = anyOf.map((one, i) => context.branch(one, `anyOf.${i}`));
    if (oneOf) out.oneOf = oneOf.map((one, i) => context.branch(one, `oneOf.${i}`));
    if (not) out.not = context.branch(not, 'not');
  },
};
