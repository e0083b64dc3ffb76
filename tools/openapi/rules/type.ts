import { CodedError } from '../../error.ts';
import type { JsonSchema } from '../schema.ts';
import type { Rule } from './rule.ts';

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'] as const;
const typesOf31 = [...types, 'null'] as const;

/** `type`: copied; its list form and null belong to OpenAPI 3.1 and are refused elsewhere. */
export const type: Rule = {
  keywords: ['type'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.type === undefined) return;
    // The plain case by itself: every node has one.
    const plain = types.find((one) => one === schema.type);
    if (plain !== undefined) {
      out.type = plain;
      return;
    }
    const is31 = context.dialect === 'openapi-3.1';
    const known = is31 ? typesOf31 : types;
    const given: readonly unknown[] = Array.isArray(schema.type) && is31 ? schema.type : [schema.type];
    const names = given.flatMap((name) => known.find((one) => one === name) ?? []);
    if (names.length !== given.length || names.length === 0) {
      const remedy = `use one of ${known.join(', ')}${is31 ? ', or a list of them' : ', and nullable for null'}`;
      throw new CodedError('OPENAPI_TYPE', context.path(), `type ${JSON.stringify(schema.type)}`, remedy);
    }
    const unique = [...new Set(names)];
    const [only] = unique;
    if (unique.length > 1) out.type = unique satisfies JsonSchema['type'];
    else if (only) out.type = only;
  },
};
