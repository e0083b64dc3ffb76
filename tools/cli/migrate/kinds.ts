/** What the definitions of an older platform are called, and what becomes of them here. */
interface OldKind {
  readonly group: string;
  /** Kind of the claim, or of the composite where there are no claims. */
  readonly kind: string;
  /** Kind of the composite behind a claim. */
  readonly composite?: string;
  /** Our kind that takes it over; without it, `instead` says what stands in for it. */
  readonly ours?: string;
  readonly instead?: string;
}

const group = 'awsblueprints.io';
const asManaged =
  'keep the old platform for it, or write it as a managed resource of provider-aws with its external name';

/**
 * Every definition of crossplane-on-eks (both families, at c56d066) and of reference-implementation-aws (at 511704c,
 * whose buckets have the definition of the official family), but those whose kind a blueprint has too.
 */
const oldKinds: readonly OldKind[] = [
  { group: 'network.awsblueprints.io', kind: 'vpcSubnet', composite: 'XVpcSubnet', ours: 'Network' },
  {
    group: 'network.awsblueprints.io',
    kind: 'amazonVpc',
    composite: 'XAmazonVpc',
    instead: 'write a Network with spec.existing, which names this VPC and the subnets that it has',
  },
  { group: 'db.awsblueprint.io', kind: 'Aurora', composite: 'XAurora', ours: 'RelationalDatabase' },
  {
    group: 'cluster.awsblueprints.io',
    kind: 'amazonEks',
    composite: 'XAmazonEks',
    instead: 'make an EKSCluster beside it and move the workloads: EKS never changes the role of a cluster',
  },
  { group, kind: 'IAMPolicy', instead: 'S3IRSA composes its own policy; write others as managed resources' },
  { group, kind: 'XIAMPolicy', instead: 'S3IRSA composes its own policy; write others as managed resources' },
  { group, kind: 'XKinesisFirehose', instead: asManaged },
  { group, kind: 'EventSourceMapping', instead: asManaged },
  { group: 'aws.cnoe.io', kind: 'EC2Instance', composite: 'XEC2Instance', instead: asManaged },
  ...[
    ...['ApiGateway', 'CDN', 'DaskHub', 'DynamoDBTable', 'DynamoIRSA', 'EMRContainer', 'EncryptionKey', 'ExampleApp'],
    ...['Fanout', 'FirehoseApp', 'LambdaFunction', 'Microservice', 'Notification', 'Queue', 'RedisCluster'],
    ...['ServerlessApp', 'SubscriptionFilter'],
  ].map((kind) => ({ group, kind, composite: `X${kind}`, instead: asManaged })),
];

/** What an object of an older platform is, if it is one that no blueprint has under the same name. */
export const oldKindOf = (apiVersion: string, kind: string): OldKind | undefined =>
  oldKinds.find((one) => apiVersion.startsWith(`${one.group}/`) && (one.kind === kind || one.composite === kind));
