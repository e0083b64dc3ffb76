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
  readonly metadata: { readonly name: string; readonly title?: string; readonly description?: string };
  readonly spec: {
    readonly type: string;
    readonly parameters: readonly Page[];
    readonly steps: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Where the values of one resource are in the parameters. */
export interface Keyed {
  readonly key: string;
  readonly resource: Resource;
  readonly type: NonNullable<Resource['type']>;
}

/** A template for one kind, whose steps write the manifest and show it. */
export function templateOf(resource: Resource, options: TemplateOptions): Template {
  const [one] = keyed([resource]);
  if (one === undefined) throw new Error('one resource in, none out');
  const { type } = one;
  return {
    ...headOf(options, { name: kebab(type.kind), title: type.kind, description: resource.description }),
    spec: {
      type: 'resource',
      parameters: [namePage(resource.namespaced, options), pageOf(resource, type.kind)],
      steps: [writeStep({ ...one, key: 'claim' }), showStep],
    },
  };
}

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
        showStep,
      ],
    },
  };
}

/** Asks for the spec of one kind under a key that no other page uses. */
export function pageOf(resource: Resource, title: string): Page {
  return { title, required: ['claim'], properties: { claim: { title: `${title} settings`, ...resource.form } } };
}

/** Asks for the kind, and then for what that kind needs. */
export function choicePage(all: readonly Keyed[]): Page {
  return {
    required: ['resource'],
    properties: { resource: { type: 'string', title: 'Kind', enum: all.map(({ key }) => key) } },
    dependencies: { resource: { oneOf: all.map(({ key }) => ({ $yaml: `./resources/${key}.yaml` })) } },
  };
}

/** The file to which a choice of kinds refers. Each kind has a key of its own, so that none gets values of another. */
export function choiceOf({ key, type, resource }: Keyed): Page {
  return {
    required: [key],
    properties: { resource: { enum: [key] }, [key]: { title: `${type.kind} settings`, ...resource.form } },
  };
}

/** Keys for resources by their kinds, and where kinds are alike by their groups too. */
export function keyed(resources: readonly Resource[]): readonly Keyed[] {
  const all = resources.map((resource) => ({ resource, type: typeOf(resource) }));
  const sameKind = ({ kind }: Keyed['type']) => all.filter(({ type }) => type.kind === kind).length > 1;
  const result = all.map(({ resource, type }) => ({ resource, type, key: keyFor(type, sameKind(type)) }));
  for (const { key, resource } of result) {
    const [first] = result.filter((one) => one.key === key);
    if (first === undefined || first.resource === resource) continue;
    const saw = `${key} is made from ${first.resource.source} already`;
    throw new CodedError('TEMPLATE_COLLISION', resource.source, saw, 'leave one of them out');
  }
  return result;
}

const keyFor = ({ kind, group }: Keyed['type'], long: boolean): string =>
  `${kind.toLowerCase()}${long ? `_${group.replaceAll(/\W/g, '_')}` : ''}`;

function typeOf({ type, source }: Resource): Keyed['type'] {
  if (type !== undefined) return type;
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
const label = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' } as const;

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

/** `catalog:write` comes with every Backstage, and writes any object as YAML (plugin-scaffolder-backend 4.2). */
function writeStep({ key, type, resource }: Keyed): Readonly<Record<string, unknown>> {
  const metadata = {
    name: parameter('name'),
    ...(resource.namespaced && { namespace: parameter('namespace') }),
  };
  const { apiVersion, kind } = type;
  return {
    id: key === 'claim' ? 'write' : `write-${key.replaceAll('_', '-')}`,
    name: `Write the ${kind}`,
    action: 'catalog:write',
    input: {
      filePath: `${parameter('name')}.yaml`,
      entity: { apiVersion, kind, metadata, spec: parameter(key) },
    },
  };
}

const parameter = (name: string): string => `\${{ parameters.${name} }}`;

const showStep = {
  id: 'show',
  name: 'Show the manifest',
  action: 'debug:log',
  input: { listWorkspace: 'with-contents' },
} as const;
