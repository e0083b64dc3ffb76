import type { Rule } from './rule.ts';

/**
 * `enum`: null passes it only when it is listed, whatever `nullable` says, as the API server and OpenAPI 3.0.3 see it.
 *
 * A value that is listed twice is written once, since draft-04 demands it.
 */
export const enumeration: Rule = {
  keywords: ['enum'],
  kind: 'verdict',
  apply(schema, out) {
    if (schema.enum === undefined) return;
    const seen = new Set<unknown>();
    const unique = schema.enum.filter((value) => {
      const key = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    // An enum of nothing takes nothing; drafts demand a value.
    if (unique.length === 0) out.not = {};
    else out.enum = unique.length === schema.enum.length ? schema.enum : unique;
  },
};
