import { judgedFormats } from '../formats.ts';
import type { JsonSchema } from '../schema.ts';
import { within } from './bounds.ts';
import { alsoAll, type Rule, type RuleContext } from './rule.ts';

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/**
 * `format`: in a CRD written as what the API server's own check accepts, so no validator needs a table of formats.
 *
 * int32 and float are ranges; formats of text are patterns; int64 and double say no more than the type does. Formats
 * that the API server ignores are dropped with a note. Not expressed: check digits, and corners of email and uri.
 * In plain OpenAPI a format annotates and does not judge; it is dropped with a note, since validators refuse a schema
 * with a format that they don't know.
 */
export const format: Rule = {
  keywords: ['format'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.format === undefined || schema.format === '') return;
    if (context.dialect !== 'kubernetes') {
      context.note('FORMAT_DROPPED', schema.format);
      return;
    }
    const type = schema.type ?? (context.base['x-kubernetes-int-or-string'] ? undefined : context.base.type);
    if (schema['x-kubernetes-int-or-string'] || type === 'string' || type === undefined) {
      textual(schema.format, out, context);
    } else if (type === 'integer' || type === 'number') numeric(schema.format, type, out, context);
    else context.note('FORMAT_DROPPED', `${schema.format} on type ${type}`);
  },
};

function numeric(name: string, type: 'integer' | 'number', out: JsonSchema, context: RuleContext): void {
  const implied = type === 'integer' ? ['int32', 'int64'] : ['float', 'double'];
  if (type === 'integer' && name === 'int32') within(out, -(2 ** 31), 2 ** 31 - 1);
  if (type === 'number' && name === 'float') within(out, -largestFloat, largestFloat);
  if (!implied.includes(name)) context.note('FORMAT_DROPPED', `${name} on type ${type}`);
}

function textual(name: string, out: JsonSchema, context: RuleContext): void {
  const normalised = name.replaceAll('-', '');
  if (normalised === 'password') return;
  const judged = Object.hasOwn(judgedFormats, normalised) ? judgedFormats[normalised] : undefined;
  if (judged === undefined) {
    context.note('FORMAT_DROPPED', name);
    return;
  }
  const { pattern, maxLength, approximate } = judged;
  if (out.pattern === undefined) out.pattern = pattern;
  else alsoAll(out, { pattern });
  if (maxLength !== undefined) out.maxLength = Math.min(maxLength, out.maxLength ?? maxLength);
  if (approximate !== undefined) context.lose('FORMAT_APPROXIMATED', `${name} without ${approximate}`);
}
