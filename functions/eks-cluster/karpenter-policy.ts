import { allow, type Statement } from '../core/iam.ts';

/** What Karpenter acts on. */
interface KarpenterPlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  readonly queueArn: string;
  readonly nodeRoleArn: string;
}

/**
 * What Karpenter's controller may do: make instances that carry the tags of this cluster and of a node pool, and end
 * those only. Source of the actions: Karpenter documentation, "CloudFormation" (controller policy of v1).
 */
export function karpenterStatements(place: KarpenterPlace): Statement[] {
  return [...instances(place), ...profiles(place), ...facts(place)];
}

const nodePool = 'karpenter.sh/nodepool';

function instances({ partition, region, cluster }: KarpenterPlace): Statement[] {
  const ec2 = (...kinds: readonly string[]) => kinds.map((kind) => `arn:${partition}:ec2:${region}:*:${kind}/*`);
  const images = ['image', 'snapshot'].map((kind) => `arn:${partition}:ec2:${region}::${kind}/*`);
  const made = ec2('fleet', 'instance', 'launch-template', 'network-interface', 'spot-instances-request', 'volume');
  const tags = (which: 'RequestTag' | 'ResourceTag') => ({
    StringEquals: { [`aws:${which}/kubernetes.io/cluster/${cluster}`]: 'owned' },
    StringLike: { [`aws:${which}/${nodePool}`]: '*' },
  });
  const creating = ['ec2:CreateFleet', 'ec2:CreateLaunchTemplate', 'ec2:RunInstances'];
  return [
    allow(
      'Use',
      ['ec2:CreateFleet', 'ec2:RunInstances'],
      [...images, ...ec2('capacity-reservation', 'security-group', 'subnet')],
    ),
    allow('UseTemplates', ['ec2:CreateFleet', 'ec2:RunInstances'], ec2('launch-template'), tags('ResourceTag')),
    allow('Make', creating, made, tags('RequestTag')),
    allow('TagWhatIsMade', ['ec2:CreateTags'], made, {
      ...tags('RequestTag'),
      StringEquals: {
        ...tags('RequestTag').StringEquals,
        'ec2:CreateAction': ['CreateFleet', 'CreateLaunchTemplate', 'RunInstances'],
      },
    }),
    allow('TagOwn', ['ec2:CreateTags'], ec2('instance'), {
      ...tags('ResourceTag'),
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name', 'eks:eks-cluster-name', 'karpenter.sh/nodeclaim'] },
    }),
    allow(
      'End',
      ['ec2:DeleteLaunchTemplate', 'ec2:TerminateInstances'],
      ec2('instance', 'launch-template'),
      tags('ResourceTag'),
    ),
  ];
}

function profiles({ partition, account, cluster, nodeRoleArn }: KarpenterPlace): Statement[] {
  const all = `arn:${partition}:iam::${account}:instance-profile/*`;
  const tag = `kubernetes.io/cluster/${cluster}`;
  return [
    allow('PassNodeRole', ['iam:PassRole'], nodeRoleArn, {
      StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] },
    }),
    allow('MakeProfiles', ['iam:CreateInstanceProfile', 'iam:TagInstanceProfile'], all, {
      StringEquals: { [`aws:RequestTag/${tag}`]: 'owned' },
    }),
    allow(
      'OwnProfiles',
      ['iam:AddRoleToInstanceProfile', 'iam:DeleteInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      all,
      { StringEquals: { [`aws:ResourceTag/${tag}`]: 'owned' } },
    ),
    allow('SeeProfiles', ['iam:GetInstanceProfile', 'iam:ListInstanceProfiles'], '*'),
  ];
}

function facts({ partition, region, account, cluster, queueArn }: KarpenterPlace): Statement[] {
  const see = ['Images', 'Instances', 'InstanceTypeOfferings', 'InstanceTypes', 'LaunchTemplates', 'SecurityGroups'];
  const more = ['CapacityReservations', 'SpotPriceHistory', 'Subnets'];
  return [
    allow(
      'See',
      [...see, ...more].map((what) => `ec2:Describe${what}`),
      '*',
      { StringEquals: { 'aws:RequestedRegion': region } },
    ),
    allow('Images', ['ssm:GetParameter'], `arn:${partition}:ssm:${region}::parameter/aws/service/*`),
    allow('Prices', ['pricing:GetProducts'], '*'),
    allow('Interruptions', ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'], queueArn),
    allow('Cluster', ['eks:DescribeCluster'], `arn:${partition}:eks:${region}:${account}:cluster/${cluster}`),
  ];
}
