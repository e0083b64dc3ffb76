import { Queue, QueuePolicy, Rule, Target } from '../aws/index.ts';
import { policyDocument } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { Base } from './base.ts';

/** Who drains nodes that AWS is about to end. */
type Consumer = 'karpenter' | 'node-termination';

const partsOf = (consumer: Consumer) => ({
  queue: composed(`${consumer}-queue`, Queue),
  queuePolicy: composed(`${consumer}-queue-policy`, QueuePolicy),
  rule: composed(`${consumer}-rule-*`, Rule),
  target: composed(`${consumer}-target-*`, Target),
});

/** Every resource that queues of interruptions may need. */
export const interruptionResources = (['karpenter', 'node-termination'] as const).flatMap((consumer) =>
  Object.values(partsOf(consumer)),
);

interface Event {
  readonly source: string;
  readonly detailType: string;
}

/** Events by which AWS tells that an instance goes (Karpenter documentation, "Interruption"). */
const ofInstances: Readonly<Record<string, Event>> = {
  'health-event': { source: 'aws.health', detailType: 'AWS Health Event' },
  'instance-state': { source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' },
  rebalance: { source: 'aws.ec2', detailType: 'EC2 Instance Rebalance Recommendation' },
  'spot-interruption': { source: 'aws.ec2', detailType: 'EC2 Spot Instance Interruption Warning' },
};

/** AWS Node Termination Handler documentation, "Create Amazon EventBridge Rules". */
const events: Readonly<Record<Consumer, Readonly<Record<string, Event>>>> = {
  karpenter: ofInstances,
  'node-termination': {
    ...ofInstances,
    'group-terminates': { source: 'aws.autoscaling', detailType: 'EC2 Instance-terminate Lifecycle Action' },
  },
};

/** Name of the queue of a cluster; SQS takes at most 80 characters. */
export const queueName = (cluster: string, consumer: Consumer): string =>
  `${cluster.slice(0, 77 - consumer.length)}-${consumer}`;

/** A queue of interruptions. */
export interface QueueFacts {
  readonly arn: Known<string>;
  readonly url: Known<string>;
}

/** Composes a queue of the interruptions of instances. A message is taken once, so each consumer has its own. */
export function composeInterruptions({ context, region, orphan, name }: Base, consumer: Consumer): QueueFacts {
  const { desired, observed } = context;
  const { queue, queuePolicy, rule, target } = partsOf(consumer);
  desired.managed(
    queue,
    known({ region, name: queueName(name, consumer), messageRetentionSeconds: 300, sqsManagedSseEnabled: true }),
    { orphan },
  );
  const [url, arn] = [observed.text(queue, 'id'), observed.text(queue, 'arn')];
  desired.managed(
    queuePolicy,
    given([url, arn], (queueUrl, queueArn) => ({ region, queueUrl, policy: fromEvents(queueArn) })),
    { orphan },
  );
  for (const [event, { source, detailType }] of Object.entries(events[consumer])) {
    const own = oneOf(rule, event);
    const eventPattern = JSON.stringify({ source: [source], 'detail-type': [detailType] });
    const ruleName = observed.externalName(own) ?? nameFor(context.identity, `${consumer}-${event}`, 64);
    desired.managed(own, known({ region, eventBusName: 'default', eventPattern }), { orphan, externalName: ruleName });
    desired.managed(
      oneOf(target, event),
      given([arn], (queueArn) => ({
        region,
        eventBusName: 'default',
        rule: ruleName,
        targetId: consumer,
        arn: queueArn,
      })),
      { orphan, after: [own] },
    );
  }
  return { arn, url };
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
