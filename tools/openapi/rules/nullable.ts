import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

/**
 * `nullable`: null joins the types.
 *
 * The API server asks of null only its type and the enum, so null passes beside allOf, anyOf, oneOf and not. It also
 * removes null from fields that are not nullable before it validates; that is not imitated: null there is a mistake.
 */
export const nullable: Rule = {
  keywords: ['nullable'],
  kind: 'verdict',
  apply(schema, out) {
    if (!schema.nullable) return;
    if (out.enum && !out.enum.includes(null)) return;
    const judgesNull = out.allOf ?? out.anyOf ?? out.oneOf ?? out.not;
    if (judgesNull) wrap(out);
    else if (out.type !== undefined) out.type = [...[out.type].flat(), 'null'];
  },
};

function wrap(out: JsonSchema): void {
  const inner: JsonSchema = { ...out };
  for (const keyword of Object.keys(out)) Reflect.deleteProperty(out, keyword);
  out.anyOf = [{ type: 'null' }, inner];
}
