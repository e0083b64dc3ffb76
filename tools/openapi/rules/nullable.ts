import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

/**
 * `nullable`: null joins the types.
 *
 * The API server asks of null only its type and the enum, so null passes beside allOf, anyOf, oneOf and not. It also
 * removes null from fields that are not nullable before it validates; that is not imitated: null there is a mistake.
 * OpenAPI 3.0.3 gives it a meaning only beside a type, and every other keyword still judges null; where it stands
 * without one it is noted. OpenAPI 3.1 does not know it.
 */
export const nullable: Rule = {
  keywords: ['nullable'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (!schema.nullable) return;
    if (context.dialect !== 'kubernetes') {
      const known = context.dialect === 'openapi-3.0' && out.type !== undefined;
      if (known) joinNull(out);
      else context.note('NULLABLE_IDLE', 'nullable has no effect without a type beside it (OpenAPI 3.0.3)');
      return;
    }
    if (out.enum && !out.enum.includes(null)) return;
    const judgesNull = out.allOf ?? out.anyOf ?? out.oneOf ?? out.not;
    if (judgesNull) wrap(out);
    else if (out.type !== undefined) joinNull(out);
  },
};

function joinNull(out: JsonSchema): void {
  if (out.type !== undefined) out.type = [...new Set([...[out.type].flat(), 'null' as const])];
}

function wrap(out: JsonSchema): void {
  const { title, description, default: fallback, ...inner } = out;
  for (const keyword of Object.keys(inner)) Reflect.deleteProperty(out, keyword);
  out.anyOf = [{ type: 'null' }, inner];
}
