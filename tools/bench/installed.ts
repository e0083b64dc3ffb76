import { blueprints } from '../../functions/blueprints.ts';
import type { Form } from '../../functions/core/managed.ts';
import { isManaged } from '../../functions/core/resource.ts';
import { load } from '../cli/load.ts';
import type { KindRef } from '../engines/crds.ts';
import type { KubeObject } from '../engines/kube.ts';

/** What a stack needs to serve some blueprints, and a namespace for their claims. */
export function installed(
  kinds: readonly string[],
  forms: readonly Form[],
  namespace: string,
): { readonly managed: readonly KindRef[]; readonly manifests: readonly KubeObject[] } {
  const chosen = blueprints.filter(({ kind }) => kinds.includes(kind));
  const composed = new Set(chosen.flatMap(({ resources }) => resources.map(({ kind }) => kind)).filter(isManaged));
  const files = forms.flatMap((form) =>
    chosen.flatMap(({ name }) => [`xrds/${form}/${name}.yaml`, `compositions/${form}/${name}.yaml`]),
  );
  const manifests = ['compositions/clusterrole.yaml', ...files].flatMap((file) => load(file));
  return {
    managed: [...composed].flatMap(({ kind, apiVersion }) =>
      forms.map((form) => ({ kind, apiVersion: apiVersion[form] })),
    ),
    manifests: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...manifests.map(({ object }) => object as KubeObject),
    ],
  };
}
