import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

/**
 * `required`: a property with a default is no longer required, since the API server fills it before it validates.
 *
 * ajv in strict mode wants each required name in `properties`; one that is not described may hold anything, unless the
 * object is closed, where nothing may be there.
 */
export const required: Rule = {
  keywords: ['required'],
  kind: 'verdict',
  apply(schema, out, context) {
    const described = context.base.properties ?? {};
    const names = (schema.required ?? []).filter((name) => described[name]?.default === undefined);
    if (names.length === 0) return;
    out.required = names;
    const properties: Record<string, JsonSchema> = { ...out.properties };
    for (const name of names) properties[name] ??= out.additionalProperties === false ? { not: {} } : {};
    out.properties = properties;
  },
};
