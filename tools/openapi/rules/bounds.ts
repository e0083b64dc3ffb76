import { CodedError } from '../../error.ts';
import type { JsonSchema, Numeric, SourceSchema } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

type Bound = 'minimum' | 'maximum';
type ExclusiveBound = 'exclusiveMinimum' | 'exclusiveMaximum';

/**
 * `minimum` and `maximum` with their exclusive forms: OpenAPI 3.0 and draft-04 say by a boolean beside the bound what
 * OpenAPI 3.1 and the later drafts say by a number of its own.
 *
 * An exclusive flag without its bound judges nothing and is dropped with a note.
 */
const bound = (name: Bound, exclusive: ExclusiveBound): Rule => ({
  keywords: [name, exclusive],
  kind: 'verdict',
  apply(schema, out, context) {
    const limit = schema[name];
    const flag = schema[exclusive];
    if (flag === undefined || flag === false) {
      if (limit !== undefined) out[name] = limit;
      return;
    }
    if (flag === true) {
      if (limit === undefined) context.note('KEYWORD_DROPPED', `${exclusive} without ${name}`);
      else writeExclusive(out, name, exclusive, limit, context);
      return;
    }
    const open = exclusiveNumber(schema, exclusive, context);
    const beyond = limit !== undefined && (name === 'minimum' ? limit > open : limit < open);
    if (beyond) out[name] = limit;
    else writeExclusive(out, name, exclusive, open, context);
  },
});

function writeExclusive(
  out: JsonSchema,
  name: Bound,
  exclusive: ExclusiveBound,
  limit: Numeric,
  context: RuleContext,
): void {
  if (context.options.target !== 'draft-04') {
    out[exclusive] = limit;
    return;
  }
  out[name] = limit;
  out[exclusive] = true;
}

function exclusiveNumber(schema: SourceSchema, keyword: ExclusiveBound, context: RuleContext): Numeric {
  const flag: unknown = schema[keyword];
  if ((typeof flag === 'number' || typeof flag === 'bigint') && context.dialect === 'openapi-3.1') return flag;
  const seen = `${keyword} ${String(flag)}`;
  throw new CodedError('OPENAPI_EXCLUSIVE_BOUND', context.path(), seen, 'OpenAPI 3.0 knows a boolean beside the bound');
}

/** The lower bound. */
export const minimum = bound('minimum', 'exclusiveMinimum');

/** The upper bound. */
export const maximum = bound('maximum', 'exclusiveMaximum');

/** Narrows the bounds already written, for formats that are ranges. */
export function within(out: JsonSchema, low: number, high: number): void {
  if (out.minimum === undefined || out.minimum < low) {
    out.minimum = low;
    if (out.exclusiveMinimum === true) delete out.exclusiveMinimum;
  }
  if (out.maximum === undefined || out.maximum > high) {
    out.maximum = high;
    if (out.exclusiveMaximum === true) delete out.exclusiveMaximum;
  }
}
