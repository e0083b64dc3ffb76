import { apiVersionName, type ComposeContext, groups } from '../blueprint.ts';
import { Refusal } from '../errors.ts';
import { given, type Known } from '../known.ts';
import { member } from '../observed.ts';
import type { KubernetesObject } from '../resource.ts';
import type { CrdSchema } from '../schema.ts';

/** How a claim names a Network beside it. */
export const networkRef = {
  type: 'object',
  description: 'The Network to run in, of the same namespace. Without it, subnets are given one by one.',
  required: ['name'],
  'x-change-impact': 'never',
  properties: { name: { type: 'string', minLength: 1, maxLength: 63, description: 'Name of the Network.' } },
} as const satisfies CrdSchema;

/** What a Network publishes (status of the blueprint Network). */
export interface NetworkFacts {
  /** The claim or composite itself. */
  readonly object: KubernetesObject;
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnets: readonly { readonly id: string; readonly tier: string; readonly zone: string }[];
}

/** Reads a Network of the same namespace: the claim beside a claim, or the composite beside a namespaced composite. */
export function networkOf({ desired, form, identity }: ComposeContext<unknown>, name: string): Known<NetworkFacts> {
  const { namespace } = identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const requirement = { apiVersion: `${groups[form]}/${apiVersionName}`, kind: 'Network', name, namespace };
  return given([desired.lookUpReady('network', requirement)], (object) => ({
    object,
    vpcId: textOf(object.status, 'vpcId'),
    cidr: textOf(object.status, 'cidr'),
    subnets: listOf(object.status, 'subnets').map((one) => ({
      id: textOf(one, 'id'),
      tier: textOf(one, 'tier'),
      zone: textOf(one, 'zone'),
    })),
  }));
}

function textOf(value: unknown, key: string): string {
  const text = member(value, key);
  return typeof text === 'string' ? text : '';
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = member(value, key);
  return Array.isArray(list) ? list : [];
}
