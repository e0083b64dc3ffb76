import { CodedError } from '../../error.ts';
import type { JsonSchema, StructuralSchema } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

type Bound = 'minimum' | 'maximum';
type ExclusiveBound = 'exclusiveMinimum' | 'exclusiveMaximum';

/**
 * `minimum` and `maximum` with their exclusive forms: OpenAPI 3.0 says by a boolean what JSON Schema says by a number.
 *
 * An exclusive flag without its bound judges nothing and is dropped with a note.
 */
const bound = (name: Bound, exclusive: ExclusiveBound): Rule => ({
  keywords: [name, exclusive],
  kind: 'verdict',
  apply(schema, out, context) {
    const limit = schema[name];
    if (isExclusive(schema, exclusive, context)) {
      if (limit !== undefined) out[exclusive] = limit;
      else context.note('KEYWORD_DROPPED', `${exclusive} without ${name}`);
      return;
    }
    if (limit !== undefined) out[name] = limit;
  },
});

function isExclusive(schema: StructuralSchema, keyword: ExclusiveBound, context: RuleContext): boolean {
  const flag: unknown = schema[keyword];
  if (flag === undefined || typeof flag === 'boolean') return flag === true;
  const seen = `${keyword} ${JSON.stringify(flag)}`;
  throw new CodedError('OPENAPI_EXCLUSIVE_BOUND', context.path(), seen, 'OpenAPI 3.0 knows a boolean beside the bound');
}

/** The lower bound. */
export const minimum = bound('minimum', 'exclusiveMinimum');

/** The upper bound. */
export const maximum = bound('maximum', 'exclusiveMaximum');

/** Narrows the bounds already written, for formats that are ranges. */
export function within(out: JsonSchema, low: number, high: number): void {
  if (out.minimum === undefined || out.minimum < low) out.minimum = low;
  if (out.maximum === undefined || out.maximum > high) out.maximum = high;
}
