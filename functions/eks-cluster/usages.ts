import { awaiting, type Known, known } from '../core/known.ts';
import { protect } from '../core/parts/usages.ts';
import type { Composed, KubernetesObject } from '../core/resource.ts';
import type { Context } from './base.ts';
import { cluster } from './cluster.ts';

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
  for (const one of needed) {
    const object = context.observed.get(one);
    protect(context, one.name, object === undefined ? awaiting(one.name) : known(object), cluster);
  }
  if (network !== undefined) protect(context, 'network', network, cluster);
}
