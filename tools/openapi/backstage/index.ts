import type { JsonValue } from '../../../functions/core/schema.ts';
import type { StructuralSchema } from '../schema.ts';
import { Form } from './form.ts';

/** A JSON Schema for a form, with Backstage's keywords beside those of draft-07. */
export interface FormSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, FormSchema>>;
  readonly required?: readonly string[];
  readonly items?: FormSchema;
  readonly additionalProperties?: FormSchema;
  readonly allOf?: readonly FormSchema[];
  readonly anyOf?: readonly FormSchema[];
  readonly if?: FormSchema;
  readonly then?: FormSchema;
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly default?: JsonValue;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly 'ui:help'?: string;
  readonly 'ui:placeholder'?: string;
  readonly 'ui:field'?: string;
  readonly 'ui:options'?: JsonValue;
  readonly 'ui:widget'?: string;
  readonly 'ui:backstage'?: JsonValue;
}

/** What a form can't ask for or can't check, so that only the API server will tell. */
export interface FormNote {
  readonly path: string;
  readonly detail: string;
}

/**
 * Makes the parameters of a Backstage template from a structural schema.
 *
 * What the form submits is what a person entered and nothing else: a default stays the API server's, so that it is not
 * frozen in a manifest, and whatever is optional and more than a text box is asked for first, since the form would
 * otherwise submit empty lists and demand what only belongs to an object that nobody wanted.
 */
export function toForm(schema: StructuralSchema): { readonly schema: FormSchema; readonly notes: readonly FormNote[] } {
  const form = new Form();
  return { schema: form.of(schema), notes: form.notes };
}
