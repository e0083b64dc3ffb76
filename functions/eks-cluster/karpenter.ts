import { AccessEntry, Policy, Queue, QueuePolicy, Rule, Target } from '../aws/index.ts';
import { irsaTrust, policyDocument } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { Base, ClusterFacts } from './base.ts';
import { karpenterStatements } from './karpenter-policy.ts';
import { nodeTrust } from './nodes.ts';
import { composeRole } from './roles.ts';

const queue = composed('karpenter-queue', Queue);
const queuePolicy = composed('karpenter-queue-policy', QueuePolicy);
const rule = composed('karpenter-rule-*', Rule);
const target = composed('karpenter-target-*', Target);
const policy = composed('karpenter-policy', Policy);
const accessEntry = composed('karpenter-access-entry', AccessEntry);

/** Every resource that Karpenter may need in AWS. */
export const karpenterResources = [queue, queuePolicy, rule, target, policy, accessEntry] as const;

/** Events by which AWS tells that an instance goes (Karpenter documentation, "Interruption"). */
const events: Readonly<Record<string, { readonly source: string; readonly detailType: string }>> = {
  'health-event': { source: 'aws.health', detailType: 'AWS Health Event' },
  'instance-state': { source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' },
  rebalance: { source: 'aws.ec2', detailType: 'EC2 Instance Rebalance Recommendation' },
  'spot-interruption': { source: 'aws.ec2', detailType: 'EC2 Spot Instance Interruption Warning' },
};

const nodePolicies = [
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
];

/** Where Karpenter's own chart puts its service account by default. */
const subject = { namespace: 'kube-system', serviceAccount: 'karpenter' };

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
  const interruptions = composeQueue(base);
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
      irsaTrust({ partition, account, issuer }, subject),
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

function composeQueue({ context, region, orphan, name }: Base): Known<string> {
  const { desired, observed } = context;
  desired.managed(
    queue,
    known({ region, name: `${name.slice(0, 68)}-karpenter`, messageRetentionSeconds: 300, sqsManagedSseEnabled: true }),
    { orphan },
  );
  const arn = observed.text(queue, 'arn');
  desired.managed(
    queuePolicy,
    given([observed.text(queue, 'id'), arn], (queueUrl, queueArn) => ({
      region,
      queueUrl,
      policy: fromEvents(queueArn),
    })),
    { orphan },
  );
  for (const [event, { source, detailType }] of Object.entries(events)) {
    const own = oneOf(rule, event);
    const eventPattern = JSON.stringify({ source: [source], 'detail-type': [detailType] });
    const ruleName = observed.externalName(own) ?? nameFor(context.identity, `karpenter-${event}`, 64);
    desired.managed(own, known({ region, eventBusName: 'default', eventPattern }), { orphan, externalName: ruleName });
    desired.managed(
      oneOf(target, event),
      given([arn], (queueArn) => ({
        region,
        eventBusName: 'default',
        rule: ruleName,
        targetId: 'karpenter',
        arn: queueArn,
      })),
      { orphan, after: [own] },
    );
  }
  return arn;
}

const fromEvents = (queueArn: string): string =>
  policyDocument([
    {
      Sid: 'Events',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
    },
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: queueArn,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
