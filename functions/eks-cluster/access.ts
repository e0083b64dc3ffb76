import { AccessEntry, AccessPolicyAssociation } from '../aws/index.ts';
import { given } from '../core/known.ts';
import { shortHash, slug } from '../core/names.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { Base, ClusterFacts, Context } from './base.ts';

const accessEntry = composed('access-entry-*', AccessEntry);
const accessPolicy = composed('access-policy-*', AccessPolicyAssociation);

/** Every resource that access may need. */
export const accessResources = [accessEntry, accessPolicy] as const;

type Entry = NonNullable<Context['spec']['accessEntries']>[number];

/** Composes who may use the Kubernetes API. */
export function composeAccess(base: Base, cluster: ClusterFacts): void {
  for (const entry of base.context.spec.accessEntries ?? []) composeEntry(base, entry, cluster);
}

function composeEntry({ context, region, orphan }: Base, entry: Entry, cluster: ClusterFacts): void {
  const { principalArn, policies = [], kubernetesGroups } = entry;
  const suffix = `${slug(principalArn.slice(principalArn.lastIndexOf('/') + 1))}-${shortHash(principalArn)}`;
  const own = oneOf(accessEntry, suffix);
  context.desired.managed(
    own,
    given([cluster.name], (clusterName) => ({
      region,
      clusterName,
      principalArn,
      type: 'STANDARD',
      ...(kubernetesGroups && { kubernetesGroups }),
    })),
    { orphan },
  );
  for (const { name, namespaces } of policies) {
    context.desired.managed(
      oneOf(accessPolicy, `${suffix}-${slug(name)}`),
      given([cluster.name], (clusterName) => ({
        region,
        clusterName,
        principalArn,
        policyArn: `arn:${partitionIn(principalArn)}:eks::aws:cluster-access-policy/${name}`,
        accessScope: namespaces ? { type: 'namespace', namespaces } : { type: 'cluster' },
      })),
      { orphan, after: [own] },
    );
  }
}

const partitionIn = (arn: string): string => arn.split(':')[1] ?? 'aws';
