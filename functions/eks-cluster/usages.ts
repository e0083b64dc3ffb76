import { given, type Known, known } from '../core/known.ts';
import { member } from '../core/observed.ts';
import { ClusterUsage, type Composed, composed, type KubernetesObject, oneOf, Usage } from '../core/resource.ts';
import type { Context } from './base.ts';
import { cluster } from './cluster.ts';

const usage = composed('usage-*', Usage);
const clusterUsage = composed('cluster-usage-*', ClusterUsage);

/** Every resource that the order of deletion may need. */
export const usageResources = [usage, clusterUsage] as const;

/**
 * Everything that the cluster needs to be taken down stays until it is gone: EKS removes network interfaces and
 * security groups with its role, out of the network's subnets. What uses is the managed resource of the cluster and
 * not this composite, which itself would wait for the Usage to go.
 */
export function composeUsages(
  context: Context,
  needed: readonly Composed[],
  network: Known<KubernetesObject> | undefined,
): void {
  const { observed } = context;
  for (const one of needed) {
    const object = observed.get(one);
    if (object !== undefined) protect(context, one.name, known(object));
  }
  if (network !== undefined) protect(context, 'network', network);
}

function protect({ observed, desired, form }: Context, name: string, used: Known<KubernetesObject>): void {
  const using = observed.get(cluster);
  if (using === undefined) return;
  const reference = (object: KubernetesObject) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    resourceRef: { name: object.metadata?.name ?? '' },
  });
  desired.unnamed(
    oneOf(form === 'claims' ? clusterUsage : usage, name),
    given([used], (object) => ({ spec: { of: reference(object), by: reference(using), replayDeletion: true } })),
  );
}

/** The object that stands for a claim in the scope of the cluster: its composite. */
export function composedBy(claim: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, name } = Object(member(claim.spec, 'resourceRef'));
  return { apiVersion, kind, metadata: { name } };
}
