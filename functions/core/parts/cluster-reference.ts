import { apiVersionName, type ComposeContext, groups } from '../blueprint.ts';
import { Environment } from '../environment.ts';
import { Refusal } from '../errors.ts';
import { isKnown } from '../known.ts';
import { member } from '../observed.ts';
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

/** The facts about the cluster of the pods: those of the EKSCluster that a claim names, else the environment's. */
export function clusterEnvironment(context: ComposeContext<WithClusterRef>): Environment {
  const { spec, desired, form, identity, environment } = context;
  if (spec.clusterRef === undefined) return environment;
  const { namespace } = identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const apiVersion = `${groups[form]}/${apiVersionName}`;
  const { name } = spec.clusterRef;
  const found = desired.lookUpReady('cluster', { apiVersion, kind: 'EKSCluster', name, namespace });
  if (!isKnown(found)) return new Environment(undefined, found.missing.map(({ what }) => what).join(', '));
  const { status } = found.value;
  const facts = {
    awsAccountID: member(status, 'accountId'),
    eksOIDC: member(status, 'oidcProvider'),
    partition: member(status, 'partition'),
    clusterName: member(status, 'clusterName'),
    region: member(status, 'region'),
  };
  return new Environment(facts, `EKSCluster ${namespace}/${name}`);
}
