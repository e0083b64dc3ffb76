import type { JsonSchema, SourceSchema, Subschema } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

type Junction = 'allOf' | 'anyOf' | 'oneOf';

/**
 * `allOf`, `anyOf`, `oneOf` and `not`: each branch converted with the types that the schema around it gives.
 *
 * A list without branches judges nothing in Kubernetes and is left out, since every draft demands one.
 */
export const junctions: Rule = {
  keywords: ['allOf', 'anyOf', 'oneOf', 'not'],
  kind: 'verdict',
  apply(schema, out, context) {
    const allOf = branches(schema, 'allOf', context);
    if (allOf) out.allOf = [...(out.allOf ?? []), ...allOf];
    const anyOf = branches(schema, 'anyOf', context);
    if (anyOf) out.anyOf = anyOf;
    const oneOf = branches(schema, 'oneOf', context);
    if (oneOf) out.oneOf = oneOf;
    if (schema.not === undefined) return;
    const not = context.branch(schema.not, 'not');
    if (out.not === undefined) out.not = not;
    else out.allOf = [...(out.allOf ?? []), { not }];
  },
};

function branches(schema: SourceSchema, keyword: Junction, context: RuleContext): JsonSchema[] | undefined {
  const all: readonly Subschema[] | undefined = schema[keyword];
  if (all === undefined || all.length === 0) return undefined;
  return all.map((one, index) => context.branch(one, `${keyword}.${index}`));
}
