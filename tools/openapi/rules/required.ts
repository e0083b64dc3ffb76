import type { JsonSchema, SourceSchema } from '../schema.ts';
import { isObject, type Rule, type RuleContext } from './rule.ts';

/**
 * `required`: a property with a default is no longer required, since the API server fills it before it validates.
 *
 * ajv in strict mode wants each required name in `properties`; one that is not described may hold anything, unless the
 * object is closed, where nothing may be there. Plain OpenAPI fills nothing in, so there all names stay.
 */
export const required: Rule = {
  keywords: ['required'],
  kind: 'verdict',
  apply(schema, out, context) {
    const names = demanded(schema, context);
    if (names.length === 0) return;
    out.required = names;
    if (context.dialect !== 'kubernetes') return;
    const properties: Record<string, JsonSchema> = { ...out.properties };
    for (const name of names) properties[name] ??= out.additionalProperties === false ? { not: {} } : {};
    out.properties = properties;
  },
};

function demanded(schema: SourceSchema, context: RuleContext): readonly string[] {
  const unique = [...new Set(schema.required)];
  if (context.dialect !== 'kubernetes') return unique;
  const described = context.base.properties ?? {};
  return unique.filter((name) => {
    const property = described[name];
    return !(isObject(property) && property.default !== undefined);
  });
}
