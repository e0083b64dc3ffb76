import { apiVersionName, type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import type { CrdSchema, ObjectSchema } from '../../functions/core/schema.ts';

/** A CompositeResourceDefinition, as far as we write it. */
export interface Xrd {
  readonly apiVersion: 'apiextensions.crossplane.io/v1' | 'apiextensions.crossplane.io/v2';
  readonly kind: 'CompositeResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: Names;
    readonly claimNames?: Names;
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: CrdSchema };
      readonly [field: string]: unknown;
    }[];
    readonly [field: string]: unknown;
  };
}

interface Names {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** Declared by us in the namespaced form; for claims Crossplane itself adds it. */
const writeConnectionSecretToRef = {
  type: 'object',
  description: 'Where the connection details go. Without it, no Secret is written.',
  required: ['name'],
  'x-change-impact': 'restart',
  properties: {
    name: {
      type: 'string',
      maxLength: 253,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
      description: 'Name of the Secret, in the namespace of the composite.',
    },
  },
} as const satisfies CrdSchema;

/** The spec of a blueprint in one form, annotations included. */
export function specOf({ spec, connectionKeys }: Blueprint, form: Form): ObjectSchema {
  if (form === 'claims' || connectionKeys.length === 0) return spec;
  return { ...spec, properties: { ...spec.properties, writeConnectionSecretToRef } };
}

/** The XRD of a blueprint in one form. */
export function xrdOf(blueprint: Blueprint, form: Form): Xrd {
  const { plural, shortNames, description, connectionKeys, columns, status } = blueprint;
  const group = groups[form];
  const categories = ['aws-blueprints'];
  const names = form === 'claims' ? `x${plural}` : plural;
  const claims = {
    claimNames: { kind: blueprint.kind, plural, ...(shortNames.length > 0 && { shortNames }), categories },
    defaultCompositionRef: { name: blueprint.composition.name },
    // A claim's own default is Background, which lets it vanish while AWS resources still exist.
    defaultCompositeDeletePolicy: 'Foreground',
    ...(connectionKeys.length > 0 && { connectionSecretKeys: connectionKeys }),
  };
  return {
    apiVersion: form === 'claims' ? 'apiextensions.crossplane.io/v1' : 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${names}.${group}`, annotations: portalAnnotations },
    spec: {
      ...(form === 'namespaced' && { scope: 'Namespaced' }),
      group,
      names: {
        kind: compositeKind(blueprint, form),
        plural: names,
        ...(form === 'namespaced' && shortNames.length > 0 && { shortNames }),
        categories,
      },
      ...(form === 'claims' ? claims : { defaultCompositionRef: { name: compositionName(blueprint, form) } }),
      versions: [
        {
          name: apiVersionName,
          served: true,
          referenceable: true,
          additionalPrinterColumns: columns.map(({ name, jsonPath }) => ({ name, type: 'string', jsonPath })),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: { spec: published(specOf(blueprint, form), 'spec'), status: published(status, 'status') },
            },
          },
        },
      ],
    },
  };
}

export const compositionName = (blueprint: Blueprint, form: Form): string =>
  form === 'claims' ? blueprint.composition.name : `${blueprint.plural}.${groups.namespaced}`;

/** By which the TeraSky ingestor for Backstage (kubernetes-ingestor 4.0) takes an XRD into the catalog. */
const portalAnnotations = { 'terasky.backstage.io/add-to-catalog': 'true' };

/** The schema as the API server takes it: annotations become validation rules. */
export function published(schema: CrdSchema, path: string): CrdSchema {
  const { 'x-change-impact': _impact, properties, items, ...rest } = schema;
  const rules = [...(rest['x-kubernetes-validations'] ?? []), ...immutable(schema, path)];
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, one]) => [key, published(one, `${path}.${key}`)]),
      ),
    }),
    ...(items && { items: published(items, `${path}[]`) }),
    ...(rules.length > 0 && { 'x-kubernetes-validations': rules }),
  };
}

/**
 * Rules for members that never change. They stand at the parent, with has(), so that adding and removing count as a
 * change too; a rule on the member itself would not run then (Kubernetes: transition rules need both values).
 */
function immutable({ properties = {}, required = [] }: CrdSchema, path: string) {
  return Object.entries(properties).flatMap(([key, member]) => {
    if (member['x-change-impact'] !== 'never') {
      if (hasNever(member) && !required.includes(key) && member.default === undefined) {
        throw new Error(`${path}.${key} has members that never change, so it must be required or have a default`);
      }
      return [];
    }
    const same = `self.${key} == oldSelf.${key}`;
    const optional = `has(self.${key}) == has(oldSelf.${key}) && (!has(self.${key}) || ${same})`;
    return [{ rule: required.includes(key) ? same : optional, message: `${path}.${key} cannot change after creation` }];
  });
}

const hasNever = (schema: CrdSchema): boolean =>
  schema['x-change-impact'] === 'never' || Object.values(schema.properties ?? {}).some(hasNever);
