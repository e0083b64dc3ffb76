import { type Asked, apiVersionName, groups } from '../core/blueprint.ts';
import type { Requirement } from '../core/desired.ts';
import { Refusal } from '../core/errors.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

/** The objects that a claim names, in its own namespace, blueprints in its own form. */
export function requires({ form, identity, spec: asked }: Asked<FromSchema<typeof spec>>): Record<string, Requirement> {
  const { networkRef, passwordSecretRef } = asked;
  const { namespace } = identity;
  if (networkRef === undefined && passwordSecretRef === undefined) return {};
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const apiVersion = `${groups[form]}/${apiVersionName}`;
  return {
    ...(networkRef && { network: { apiVersion, kind: 'Network', name: networkRef.name, namespace } }),
    ...(passwordSecretRef && {
      password: { apiVersion: 'v1', kind: 'Secret', name: passwordSecretRef.name, namespace },
    }),
  };
}
