import { CodedError } from '../../error.ts';
import type { Rule } from './rule.ts';

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

/** `type`: copied; the list form of OpenAPI 3.1 is refused. */
export const type: Rule = {
  keywords: ['type'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.type === undefined) return;
    if (!types.includes(schema.type)) {
      const remedy = `use one of ${types.join(', ')}, and nullable for null`;
      throw new CodedError('OPENAPI_TYPE', context.path(), `type ${JSON.stringify(schema.type)}`, remedy);
    }
    out.type = schema.type;
  },
};
