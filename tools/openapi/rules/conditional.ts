import { alsoAll, type Rule } from './rule.ts';

/** `if`, `then` and `else` of OpenAPI 3.1: copied; draft-04 says the same with `anyOf` and `not`. */
export const conditional: Rule = {
  keywords: ['if', 'then', 'else'],
  since31: ['if', 'then', 'else'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.if === undefined || (schema.then === undefined && schema.else === undefined)) return;
    const condition = context.branch(schema.if, 'if');
    const then = schema.then === undefined ? undefined : context.branch(schema.then, 'then');
    const otherwise = schema.else === undefined ? undefined : context.branch(schema.else, 'else');
    if (context.options.target === 'draft-04') {
      if (then) alsoAll(out, { anyOf: [{ not: condition }, then] });
      if (otherwise) alsoAll(out, { anyOf: [condition, otherwise] });
      return;
    }
    out.if = condition;
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name, and a schema is never awaited.
    if (then) out.then = then;
    if (otherwise) out.else = otherwise;
  },
};
