import { apiVersionName, type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { isManaged, Secret } from '../../functions/core/resource.ts';
import { settingsApiVersion, settingsKind, settingsSchema } from '../../functions/core/settings.ts';
import { compositionName } from './xrd.ts';

/** Name under which the function package is installed. */
export const functionName = 'aws-blueprints';

/** The Composition of a blueprint in one form: one step of one function, by the name under which it is installed. */
export function compositionOf(blueprint: Blueprint, form: Form, functionRef = functionName): object {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: {
      name: compositionName(blueprint, form),
      ...(form === 'claims' && { labels: blueprint.composition.labels }),
    },
    spec: {
      compositeTypeRef: { apiVersion: `${groups[form]}/${apiVersionName}`, kind: compositeKind(blueprint, form) },
      mode: 'Pipeline',
      ...(form === 'claims' &&
        blueprint.connectionKeys.length > 0 && { writeConnectionSecretsToNamespace: 'crossplane-system' }),
      pipeline: [
        {
          step: 'compose',
          functionRef: { name: functionRef },
          input: { apiVersion: settingsApiVersion, kind: settingsKind },
        },
      ],
    },
  };
}

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * What Crossplane needs beyond managed resources (whose rights come with the provider package): the kinds of the core
 * API that blueprints compose. Secrets are in core's own role already, with all of these verbs (chart of v2.3.4).
 */
export function clusterRoleOf(blueprints: readonly Blueprint[]): object {
  const kinds = new Set(
    blueprints.flatMap((one) =>
      one.resources.flatMap(({ kind }) => (isManaged(kind) || kind.apiVersion !== 'v1' ? [] : [kind.kind])),
    ),
  );
  const resources = [...kinds, Secret.kind].map((kind) => `${kind.toLowerCase()}s`).sort();
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'aws-blueprints-composed', labels: { 'rbac.crossplane.io/aggregate-to-crossplane': 'true' } },
    rules: [{ apiGroups: [''], resources, verbs }],
  };
}

/** The definition of the function's input, by which tools check Compositions; it is never installed. */
export function settingsDefinition(): object {
  const [group = '', version = ''] = settingsApiVersion.split('/');
  const described = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `settings.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: settingsKind, plural: 'settings', singular: 'setting', listKind: 'SettingsList' },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { ...settingsSchema, properties: { ...described, ...settingsSchema.properties } },
          },
        },
      ],
    },
  };
}
