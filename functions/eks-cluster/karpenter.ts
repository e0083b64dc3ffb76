import { AccessEntry, Policy } from '../aws/index.ts';
import { irsaTrust, policyDocument } from '../core/iam.ts';
import { given, type Known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed } from '../core/resource.ts';
import type { Base, ClusterFacts } from './base.ts';
import { composeInterruptions } from './interruptions.ts';
import { karpenterStatements } from './karpenter-policy.ts';
import { nodeTrust } from './nodes.ts';
import { composeRole } from './roles.ts';

const policy = composed('karpenter-policy', Policy);
const accessEntry = composed('karpenter-access-entry', AccessEntry);

/** Every resource that Karpenter may need in AWS. */
export const karpenterResources = [policy, accessEntry] as const;

const nodePolicies = [
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
];

/** Where Karpenter's own chart puts its service account by default. */
export const karpenterSubject = { namespace: 'kube-system', serviceAccount: 'karpenter' };

/** What Karpenter's chart and node classes need to know. */
export interface KarpenterFacts {
  readonly queueName: Known<string>;
  readonly nodeRoleName: Known<string>;
  readonly roleArn: Known<string>;
}

/** Composes what Karpenter needs in AWS: its role, the identity of its nodes, and a queue of interruptions. */
export function composeKarpenter(base: Base, facts: ClusterFacts): KarpenterFacts | undefined {
  const { context, partition, region, orphan } = base;
  if (!context.spec.karpenter) return undefined;
  const { desired, observed, identity } = context;
  const nodes = composeRole(base, { purpose: 'karpenter-nodes', trust: nodeTrust(base), policies: nodePolicies });
  // Their own entry: EKS makes one for the role of managed node groups by itself.
  desired.managed(
    accessEntry,
    given([facts.name, nodes.arn], (clusterName, principalArn) => ({
      region,
      clusterName,
      principalArn,
      type: 'EC2_LINUX',
    })),
    { orphan },
  );
  const { arn: interruptions } = composeInterruptions(base, 'karpenter');
  desired.managed(
    policy,
    given([facts.account, facts.name, interruptions, nodes.arn], (account, cluster, queueArn, nodeRoleArn) => ({
      policy: policyDocument(karpenterStatements({ partition, region, account, cluster, queueArn, nodeRoleArn })),
    })),
    { orphan, externalName: observed.externalName(policy) ?? nameFor(identity, 'karpenter', 128) },
  );
  const role = composeRole(base, {
    purpose: 'karpenter',
    trust: given([facts.account, facts.issuer], (account, issuer) =>
      irsaTrust({ partition, account, issuer }, karpenterSubject),
    ),
    policies: [],
    ownPolicies: [{ suffix: 'own', arn: observed.text(policy, 'arn') }],
  });
  return {
    roleArn: role.arn,
    queueName: given([interruptions], (arn) => arn.slice(arn.lastIndexOf(':') + 1)),
    nodeRoleName: given([nodes.arn], (arn) => arn.slice(arn.lastIndexOf('/') + 1)),
  };
}
