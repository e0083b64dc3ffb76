import { CodedError } from '../../../error.ts';
import { type FormNote, toForm } from '../../../openapi/backstage/index.ts';
import type { StructuralSchema } from '../../../openapi/index.ts';
import type { Resource } from '../resource.ts';
import { constrain } from './conditions.ts';
import { expressionIn, expressionOf, type Fields, isFields, parseHcl, plain } from './hcl.ts';
import { schemaOfType } from './type.ts';

/** A file of a module. */
export interface ModuleFile {
  readonly path: string;
  readonly text: string;
}

interface Variable {
  readonly name: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
  readonly notes: readonly FormNote[];
}

/** What a form asks for the variables of a Terraform module, which `name` calls by a word. */
export async function moduleOf(source: string, name: string, files: readonly ModuleFile[]): Promise<Resource> {
  const variables = new Map<string, Variable>();
  for (const { path, text } of files) {
    for (const [variable, body] of declared(await parseHcl(path, text), path, text)) {
      const place = `${path}: variable.${variable}`;
      if (variables.has(variable)) throw twice(place);
      variables.set(variable, await variableOf(variable, body, place));
    }
  }
  const all = [...variables.values()];
  if (all.length === 0) {
    throw new CodedError('TERRAFORM_EMPTY', source, 'no variables', 'name the files that declare some');
  }
  const required = all.filter((one) => one.required).map((one) => one.name);
  const properties = Object.fromEntries(all.map((one) => [one.name, one.schema]));
  const { schema: form, notes } = toForm({ type: 'object', properties, required });
  return { source, module: name, namespaced: false, form, notes: [...all.flatMap((one) => one.notes), ...notes] };
}

const twice = (place: string): CodedError =>
  new CodedError('TERRAFORM_VARIABLE', place, 'declared twice', 'leave one of them out');

/** The variables of a file in the order of the file, which the parser does not keep. */
function declared(parsed: unknown, path: string, text: string): readonly (readonly [string, Fields])[] {
  const blocks = isFields(parsed) ? (parsed.variable ?? {}) : {};
  const all = Object.entries(blocks).map(([name, bodies]) => {
    const [body, ...more]: readonly unknown[] = Array.isArray(bodies) ? bodies : [];
    if (Array.isArray(blocks) || !isFields(body)) {
      throw new CodedError('TERRAFORM_VARIABLE', path, 'a variable without one name', 'write variable "NAME" { … }');
    }
    if (more.length === 0) return [name, body] as const;
    throw twice(`${path}: variable.${name}`);
  });
  const heads = [...text.matchAll(/^\s*variable\s+"?([\w-]+)"?/gm)];
  const order = new Map(heads.map(([, name], index) => [name, index]));
  return all.toSorted(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

async function variableOf(name: string, body: Fields, place: string): Promise<Variable> {
  const notes: FormNote[] = [];
  const note = (path: string, detail: string) => notes.push({ path, detail });
  const help = [plain(body.description)];
  let schema = await typeOf(body, place);
  for (const { condition, error_message: message } of validationsOf(body)) {
    const text = expressionIn(condition) ?? String(condition);
    const constrained = await constrain(schema, await expressionOf(text), `var.${name}`);
    schema = constrained.schema;
    for (const lost of constrained.lost) note(name, `validation ${lost.replaceAll(/\s+/g, ' ')}`);
    help.push(plain(message));
  }
  const isSecret = String(body.sensitive) === 'true';
  // What is only written is kept out of the review of what was entered, too.
  if (isSecret) schema = { ...hidden(schema, name, note), writeOnly: true };
  const preset = shownDefault(body, (detail) => note(name, detail));
  const description = help.flatMap((line) => (typeof line === 'string' ? [line.trim()] : [])).join('\n');
  return {
    name,
    required: !('default' in body),
    notes,
    schema: {
      ...schema,
      ...(description !== '' && { description }),
      ...(preset !== undefined && !isSecret && { default: preset }),
    },
  };
}

async function typeOf(body: Fields, place: string): Promise<StructuralSchema> {
  const { type, default: preset } = body;
  if (type === undefined) return typeOfValue(preset);
  const text = expressionIn(type);
  if (text !== undefined) return schemaOfType(text, place);
  throw new CodedError('TERRAFORM_TYPE', place, `the type ${JSON.stringify(type)}`, 'write a type, without quotes');
}

/** A variable without a type takes anything; its default is the best guess at what is meant. */
function typeOfValue(value: unknown): StructuralSchema {
  if (Array.isArray(value)) return { type: 'array', items: {} };
  if (isFields(value)) return { type: 'object', additionalProperties: {} };
  if (typeof value === 'number' || typeof value === 'boolean') return { type: typeof value as 'number' | 'boolean' };
  return typeof value === 'string' && plain(value) !== undefined ? { type: 'string' } : {};
}

function validationsOf({ validation }: Fields): readonly Fields[] {
  return Array.isArray(validation) ? validation.filter(isFields) : [];
}

/** The default as a form can show it; Terraform fills it in. */
function shownDefault({ default: preset }: Fields, note: (detail: string) => void): StructuralSchema['default'] {
  if (preset === undefined || preset === null) return undefined;
  const value = plain(preset);
  // The parser has lost digits of it already.
  const isExact = typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);
  if (value !== undefined && isExact) return value;
  note('its default');
  return undefined;
}

/** Hides texts, which are all that a form can hide. */
function hidden(
  schema: StructuralSchema,
  path: string,
  note: (path: string, detail: string) => void,
): StructuralSchema {
  const { type, items, properties, additionalProperties } = schema;
  const inner = (one: StructuralSchema, at: string) => hidden(one, at, note);
  if (type === 'string') return { ...schema, format: 'password' };
  if (type === 'array' && items) return { ...schema, items: inner(items, `${path}[]`) };
  if (type !== 'object') note(path, 'sensitive, but seen while it is entered');
  const members = Object.entries(properties ?? {}).map(([name, one]) => [name, inner(one, `${path}.${name}`)]);
  return {
    ...schema,
    ...(members.length > 0 && { properties: Object.fromEntries(members) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: inner(additionalProperties, `${path}{}`) }),
  };
}
