import { CodedError } from '../../error.ts';
import type { Rule } from './rule.ts';

/** `$dynamicRef` of OpenAPI 3.1: refused, since what it points to depends on who points to it. */
export const dynamicRef: Rule = {
  keywords: ['$dynamicRef'],
  since31: ['$dynamicRef'],
  kind: 'verdict',
  apply(schema, _out, context) {
    const seen = `$dynamicRef ${schema.$dynamicRef}`;
    throw new CodedError('OPENAPI_KEYWORD', context.path(), seen, 'write a $ref');
  },
};
