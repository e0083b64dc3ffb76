import Form from '@rjsf/core';
import type { ErrorSchema, RJSFSchema } from '@rjsf/utils';
import type { BlueprintForm, Values } from 'forms';
import { useMemo } from 'react';
import type { Fault } from '../protocol.ts';
import { templates, widgets } from './theme.tsx';
import { validatorOf } from './validator.ts';

interface ClaimFormProps {
  readonly form: BlueprintForm;
  readonly values: Values;
  readonly fault: Fault | undefined;
  readonly onChange: (values: Values) => void;
}

/** The form of the portal, with what the API server would say of a field beside that field. */
export function ClaimForm({ form, values, fault, onChange }: ClaimFormProps) {
  const validator = useMemo(() => validatorOf(form), [form]);
  // What the form itself finds is said once.
  const said = fault?.field && form.validate(values) ? errorAt(fault.field, fault.message) : {};
  return (
    <Form<Values, RJSFSchema>
      schema={form.schema}
      uiSchema={{ ...form.uiSchema, 'ui:submitButtonOptions': { norender: true } }}
      validator={validator}
      formData={values}
      onChange={({ formData }) => onChange(formData ?? {})}
      extraErrors={said}
      // As in Backstage (plugin-scaffolder-react 2.1.0, Stepper).
      experimental_defaultFormStateBehavior={{ allOf: 'populateDefaults' }}
      liveValidate
      noHtml5Validate
      showErrorList={false}
      templates={templates}
      widgets={widgets}
    />
  );
}

/** An error where the form looks for it: what is not in the form belongs to the nearest that is. */
function errorAt(field: readonly string[], message: string): ErrorSchema<Values> {
  const [name, ...rest] = field;
  if (name === undefined) return { __errors: [message] } as ErrorSchema<Values>;
  return { [name]: errorAt(rest, message) } as ErrorSchema<Values>;
}
