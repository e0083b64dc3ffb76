import { type Schema, Validator } from '@cfworker/json-schema';
import { hashForSchema, JUNK_OPTION_ID, type RJSFSchema, type ValidatorType } from '@rjsf/utils';
import { createPrecompiledValidator } from '@rjsf/validator-ajv8';
import type { BlueprintForm, Values } from 'forms';

/**
 * Checks a form as Backstage does, without making code of text in the browser, which the policy of the page forbids: the
 * form as a whole by what was compiled when the page was built, and the parts by which the library chooses between
 * alternatives, which it makes up as it goes, by an interpreter.
 */
export function validatorOf({ schema, validate }: BlueprintForm): ValidatorType<Values> {
  const compiled = createPrecompiledValidator<Values>({ [hashForSchema(schema)]: validate }, schema);
  // The interpreter would take the names that the library gives to parts for addresses.
  compiled.isValid = ({ $id, ...part }: RJSFSchema, data) => $id !== JUNK_OPTION_ID && isValid(part, data);
  return compiled;
}

const isValid = (schema: RJSFSchema, data: unknown): boolean =>
  new Validator(schema as Schema, '7').validate(data).valid;
