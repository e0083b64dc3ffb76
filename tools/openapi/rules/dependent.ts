import type { JsonSchema } from '../schema.ts';
import { entries } from './properties.ts';
import { alsoAll, type Rule } from './rule.ts';

/** `dependentRequired` and `dependentSchemas` of OpenAPI 3.1: before 2020-12 both are called `dependencies`. */
export const dependent: Rule = {
  keywords: ['dependentRequired', 'dependentSchemas'],
  since31: ['dependentRequired', 'dependentSchemas'],
  kind: 'verdict',
  apply(schema, out, context) {
    const required = entries(schema.dependentRequired, context);
    const schemas = entries(schema.dependentSchemas, context).map(([name, one]): [string, JsonSchema] => [
      name,
      context.branch(one, `dependentSchemas.${name}`),
    ]);
    if (context.options.target === '2020-12') {
      if (required.length > 0) out.dependentRequired = Object.fromEntries(required);
      if (schemas.length > 0) out.dependentSchemas = Object.fromEntries(schemas);
      return;
    }
    if (required.length > 0) alsoAll(out, { dependencies: Object.fromEntries(required.filter(isDemanding)) });
    if (schemas.length > 0) alsoAll(out, { dependencies: Object.fromEntries(schemas) });
  },
};

/** draft-04 wants at least one name in each. */
function isDemanding([, names]: [string, readonly string[]]): boolean {
  return names.length > 0;
}
