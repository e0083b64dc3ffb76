import { type FormSchema, toForm } from './backstage/index.ts';
import { toJsonSchema } from './json-schema.ts';
import { type Converted, type ConvertOptions, type Note, type Target, unrepresentable } from './rules/rule.ts';
import type { JsonSchema, StructuralSchema, Subschema } from './schema.ts';
import { structuralOf } from './structural.ts';

/** What becomes of a schema, by target. */
interface Made {
  readonly 'draft-04': JsonSchema;
  readonly 'draft-07': JsonSchema;
  readonly '2020-12': JsonSchema;
  readonly structural: StructuralSchema;
  readonly backstage: FormSchema;
}

type Writers = {
  readonly [T in Target]: (schema: Subschema, options: ConvertOptions<T>) => Converted<Made[T]>;
};

const writers: Writers = {
  'draft-04': toJsonSchema,
  'draft-07': toJsonSchema,
  '2020-12': toJsonSchema,
  structural: toStructural,
  backstage: toParameters,
};

/**
 * Converts a schema of OpenAPI or of a CRD: into a JSON Schema that accepts what its source accepts, the schema of a CRD
 * or XRD, or the parameters of a Backstage template.
 *
 * Throws a CodedError for what is no schema in the dialect of the source.
 */
export function convert<T extends Target>(schema: Subschema, options: ConvertOptions<T>): Converted<Made[T]> {
  return writers[options.target](schema, options);
}

function toStructural(schema: Subschema, options: ConvertOptions<Target>): Converted<StructuralSchema> {
  const { dialect = 'kubernetes', structural = true, document = schema } = options;
  // What is no schema is refused in the same words whatever the target is.
  toJsonSchema(schema, { ...options, target: '2020-12', references: 'definitions', unrepresentable: 'ignore' });
  if (dialect === 'kubernetes' && structural) return { schema: schema as StructuralSchema, notes: [] };
  const notes: Note[] = [];
  const note = (path: string, detail: string) => lose({ code: 'KEYWORD_DROPPED', path, detail, verdict: true });
  const lose = (one: Note) => keep(one, options, notes);
  return { schema: structuralOf(schema, document, note), notes };
}

function toParameters(schema: Subschema, options: ConvertOptions<Target>): Converted<FormSchema> {
  const structural = toStructural(schema, options);
  const form = toForm(structural.schema);
  const notes = [...structural.notes];
  for (const { path, detail } of form.notes)
    keep({ code: 'FORM_UNCHECKED', path, detail, verdict: true }, options, notes);
  return { schema: form.schema, notes };
}

function keep(note: Note, { target, unrepresentable: wish }: ConvertOptions<Target>, notes: Note[]): void {
  if (wish === 'error') throw unrepresentable(note, target);
  if (wish !== 'ignore') notes.push(note);
}
