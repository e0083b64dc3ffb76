import type { Rule } from './rule.ts';

/**
 * `default`: copied when asked for.
 *
 * The API server fills defaults before it validates: `required` accounts for that, so leaving the default out is safe.
 */
export const defaults: Rule = {
  keywords: ['default'],
  kind: 'prose',
  apply(schema, out, context) {
    if (context.options.keepDefaults && schema.default !== undefined) out.default = schema.default;
  },
};
