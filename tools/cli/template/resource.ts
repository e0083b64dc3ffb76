import { type FormNote, type FormSchema, toForm } from '../../openapi/backstage/index.ts';
import type { StructuralSchema } from '../../openapi/index.ts';
import { claimMachinery, compositeMachinery } from '../claim.ts';
import { apiOf } from '../xrd/api.ts';
import type { Definition } from '../xrd/definition.ts';

/** What a template asks for: the spec of one kind of object, or the variables of a Terraform module. */
export interface Resource {
  readonly source: string;
  /** Absent for a module, and for a bare schema, of which only the parameters can be made. */
  readonly type?: { readonly apiVersion: string; readonly kind: string; readonly group: string };
  /** The name of a Terraform module, whose variables are asked for. */
  readonly module?: string;
  readonly namespaced: boolean;
  readonly description?: string;
  readonly form: FormSchema;
  readonly notes: readonly FormNote[];
}

/** The resource that a definition defines, with what people enter: no machinery of Crossplane or of a provider. */
export function resourceOf(definition: Definition): Resource {
  const { source, type, schema, namespaced } = definition;
  const api = apiOf(definition);
  const isCrossplanes = type?.names.categories?.some((category) => ['claim', 'composite'].includes(category));
  const { description: _description, ...spec } = isCrossplanes ? withoutMachinery(api.spec) : api.spec;
  const { schema: form, notes } = toForm(spec);
  const wrapped: FormSchema = { type: 'object', required: ['forProvider'], properties: { forProvider: form } };
  return {
    source,
    ...(type && { type: { apiVersion: `${type.group}/${type.version}`, kind: type.names.kind, group: type.group } }),
    namespaced,
    ...(schema.description !== undefined && { description: schema.description }),
    form: api.managed ? wrapped : form,
    notes,
  };
}

/** The definitions that Crossplane makes in a cluster hold its own fields; an XRD does not. */
function withoutMachinery(spec: StructuralSchema): StructuralSchema {
  const machinery = [...claimMachinery, ...compositeMachinery, 'crossplane'];
  const own = Object.entries(spec.properties ?? {}).filter(([name]) => !machinery.includes(name));
  return { ...spec, properties: Object.fromEntries(own) };
}
