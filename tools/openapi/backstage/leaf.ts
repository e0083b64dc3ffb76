import { CodedError } from '../../error.ts';
import { toJsonSchema } from '../json-schema.ts';
import type { StructuralSchema } from '../schema.ts';
import type { FormSchema } from './index.ts';

/** Formats for which the form has a widget that writes nothing else. */
const widgets = new Set(['date-time', 'date', 'password']);

/** The schema of a text, number or switch, in the regular expressions and bounds of draft-07. */
export function leaf(schema: StructuralSchema, note: (detail: string) => void): FormSchema {
  const {
    title: _title,
    description: _description,
    default: _default,
    example: _example,
    nullable: _nullable,
    format,
    writeOnly: _writeOnly,
    allOf: _allOf,
    anyOf: _anyOf,
    oneOf: _oneOf,
    not: _not,
    'x-kubernetes-validations': rules = [],
    'x-change-impact': _impact,
    enum: values,
    ...plain
  } = schema;
  for (const { rule } of rules) if (!/\boldSelf\b/.test(rule)) note(`rule ${rule}`);
  const isWide = format === 'int64' || format === 'uint64';
  const judged = format !== undefined && !isWide && !widgets.has(format) && { format };
  const allowed = values?.filter((value) => value !== null);
  try {
    const source = { ...plain, ...judged, ...(allowed && { enum: allowed }) };
    const { schema: converted, notes } = toJsonSchema(source, { target: 'draft-07', closed: false });
    for (const { detail } of notes) note(detail);
    const { $schema: _schema, ...rest } = converted;
    // What a browser reads as a number is exact only so far.
    const most = Number.MAX_SAFE_INTEGER;
    const { minimum = -most, maximum = most } = rest;
    const exact = { minimum: Math.max(Number(minimum), -most), maximum: Math.min(Number(maximum), most) };
    // All that a scalar converts to is in FormSchema.
    return {
      ...rest,
      ...(isWide && exact),
      ...(format !== undefined && widgets.has(format) && { format }),
    } as FormSchema;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    note(error.message);
    return { type: schema.type ?? 'string', ...(allowed && { enum: allowed }) };
  }
}
