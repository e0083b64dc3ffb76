import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

/** `properties`: each converted under its own path. */
export const properties: Rule = {
  keywords: ['properties'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (!schema.properties) return;
    const converted: Record<string, JsonSchema> = {};
    for (const [name, property] of Object.entries(schema.properties)) {
      converted[name] = context.part(property, name, context.base.properties?.[name]);
    }
    out.properties = converted;
  },
};
