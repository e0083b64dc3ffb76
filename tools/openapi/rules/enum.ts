import type { Rule } from './rule.ts';

/** `enum`: copied; null passes it only when it is listed, whatever `nullable` says, as the API server sees it. */
export const enumeration: Rule = {
  keywords: ['enum'],
  kind: 'verdict',
  apply(schema, out) {
    if (schema.enum) out.enum = schema.enum;
  },
};
