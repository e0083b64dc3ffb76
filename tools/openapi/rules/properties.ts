import { CodedError } from '../../error.ts';
import type { JsonSchema } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

/** `properties`: each converted under its own path. */
export const properties: Rule = {
  keywords: ['properties'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.properties === undefined) return;
    const converted: Record<string, JsonSchema> = {};
    const described = context.base.properties;
    for (const [name, property] of entries(schema.properties, context)) {
      converted[name] = context.part(property, name, described?.[name]);
    }
    out.properties = converted;
  },
};

/** The members of a keyword that holds schemas by name. */
export function entries<Value>(
  named: Readonly<Record<string, Value>> | undefined,
  context: Pick<RuleContext, 'path'>,
): [string, Value][] {
  if (named === undefined) return [];
  const all = Object.entries(named);
  // Assigned to an object in JavaScript it would become the object's prototype, and vanish.
  if (Object.hasOwn(named, '__proto__')) {
    throw new CodedError('OPENAPI_PROTO', context.path(), 'a field named __proto__', 'call it something else');
  }
  return all;
}
