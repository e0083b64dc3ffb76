/** What the build makes of the Backstage templates (../build.mjs). */
declare module 'forms' {
  import type { RJSFSchema, UiSchema } from '@rjsf/utils';
  import type { ValidateFunction } from 'ajv';

  export interface Values {
    readonly name?: string;
    readonly namespace?: string;
    readonly claim?: Readonly<Record<string, unknown>>;
  }

  export interface BlueprintForm {
    readonly name: string;
    readonly kind: string;
    readonly title: string;
    readonly description: string;
    readonly schema: RJSFSchema;
    readonly uiSchema: UiSchema;
    readonly validate: ValidateFunction;
    readonly examples: readonly { readonly title: string; readonly values: Values }[];
  }

  export const forms: readonly BlueprintForm[];
}
