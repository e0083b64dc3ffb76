import { apiVersionName } from '../../../functions/core/blueprint.ts';
import type { Form } from '../../../functions/core/managed.ts';
import type { CrdSchema } from '../../../functions/core/schema.ts';
import { CodedError } from '../../error.ts';
import { published, type Xrd } from '../../gen/xrd.ts';
import type { StructuralSchema } from '../../openapi/index.ts';
import { claimMachinery, compositeMachinery } from '../claim.ts';
import { type Api, apiOf } from './api.ts';
import type { Column, Definition } from './definition.ts';
import { select } from './select.ts';

/** What a person chooses about an XRD. */
export interface XrdOptions {
  readonly group: string;
  /** Kind of the composite. */
  readonly kind: string;
  /** Kind of the claim; without it, claims have `kind`, and their composites an X before it. */
  readonly claim?: string;
  readonly fields?: readonly string[];
  readonly form: Form | 'both';
}

/** XRDs, and what of the source they leave out, a line each. */
export interface BuiltXrds {
  readonly xrds: readonly Xrd[];
  readonly notes: readonly string[];
}

/** Makes the XRDs of an API, one for each form. */
export function buildXrds(definition: Definition, options: XrdOptions): BuiltXrds {
  const notes: string[] = [...definition.lost];
  const note = (path: string, detail: string) => notes.push(`spec${path ? `.${path}` : ''}: ${detail}`);
  const api = apiOf(definition);
  const spec = options.fields === undefined ? api.spec : select(api.spec, options.fields, note);
  if (options.claim === options.kind) {
    throw new CodedError('XRD_KINDS', `--claim ${options.claim}`, "is the composite's kind too", 'name it differently');
  }
  const forms = options.form === 'both' ? (['claims', 'namespaced'] as const) : [options.form];
  const xrds = forms.map((form) => xrdOfForm({ ...api, spec }, form, options, definition, notes));
  return { xrds, notes: [...new Set(notes)] };
}

function xrdOfForm(api: Api, form: Form, options: XrdOptions, definition: Definition, notes: string[]): Xrd {
  const { composite, claim } = kindsOf(form, options);
  const group = form === 'namespaced' && options.form === 'both' ? `m.${options.group}` : options.group;
  const names = { kind: composite, plural: pluralOf(composite) };
  const { shortNames = [], categories = [] } = api.managed ? {} : (definition.type?.names ?? {});
  const own = categories.filter((category) => !['claim', 'composite'].includes(category));
  const listed = own.length > 0 && { categories: own };
  const shown = { ...(shortNames.length > 0 && { shortNames }), ...listed };
  const schema = {
    type: 'object',
    ...(definition.schema.description !== undefined && { description: definition.schema.description }),
    required: ['spec'],
    properties: { spec: specOf(api, form, notes), status: statusOf(api, notes) },
  } as const;
  const columns = api.columns.filter((column) => shows(schema, column));
  return {
    apiVersion: form === 'claims' ? 'apiextensions.crossplane.io/v1' : 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      ...(form === 'namespaced' && { scope: 'Namespaced' }),
      group,
      names: claim === undefined ? { ...names, ...shown } : { ...names, ...listed },
      ...(claim !== undefined && {
        claimNames: { kind: claim, plural: pluralOf(claim), ...shown },
        // A claim's own default is Background, which lets it vanish while AWS resources still exist.
        defaultCompositeDeletePolicy: 'Foreground',
      }),
      versions: [
        {
          name: definition.type === undefined || api.managed ? apiVersionName : definition.type.version,
          served: true,
          referenceable: true,
          ...(columns.length > 0 && { additionalPrinterColumns: columns }),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

function kindsOf(form: Form, { kind, claim }: XrdOptions): { composite: string; claim?: string } {
  if (form === 'namespaced') return { composite: claim ?? kind };
  return claim === undefined ? { composite: `X${kind}`, claim: kind } : { composite: kind, claim };
}

/** As the API conventions have it: lower case, and the plural of English's regular nouns. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(?:s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** What Crossplane adds to a spec by itself, and therefore overwrites. */
const reservedSpec: Readonly<Record<Form, readonly string[]>> = {
  claims: [...new Set([...claimMachinery, ...compositeMachinery])],
  namespaced: ['crossplane'],
};
const reservedStatus = ['conditions', 'connectionDetails', 'claimConditionTypes'];

/** What Crossplane copies of a spec or status into the definitions that it makes (crossplane-runtime v2.3.3, xcrd). */
const copied = new Set(['type', 'description', 'properties', 'required', 'oneOf', 'x-kubernetes-validations']);

function specOf({ spec }: Api, form: Form, notes: string[]): CrdSchema {
  return part(spec, 'spec', reservedSpec[form], [...copied, 'x-kubernetes-preserve-unknown-fields'], notes);
}

function statusOf({ status }: Api, notes: string[]): CrdSchema {
  return part(status, 'status', reservedStatus, [...copied], notes);
}

function part(
  schema: StructuralSchema,
  at: string,
  reserved: readonly string[],
  keywords: readonly string[],
  notes: string[],
): CrdSchema {
  const { properties = {}, required = [] } = schema;
  const taken = reserved.filter((name) => Object.hasOwn(properties, name));
  if (at === 'spec')
    for (const name of taken) notes.push(`spec.${name}: left to Crossplane, which has a field of that name`);
  for (const keyword of Object.keys(schema).filter((name) => !keywords.includes(name))) {
    if (!keyword.startsWith('x-change')) notes.push(`${at}: ${keyword} is not kept by Crossplane at this place`);
  }
  const isKept = (name: string) => !taken.includes(name);
  const asked = required.filter(isKept);
  const kept = Object.entries(schema).filter(([keyword]) => keywords.includes(keyword) && keyword !== 'required');
  // Structural, as the definition's reader has seen to; our own schema type is the part of it that blueprints use.
  return published(
    {
      ...Object.fromEntries(kept),
      type: 'object',
      ...(asked.length > 0 && { required: asked }),
      properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isKept(name))),
    } as CrdSchema,
    at,
  );
}

/** Whether a column shows a field of spec or status that is there; Crossplane has columns of its own for the rest. */
function shows(schema: StructuralSchema, { jsonPath }: Column): boolean {
  if (!/^\.(?:spec|status)(?:\.\w+)+$/.test(jsonPath)) return false;
  let at: StructuralSchema | undefined = schema;
  for (const name of jsonPath.slice(1).split('.')) at = at?.properties?.[name];
  return at !== undefined;
}
