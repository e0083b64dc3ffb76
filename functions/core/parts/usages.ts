import type { ComposeContext } from '../blueprint.ts';
import { awaiting, given, type Known, known } from '../known.ts';
import { member } from '../observed.ts';
import { ClusterUsage, type Composed, composed, type KubernetesObject, oneOf, Usage } from '../resource.ts';

const usage = composed('usage-*', Usage);
const clusterUsage = composed('cluster-usage-*', ClusterUsage);

/** Every resource that the order of deletion may need. */
export const usageResources = [usage, clusterUsage] as const;

/** Keeps an object until a composed resource that needs it is gone. */
export function protect(
  { observed, desired, form }: ComposeContext<unknown>,
  name: string,
  used: Known<KubernetesObject>,
  by: Composed,
): void {
  const resource = oneOf(form === 'claims' ? clusterUsage : usage, name);
  const seen = observed.get(by);
  // One that exists stays as it is while what it names is out of sight.
  if (seen === undefined && observed.get(resource) === undefined) return;
  const using = seen === undefined ? awaiting(by.name) : known(seen);
  const reference = (object: KubernetesObject) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    resourceRef: { name: object.metadata?.name ?? '' },
  });
  desired.unnamed(
    resource,
    given([used, using], (object, user) => ({
      spec: { of: reference(object), by: reference(user), replayDeletion: true },
    })),
  );
}

/** What stands for a claim or composite in the scope of what is composed: of a claim its composite. */
export function inScope({ form }: ComposeContext<unknown>, object: KubernetesObject): KubernetesObject {
  if (form === 'namespaced') return object;
  const { apiVersion, kind, name } = Object(member(object.spec, 'resourceRef'));
  return { apiVersion, kind, metadata: { name } };
}
