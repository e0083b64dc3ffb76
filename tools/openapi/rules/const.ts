import type { Rule } from './rule.ts';

/** `const` of OpenAPI 3.1: copied; draft-04 has it as an enum of one. */
export const constant: Rule = {
  keywords: ['const'],
  since31: ['const'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.const === undefined) return;
    if (context.options.target !== 'draft-04') out.const = schema.const;
    else if (out.enum === undefined) out.enum = [schema.const];
    else out.allOf = [...(out.allOf ?? []), { enum: [schema.const] }];
  },
};
