import type { JsonSchema } from '../schema.ts';
import { ecmaPattern } from './pattern.ts';
import { entries } from './properties.ts';
import type { Rule } from './rule.ts';

/**
 * `patternProperties` and `propertyNames` of OpenAPI 3.1: copied, their expressions as `pattern` has them.
 *
 * Not expressed in draft-04: `propertyNames`, but for one that is only a pattern.
 */
export const patternProperties: Rule = {
  keywords: ['patternProperties', 'propertyNames'],
  since31: ['patternProperties', 'propertyNames'],
  kind: 'verdict',
  apply(schema, out, context) {
    const converted: Record<string, JsonSchema> = {};
    for (const [source, property] of entries(schema.patternProperties, context)) {
      const expression = ecmaPattern(source, context.dialect);
      if (expression === undefined) context.lose('PATTERN_DROPPED', `patternProperties ${source}`);
      else converted[expression] = context.part(property, `{${source}}`, undefined);
    }
    if (schema.patternProperties) out.patternProperties = converted;
    if (schema.propertyNames === undefined) return;
    const names = context.part(schema.propertyNames, '{name}', undefined);
    if (context.options.target !== 'draft-04') {
      out.propertyNames = names;
      return;
    }
    const { pattern, type: _, ...rest } = names;
    if (pattern === undefined || Object.keys(rest).length > 0) {
      context.lose('KEYWORD_DROPPED', 'propertyNames');
      return;
    }
    const only: JsonSchema = { patternProperties: { [pattern]: {} }, additionalProperties: false };
    out.allOf = [...(out.allOf ?? []), only];
  },
};
