import { CodedError } from '../../error.ts';
import { kebab } from '../../gen/managed-files.ts';
import { compareVersions } from '../../gen/provider-crds.ts';
import type { StructuralSchema } from '../../openapi/index.ts';
import type { OutputFile } from '../output.ts';
import { type Api, apiOf } from './api.ts';
import { pluralOf } from './build.ts';
import type { Definition } from './definition.ts';
import { select } from './select.ts';

/**
 * The first version of a blueprint that composes one managed resource: schema, compose, example and the object itself.
 * What a change of each field does is left to its author, and the schema's tests ask for it.
 */
export function startOf(definition: Definition, kind: string, fields: readonly string[] | undefined): OutputFile[] {
  const api = apiOf(definition);
  const { type } = definition;
  if (!api.managed || type === undefined) {
    const remedy = 'give the CRD of a managed resource, or leave --composition out';
    throw new CodedError('XRD_COMPOSITION', definition.source, 'no managed resource', remedy);
  }
  const newest = type.served.toSorted(compareVersions).at(-1);
  if (newest !== type.version) {
    const remedy = `blueprints compose the newest: give --version ${newest}`;
    throw new CodedError('XRD_COMPOSITION', definition.source, `version ${type.version} of ${type.names.kind}`, remedy);
  }
  const chosen = fields === undefined ? api.spec : select(api.spec, fields, () => {});
  const names = { kind, managed: type.names.kind, folder: kebab(kind), resource: kebab(type.names.kind) };
  const files = {
    'schema.ts': schemaText(api, chosen),
    'compose.ts': composeText(api, chosen, names),
    'examples.ts': examplesText(chosen, names),
    'index.ts': indexText(api, definition, names),
  };
  return Object.entries(files).map(([name, text]) => ({ path: `functions/${names.folder}/${name}`, text }));
}

interface StartNames {
  readonly kind: string;
  readonly managed: string;
  readonly folder: string;
  readonly resource: string;
}

/** What resourceConfig has in every blueprint. */
const shared = ['region', 'tags'];

function schemaText({ status }: Api, chosen: StructuralSchema): string {
  const { properties = {}, required = [] } = chosen;
  const own = Object.entries(properties).filter(([name]) => !shared.includes(name));
  const fields = Object.fromEntries(own.map(([name, property]) => [name, plain(property)]));
  const asked = ['resourceConfig', ...required.filter((name) => !shared.includes(name))];
  const region = { type: 'string', description: 'AWS region of the resource.', 'x-change-impact': 'never' };
  const outputs = Object.fromEntries(texts(status).map((name) => [name, plain(status.properties?.[name] ?? {})]));
  return `import { type ObjectSchema, resourceConfigFields } from '../core/schema.ts';

export const spec = {
  type: 'object',
  required: ${literal(asked)},
  properties: {
    resourceConfig: {
      type: 'object',
      description: 'Where and how the AWS resources are made.',
      required: ['region'],
      properties: { region: ${literal(region)}, ...resourceConfigFields },
    },
${Object.entries(fields)
  .map(([name, property]) => `    ${literal(name)}: ${literal(property)},`)
  .join('\n')}
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: ${literal(outputs)},
} as const satisfies ObjectSchema;
`;
}

function composeText(
  { status }: Api,
  { properties = {} }: StructuralSchema,
  { managed, resource }: StartNames,
): string {
  const variable = camel(resource);
  const region = Object.hasOwn(properties, 'region') ? ', region: resourceConfig.region' : '';
  const outputs = texts(status).map((name) => `${literal(name)}: observed.text(${variable}, ${literal(name)})`);
  return `import { ${managed} } from '../aws/index.ts';
import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { known } from '../core/known.ts';
import { composed } from '../core/resource.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec as schema } from './schema.ts';

export const ${variable} = composed('${resource}', ${managed});

export function compose({ spec, desired, observed }: ComposeContext<FromSchema<typeof schema>>): Composition {
  const { resourceConfig, ...parameters } = spec;
  const orphan = resourceConfig.deletionPolicy === 'Orphan';
  desired.managed(${variable}, known({ ...parameters${region} }), { orphan });
  return { status: { ${outputs.join(', ')} } };
}
`;
}

function examplesText({ properties = {}, required = [] }: StructuralSchema, { folder }: StartNames): string {
  const asked = required.filter((name) => !shared.includes(name));
  const values = Object.fromEntries(asked.map((name) => [name, exampleOf(properties[name] ?? {})]));
  return `import type { Examples } from '../core/blueprint.ts';

const spec = ${literal({ resourceConfig: { region: 'eu-west-1' }, ...values })};

export const examples: Examples = {
  claim: { name: 'small-${folder}', spec },
  full: { name: 'full-${folder}', spec },
  production: { name: 'production-${folder}', spec },
};
`;
}

function indexText({ status }: Api, { schema }: Definition, { kind, folder, resource }: StartNames): string {
  const plural = pluralOf(kind);
  const columns = texts(status).includes('arn') ? [{ name: 'ARN', jsonPath: '.status.arn' }] : [];
  return `import { blueprint } from '../core/blueprint.ts';
import { compose, ${camel(resource)} } from './compose.ts';
import { examples } from './examples.ts';
import { spec, status } from './schema.ts';

export const ${camel(folder)} = blueprint({
  name: '${folder}',
  kind: '${kind}',
  plural: '${plural}',
  shortNames: [],
  description: ${literal(schema.description ?? `${kind}.`)},
  spec,
  status,
  connectionKeys: [],
  columns: ${literal(columns)},
  resources: [${camel(resource)}],
  composition: { name: 'x${plural}.awsblueprints.io', labels: { 'awsblueprints.io/provider': 'aws' } },
  usesEnvironment: false,
  examples,
  compose,
});
`;
}

/** The outputs that are one text each, which is what a status publishes. */
const texts = ({ properties = {} }: StructuralSchema): string[] =>
  Object.keys(properties).filter((name) => properties[name]?.type === 'string');

/** Without what blueprints' own schema type leaves to the API server. */
function plain(schema: StructuralSchema): StructuralSchema {
  const { 'x-kubernetes-map-type': _map, properties, items, additionalProperties, ...rest } = schema;
  const inner = Object.entries(properties ?? {}).map(([name, one]) => [name, plain(one)]);
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(inner) }),
    ...(items && { items: plain(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: plain(additionalProperties) }),
  };
}

function exampleOf({ type, enum: values, minimum, items }: StructuralSchema): unknown {
  if (values?.[0] !== undefined) return values[0];
  if (type === 'array') return items ? [exampleOf(items)] : [];
  if (type === 'object') return {};
  if (type === 'boolean') return true;
  return type === 'integer' || type === 'number' ? (minimum ?? 1) : 'example';
}

/** JSON is TypeScript; the formatter makes it ours. */
const literal = (value: unknown): string => JSON.stringify(value, undefined, 2);

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
