import { apiVersionName, type ComposeContext, groups } from '../blueprint.ts';
import { Environment } from '../environment.ts';
import { Refusal } from '../errors.ts';
import { isKnown, type Known } from '../known.ts';
import { member } from '../observed.ts';
import type { KubernetesObject } from '../resource.ts';
import type { CrdSchema } from '../schema.ts';

/** How a claim names an EKSCluster beside it. */
export const clusterRef = {
  type: 'object',
  description:
    'The EKSCluster that runs the pods, of the same namespace; account, OIDC issuer, partition and region are then its own. Without it, they come from the environment, and the cluster is the one that this is applied to.',
  required: ['name'],
  'x-change-impact': 'never',
  properties: { name: { type: 'string', minLength: 1, maxLength: 63, description: 'Name of the EKSCluster.' } },
} as const satisfies CrdSchema;

interface WithClusterRef {
  readonly clusterRef?: { readonly name: string };
}

/** The EKSCluster of that name in the namespace of the composite, once it is Ready. */
export function clusterOf({ desired, form, identity }: ComposeContext<unknown>, name: string): Known<KubernetesObject> {
  const { namespace } = identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const apiVersion = `${groups[form]}/${apiVersionName}`;
  return desired.lookUpReady('cluster', { apiVersion, kind: 'EKSCluster', name, namespace });
}

/** The facts about the cluster of the pods: those of the EKSCluster that a claim names, else the environment's. */
export function clusterEnvironment(context: ComposeContext<WithClusterRef>): Environment {
  const { spec, environment } = context;
  if (spec.clusterRef === undefined) return environment;
  const { name } = spec.clusterRef;
  const found = clusterOf(context, name);
  if (!isKnown(found)) return new Environment(undefined, found.missing.map(({ what }) => what).join(', '));
  const { status } = found.value;
  const facts = {
    awsAccountID: member(status, 'accountId'),
    eksOIDC: member(status, 'oidcProvider'),
    partition: member(status, 'partition'),
    clusterName: member(status, 'clusterName'),
    region: member(status, 'region'),
    kubernetesProviderConfigName: member(status, 'kubernetesProviderConfigName'),
  };
  return new Environment(facts, `EKSCluster ${context.identity.namespace}/${name}`);
}
