import { CodedError } from '../../error.ts';
import type { JsonSchema, StructuralSchema } from '../schema.ts';
import { within } from './bounds.ts';
import type { Rule, RuleContext } from './rule.ts';

const day31 = '(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])';
const day30 = '(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)';
const day28 = '02-(?:0[1-9]|1\\d|2[0-8])';
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date = `(?:\\d{4}-(?:${day31}|${day30}|${day28})|${leapYear}-02-29)`;
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:.\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d)';

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** What the API server's validators (kube-openapi's strfmt and govalidator) accept, as expressions. */
const patterns: Readonly<Record<string, string>> = {
  byte: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$',
  date: `^${date}$`,
  datetime: `^${date}[Tt]${time}$`,
};

/** Formats that the API server judges and no rule expresses yet, named as it normalises them: without dashes. */
const judged =
  /^(bsonobjectid|uri|email|hostname|ipv[46]|cidr|mac|uuid[345]?|isbn(10|13)?|creditcard|ssn|hexcolor|rgbcolor|duration|k8s(short|long)name)$/;

/**
 * `format`: written as what the API server's own check accepts, so no validator needs a table of formats.
 *
 * int32 and float are ranges; byte, date and date-time are patterns; int64 and double say no more than the type does.
 * Formats that the API server ignores are dropped with a note; ones that it judges and this rule can't are refused.
 */
export const format: Rule = {
  keywords: ['format'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.format === undefined) return;
    const type = schema.type ?? context.base.type;
    if (type === 'integer' || type === 'number') numeric(schema.format, type, out, context);
    else if (type === 'string' || type === undefined) textual(schema, schema.format, out, context);
    else context.note('FORMAT_DROPPED', `${schema.format} on type ${type}`);
  },
};

function numeric(name: string, type: 'integer' | 'number', out: JsonSchema, context: RuleContext): void {
  const implied = type === 'integer' ? ['int32', 'int64'] : ['float', 'double'];
  if (type === 'integer' && name === 'int32') within(out, -(2 ** 31), 2 ** 31 - 1);
  if (type === 'number' && name === 'float') within(out, -largestFloat, largestFloat);
  if (!implied.includes(name)) context.note('FORMAT_DROPPED', `${name} on type ${type}`);
}

function textual(schema: StructuralSchema, name: string, out: JsonSchema, context: RuleContext): void {
  const normalised = name.replaceAll('-', '');
  if (normalised === 'password') return;
  const expression = patterns[normalised];
  if (expression !== undefined) {
    if (schema.pattern === undefined) out.pattern = expression;
    else out.allOf = [...(out.allOf ?? []), { pattern: expression }];
    return;
  }
  if (judged.test(normalised)) {
    const remedy = 'say it with a pattern, or add it to tools/openapi/rules/format.ts';
    throw new CodedError('OPENAPI_FORMAT', context.path(), `format ${name}`, remedy);
  }
  context.note('FORMAT_DROPPED', name);
}
