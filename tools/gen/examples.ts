import { blueprints } from '../../functions/blueprints.ts';
import { apiVersionName, type Blueprint, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { render } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { compositeOf } from '../cli/claim.ts';
import { simulate } from '../simulate.ts';

/** An example of a blueprint as a manifest. */
export function exampleOf(blueprint: Blueprint, which: string, form: Form): KubernetesObject {
  const example = blueprint.examples[which];
  if (example === undefined) throw new Error(`${blueprint.name} has no example ${which}`);
  const { name, spec } = example;
  return {
    apiVersion: `${groups[form]}/${apiVersionName}`,
    kind: blueprint.kind,
    metadata: { name, namespace: 'team-a' },
    spec,
  };
}

/** The composed resources of the smallest claim after the first pass: made and ready, the rest still to come. */
export function observedOf(blueprint: Blueprint, cluster: readonly KubernetesObject[]): KubernetesObject[] {
  const { xr } = compositeOf(
    [blueprint],
    { source: blueprint.name, object: exampleOf(blueprint, 'claim', 'claims') },
    undefined,
  );
  const rendered = render(blueprints, { xr, observed: new Map(), cluster }, (error) => {
    throw error;
  });
  const aws = { account: '111122223333', partition: 'aws' };
  return rendered.resources.map(({ name, object }) => simulate(object, name, aws));
}
