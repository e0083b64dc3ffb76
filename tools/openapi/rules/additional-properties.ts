import { isObject, type Rule } from './rule.ts';

/** `additionalProperties`: copied as boolean or converted as schema. */
export const additionalProperties: Rule = {
  keywords: ['additionalProperties'],
  kind: 'verdict',
  apply(schema, out, context) {
    const extra = schema.additionalProperties;
    if (extra === undefined) return;
    const base = context.base.additionalProperties;
    out.additionalProperties =
      typeof extra === 'boolean' ? extra : context.part(extra, '{}', isObject(base) ? base : undefined);
  },
};
