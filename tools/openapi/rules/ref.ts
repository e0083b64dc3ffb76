import type { JsonSchema } from '../schema.ts';
import { alsoAll, type Rule } from './rule.ts';

const prose = new Set(['$ref', 'title', 'description', 'example', 'examples', 'externalDocs', 'deprecated', 'xml']);

/**
 * `$ref`: kept, pointing to a definition of the output, or replaced by what it points to.
 *
 * OpenAPI 3.0 ignores all keywords beside it, which is noted where one would judge; its prose is kept. In 3.1 they
 * judge too; before 2020-12 JSON Schema ignores them as well, so that the reference moves into `allOf`.
 */
export const ref: Rule = {
  keywords: ['$ref'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.$ref === undefined) return;
    if (context.dialect !== 'openapi-3.1') {
      for (const keyword of Object.keys(schema).filter((one) => !prose.has(one) && !one.startsWith('x-'))) {
        context.note('REF_SIBLING_IGNORED', `${keyword} beside $ref, which OpenAPI 3.0 ignores`);
      }
      keepProse(out);
    }
    const target = context.reference(schema.$ref);
    const alone = Object.keys(out).length === 0;
    if (alone || (target.$ref !== undefined && context.options.target === '2020-12')) Object.assign(out, target);
    else alsoAll(out, target);
  },
};

function keepProse(out: JsonSchema): void {
  for (const keyword of Object.keys(out)) {
    if (keyword !== 'title' && keyword !== 'description') Reflect.deleteProperty(out, keyword);
  }
}
