import { CodedError } from '../../error.ts';
import { kebab } from '../../gen/managed-files.ts';
import type { FormSchema } from '../../openapi/backstage/index.ts';
import type { Resource } from './resource.ts';

/** What a person chooses about a template. */
export interface TemplateOptions {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  /** Names for a field `verifiers`, by which a later step can check what must be there first. */
  readonly verifiers?: readonly string[];
}

/** A step of the form, with the fields of a template's parameters that we write. */
export interface Page extends FormSchema {
  readonly dependencies?: Readonly<Record<string, unknown>>;
}

/** A Backstage Template, as far as we write it. */
export interface Template {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly title?: string;
    readonly description?: string;
    readonly tags?: readonly string[];
  };
  readonly spec: {
    readonly type: string;
    readonly parameters: readonly Page[];
    readonly steps: readonly Readonly<Record<string, unknown>>[];
    readonly output?: object;
  };
}

/** Where the values of one resource are in the parameters. */
export interface Keyed {
  readonly key: string;
  readonly resource: Resource;
  /** The kind, or the name of the module. */
  readonly title: string;
}

/** A template for one kind, whose steps write the manifest and show it. */
export function templateOf(resource: Resource, options: TemplateOptions): Template {
  const [one] = keyed([resource]);
  if (one === undefined) throw new Error('one resource in, none out');
  const { title } = one;
  return {
    ...headOf(options, { name: entityName(title), title, description: resource.description }),
    spec: {
      type: 'resource',
      parameters: [namePage(resource.namespaced, options), pageOf(one)],
      steps: [writeStep({ ...one, key: onlyKey(resource) }), showStep([resource])],
    },
  };
}

/** As Backstage wants the names of entities; a kind is one already, and a folder may have any. */
const entityName = (title: string): string =>
  kebab(title)
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63);

/** A template with a choice of kinds; what each asks for is in a file of its own. */
export function choiceTemplate(resources: readonly Resource[], options: TemplateOptions): Template {
  const all = keyed(resources);
  const namespaced = resources.some((one) => one.namespaced);
  return {
    ...headOf(options, { name: 'resources', title: 'Resources' }),
    spec: {
      type: 'resource',
      parameters: [namePage(namespaced, options), { title: 'Resource', ...choicePage(all) }],
      steps: [
        ...all.map((one) => ({ ...writeStep(one), if: `\${{ parameters.resource == '${one.key}' }}` })),
        showStep(resources),
      ],
    },
  };
}

/** Asks for what one resource needs under a key that no other page uses. */
export function pageOf({ resource, title }: Keyed): Page {
  const key = onlyKey(resource);
  return { title, required: [key], properties: { [key]: { title: `${title} settings`, ...resource.form } } };
}

const onlyKey = ({ module }: Resource): string => (module === undefined ? 'claim' : 'variables');

/** Asks for the kind, and then for what that kind needs. */
export function choicePage(all: readonly Keyed[]): Page {
  return {
    required: ['resource'],
    properties: { resource: { type: 'string', title: 'Kind', enum: all.map(({ key }) => key) } },
    dependencies: { resource: { oneOf: all.map(({ key }) => ({ $yaml: `./resources/${key}.yaml` })) } },
  };
}

/** The file to which a choice of kinds refers. Each kind has a key of its own, so that none gets values of another. */
export function choiceOf({ key, title, resource }: Keyed): Page {
  return {
    required: [key],
    properties: { resource: { enum: [key] }, [key]: { title: `${title} settings`, ...resource.form } },
  };
}

/** Keys for resources by their kinds or modules, and where kinds are alike by their groups too. */
export function keyed(resources: readonly Resource[]): readonly Keyed[] {
  const all = resources.map((resource) => ({ resource, title: titleOf(resource) }));
  const sameTitle = (title: string) => all.filter((one) => one.title === title).length > 1;
  const result = all.map((one) => ({ ...one, key: keyFor(one, sameTitle(one.title)) }));
  for (const { key, resource } of result) {
    const [first] = result.filter((one) => one.key === key);
    if (first === undefined || first.resource === resource) continue;
    const saw = `${key} is made from ${first.resource.source} already`;
    throw new CodedError('TEMPLATE_COLLISION', resource.source, saw, 'leave one of them out');
  }
  return result;
}

function keyFor({ resource, title }: Omit<Keyed, 'key'>, long: boolean): string {
  const group = long && resource.type !== undefined ? `_${resource.type.group}` : '';
  return `${title.toLowerCase()}${group}`.replaceAll(/\W/g, '_');
}

function titleOf({ type, module, source }: Resource): string {
  const title = type?.kind ?? module;
  if (title !== undefined) return title;
  throw new CodedError(
    'TEMPLATE_KIND',
    source,
    'a schema without group and kind',
    'use --raw, or give a CRD or an XRD',
  );
}

/** The parts of a template by which people find it. */
function headOf(
  { name, title, description }: TemplateOptions,
  otherwise: { readonly name: string; readonly title: string; readonly description?: string | undefined },
): Omit<Template, 'spec'> {
  const about = description ?? otherwise.description;
  return {
    apiVersion: 'scaffolder.backstage.io/v1beta3',
    kind: 'Template',
    metadata: {
      name: name ?? otherwise.name,
      title: title ?? otherwise.title,
      ...(about !== undefined && { description: about }),
    },
  };
}

// Crossplane makes label values of names, so they are shorter than those of other objects (core v2.3.4, xcrd).
/** A name that is a label too. */
export const label = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' } as const;

function namePage(namespaced: boolean, options: TemplateOptions): Page {
  const properties = {
    name: { ...label, title: 'Name', description: 'Name of the object: letters, digits and dashes.' },
    ...(namespaced && { namespace: { ...label, title: 'Namespace', description: 'Namespace in the cluster.' } }),
    ...verifiersField(options),
  };
  return { title: 'Name', required: namespaced ? ['name', 'namespace'] : ['name'], properties };
}

/** A list that people may shorten, for an action such as `cnoe:verify:dependency`. */
export function verifiersField({ verifiers }: TemplateOptions): Readonly<Record<string, FormSchema>> {
  if (verifiers === undefined) return {};
  const description = 'What is checked before anything is made.';
  return {
    verifiers: { type: 'array', title: 'Verifiers', description, items: { type: 'string' }, default: verifiers },
  };
}

/** The file beside a template from which a step makes a file of variables. */
export const variablesFile = {
  path: 'variables.json.njk',
  text: `{# Generated by \`aws-blueprints template\`. #}\${{ values.variables | dump }}\n`,
  mark: '{# Generated by `aws-blueprints template`. #}',
} as const;

/** `catalog:write` and `fetch:template:file` come with every Backstage (plugin-scaffolder-backend 4.2). */
function writeStep({ key, title, resource }: Keyed): Readonly<Record<string, unknown>> {
  const id = key === onlyKey(resource) ? 'write' : `write-${key.replaceAll('_', '-')}`;
  if (resource.type === undefined) {
    const targetPath = `${parameter('name')}.tfvars.json`;
    const input = { url: `./${variablesFile.path}`, targetPath, values: { variables: parameter(key) } };
    return { id, name: `Write the variables of ${title}`, action: 'fetch:template:file', input };
  }
  const metadata = {
    name: parameter('name'),
    ...(resource.namespaced && { namespace: parameter('namespace') }),
  };
  const { apiVersion, kind } = resource.type;
  return {
    id,
    name: `Write the ${kind}`,
    // It writes any object as YAML.
    action: 'catalog:write',
    input: {
      filePath: `${parameter('name')}.yaml`,
      entity: { apiVersion, kind, metadata, spec: parameter(key) },
    },
  };
}

const parameter = (name: string): string => `\${{ parameters.${name} }}`;

/** Of variables only the file is told, since a log hides nothing. */
function showStep(resources: readonly Resource[]): Readonly<Record<string, unknown>> {
  const isManifest = resources.every(({ module }) => module === undefined);
  const name = isManifest ? 'Show the manifest' : 'Show which files there are';
  return { id: 'show', name, action: 'debug:log', input: { listWorkspace: isManifest ? 'with-contents' : true } };
}
