import { apiVersionName, type Blueprint, type Examples, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';

/** An example of a blueprint as a manifest. */
export function exampleOf(blueprint: Blueprint, which: keyof Examples, form: Form): KubernetesObject {
  const { name, spec } = blueprint.examples[which];
  return {
    apiVersion: `${groups[form]}/${apiVersionName}`,
    kind: blueprint.kind,
    metadata: { name, namespace: 'team-a' },
    spec,
  };
}
