import type { StructuralSchema } from '../schema.ts';
import type { FormSchema } from './index.ts';

/** By `x-change-impact`, which in schemas of others may be anything. */
const impacts: ReadonlyMap<unknown, string> = new Map([
  ['restart', 'What uses it must restart after a change.'],
  ['never', 'Cannot be changed after creation.'],
]);

/** Words beside an input: what it is, what holds when it is left empty, and what changing it later does. */
export function hintsOf(
  schema: StructuralSchema,
  { name, never }: { readonly name: string; readonly never: boolean },
  scalar: boolean,
): FormSchema {
  const { title, description, default: preset } = schema;
  const help = impacts.get(never ? 'never' : schema['x-change-impact']);
  const secret = isSecret(name, schema);
  // A default of another type than its field has is nothing to show.
  const isShown = scalar && ['string', 'number', 'bigint', 'boolean'].includes(typeof preset) && preset !== '';
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(isShown && { 'ui:placeholder': `${typeof preset === 'boolean' ? yesNo(preset) : preset} (default)` }),
    ...(help !== undefined && { 'ui:help': help }),
    ...(secret && { 'ui:widget': 'password' }),
    ...((secret || schema.writeOnly) && { 'ui:backstage': { review: { mask: '******' } } }),
    // A box that is not ticked would stand for no, where nothing entered means the default.
    ...(schema.type === 'boolean' && { 'ui:widget': 'select' }),
  };
}

const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

/** A text that holds a secret itself, and not the name of one. */
function isSecret(name: string, { type, format, writeOnly }: StructuralSchema): boolean {
  if (type !== 'string') return false;
  return format === 'password' || writeOnly === true || /(?:password|passphrase|secret|token|privateKey)$/i.test(name);
}

/** Whether a rule forbids to change a property, as our XRDs and many others have it at the parent or the property. */
export function isNever(parent: StructuralSchema, name: string): boolean {
  const property = parent.properties?.[name];
  if (property?.['x-change-impact'] === 'never') return true;
  const same = new RegExp(
    `\\bself\\.${name.replace(/\W/g, '\\$&')} == oldSelf\\.${name.replace(/\W/g, '\\$&')}(?!\\w)`,
  );
  const parents = parent['x-kubernetes-validations'] ?? [];
  const own = property?.['x-kubernetes-validations'] ?? [];
  return parents.some(({ rule }) => same.test(rule)) || own.some(({ rule }) => /^\s*self == oldSelf\s*$/.test(rule));
}
