import { blueprints } from '../../functions/blueprints.ts';
import { type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { member } from '../../functions/core/observed.ts';
import { type Rendered, render } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { load } from '../../tools/cli/load.ts';
import { simulate } from '../../tools/simulate.ts';
import { withManagedFields } from './managed-fields.ts';

/** Everything that one reconcile looks at. */
export interface World {
  readonly xr: KubernetesObject;
  readonly observed: ReadonlyMap<string, KubernetesObject>;
  readonly environment: Readonly<Record<string, string>> | undefined;
}

/** A composite of a blueprint as Crossplane would hold it. */
export function xrOf(
  blueprint: Blueprint,
  form: Form,
  one: { name: string; namespace: string; uid: string; spec: object },
): KubernetesObject {
  const { name, namespace, uid, spec } = one;
  const apiVersion = `${groups[form]}/v1alpha1`;
  const kind = compositeKind(blueprint, form);
  if (form === 'namespaced') return { apiVersion, kind, metadata: { name, namespace, uid }, spec };
  return {
    apiVersion,
    kind,
    metadata: { name: `${name}-abcde`, uid },
    spec: { ...spec, claimRef: { apiVersion, kind: blueprint.kind, namespace, name } },
  };
}

export function reconcile({ xr, observed, environment }: World, others: readonly KubernetesObject[] = []): Rendered {
  const config = {
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    metadata: { name: 'cluster' },
    data: environment,
  };
  return render(
    blueprints,
    { xr, observed, cluster: environment === undefined ? others : [config, ...surroundingsOf(xr), ...others] },
    (error) => {
      throw error;
    },
  );
}

/** What the EnvironmentConfig of the examples says. */
export const environment = load('examples/environment.yaml')[0]?.object.data as World['environment'];

const required = load('examples/required.yaml').map(({ object }) => object);

/** What examples expect to find, in the namespace of the composite: it is in sight as the environment is. */
function surroundingsOf(xr: KubernetesObject): readonly KubernetesObject[] {
  const namespace = String(xr.metadata?.namespace ?? member(member(xr.spec, 'claimRef'), 'namespace'));
  return required.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

/** The world after Crossplane has applied what was rendered, and the provider has made all of it ready. */
export function applied(world: World, rendered: Rendered): World {
  const observed = rendered.resources.map(({ name, object }) => {
    const { metadata, ...content } = object;
    const owned = {
      ...content,
      metadata: { annotations: metadata?.annotations ?? {}, labels: metadata?.labels ?? {} },
    };
    return [
      name,
      withManagedFields(simulate(object, name, { account: '111122223333', partition: 'aws' }), owned),
    ] as const;
  });
  return { ...world, xr: rendered.refusal === undefined ? rendered.xr : world.xr, observed: new Map(observed) };
}

/** Every world from the first reconcile until nothing changes any more; ends early at a refusal. */
export function history(
  world: World,
  others: readonly KubernetesObject[] = [],
): readonly { readonly world: World; readonly rendered: Rendered }[] {
  const steps: { world: World; rendered: Rendered }[] = [];
  let current = world;
  for (let round = 0; round < 20; round++) {
    const rendered = reconcile(current, others);
    steps.push({ world: current, rendered });
    const settled = rendered.resources.every(({ name }) => current.observed.has(name));
    if (rendered.refusal !== undefined || rendered.ready || (settled && round > 0)) return steps;
    current = applied(current, rendered);
  }
  throw new Error('the reconcile loop does not settle');
}
