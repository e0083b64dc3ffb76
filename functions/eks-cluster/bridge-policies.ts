import { allow, type Statement } from '../core/iam.ts';
import { queueName } from './interruptions.ts';

/** What a policy is written for. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
}

/** What the claim gives for the add-ons. */
export interface BridgeSettings {
  readonly hostedZoneIds: readonly string[];
  readonly secretPrefixes: readonly string[];
  readonly veleroBucket: string;
  readonly privateCaArns: readonly string[];
  readonly clusterRoleArns: readonly string[];
}

/** The statements of a policy of our own. */
export type Rights = (place: Place, settings: BridgeSettings) => readonly Statement[];

const zones = ({ partition }: Place, { hostedZoneIds }: BridgeSettings): string[] =>
  hostedZoneIds.map((id) => `arn:${partition}:route53:::hostedzone/${id}`);

/** Source of the actions: external-dns documentation, "Setting up ExternalDNS on AWS". */
export const externalDns: Rights = (place, settings) => [
  allow('Change', ['route53:ChangeResourceRecordSets'], zones(place, settings)),
  allow('Find', ['route53:ListHostedZones', 'route53:ListResourceRecordSets', 'route53:ListTagsForResources'], '*'),
];

/** Source of the actions: cert-manager documentation, "Route53". */
export const certManager: Rights = (place, settings) => [
  allow('Follow', ['route53:GetChange'], `arn:${place.partition}:route53:::change/*`),
  allow('Change', ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'], zones(place, settings), {
    'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['TXT'] },
  }),
  allow('Find', ['route53:ListHostedZonesByName'], '*'),
];

/** Source of the actions: External Secrets documentation, "AWS Secrets Manager" and "Parameter Store". */
export const externalSecrets: Rights = ({ partition, region, account, cluster }, { secretPrefixes }) => {
  const prefixes = secretPrefixes.length > 0 ? secretPrefixes : [`${cluster}/`];
  const arn = (service: string, kind: string) => `arn:${partition}:${service}:${region}:${account}:${kind}`;
  return [
    allow(
      'Secrets',
      ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds'],
      prefixes.map((prefix) => `${arn('secretsmanager', 'secret')}:${prefix}*`),
    ),
    allow(
      'Parameters',
      ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      prefixes.map((prefix) => arn('ssm', `parameter/${prefix}*`)),
    ),
  ];
};

/** Source of the actions: Cluster Autoscaler documentation for AWS; EKS tags the groups of its node groups so. */
export const clusterAutoscaler: Rights = ({ cluster }) => [
  allow(
    'See',
    [
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:DescribeAutoScalingInstances',
      'autoscaling:DescribeLaunchConfigurations',
      'autoscaling:DescribeScalingActivities',
      'ec2:DescribeImages',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeLaunchTemplateVersions',
      'ec2:GetInstanceTypesFromInstanceRequirements',
    ],
    '*',
  ),
  allow('Scale', ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'], '*', {
    StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${cluster}`]: 'owned' },
  }),
  allow('Nodes', ['eks:DescribeNodegroup'], '*', { StringEquals: { 'aws:ResourceTag/eks:cluster-name': cluster } }),
];

/** Source of the actions: Velero plug-in for AWS, "Set permissions for Velero". */
export const velero: Rights = ({ partition }, { veleroBucket }) => {
  const bucket = `arn:${partition}:s3:::${veleroBucket}`;
  return [
    allow(
      'Backups',
      ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
      `${bucket}/*`,
    ),
    allow('Bucket', ['s3:ListBucket'], bucket),
    allow(
      'Volumes',
      [
        'ec2:CreateSnapshot',
        'ec2:CreateTags',
        'ec2:CreateVolume',
        'ec2:DeleteSnapshot',
        'ec2:DescribeSnapshots',
        'ec2:DescribeVolumes',
      ],
      '*',
    ),
  ];
};

/**
 * Source of the actions: installation guide of the AWS Load Balancer Controller. What it changes must carry the tag by
 * which it marks what is of this cluster.
 */
export const loadBalancerController: Rights = ({ partition, region, account, cluster }) => {
  const tag = 'elbv2.k8s.aws/cluster';
  const owned = { StringEquals: { [`aws:ResourceTag/${tag}`]: cluster } };
  const requested = { StringEquals: { [`aws:RequestTag/${tag}`]: cluster } };
  const groups = `arn:${partition}:ec2:${region}:${account}:security-group/*`;
  const vpcs = `arn:${partition}:ec2:${region}:${account}:vpc/*`;
  const balancers = ['loadbalancer/app/*', 'loadbalancer/net/*', 'targetgroup/*'].map(
    (path) => `arn:${partition}:elasticloadbalancing:${region}:${account}:${path}`,
  );
  const elb = (...actions: readonly string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
  const ec2 = (...actions: readonly string[]) => actions.map((action) => `ec2:${action}`);
  return [
    allow(
      'See',
      [
        ...ec2('DescribeAccountAttributes', 'DescribeAddresses', 'DescribeAvailabilityZones', 'DescribeCoipPools'),
        ...ec2('DescribeInstances', 'DescribeInternetGateways', 'DescribeIpamPools', 'DescribeNetworkInterfaces'),
        ...ec2('DescribeRouteTables', 'DescribeSecurityGroups', 'DescribeSubnets', 'DescribeTags', 'DescribeVpcs'),
        ...ec2('DescribeVpcPeeringConnections', 'GetCoipPoolUsage', 'GetSecurityGroupsForVpc'),
        ...elb('Describe*'),
        'acm:DescribeCertificate',
        'acm:ListCertificates',
        'cognito-idp:DescribeUserPoolClient',
        'iam:GetServerCertificate',
        'iam:ListServerCertificates',
        'shield:DescribeProtection',
        'shield:GetSubscriptionState',
        'wafv2:GetWebACL',
        'wafv2:GetWebACLForResource',
      ],
      '*',
    ),
    allow('Protect', ['wafv2:AssociateWebACL', 'wafv2:DisassociateWebACL'], '*'),
    allow('ServiceRole', ['iam:CreateServiceLinkedRole'], '*', {
      StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' },
    }),
    allow('MakeGroupsInVpc', ec2('CreateSecurityGroup'), vpcs),
    allow('MakeGroups', ec2('CreateSecurityGroup'), groups, requested),
    allow('TagNewGroups', ec2('CreateTags'), groups, {
      StringEquals: { ...requested.StringEquals, 'ec2:CreateAction': 'CreateSecurityGroup' },
    }),
    allow(
      'OwnGroups',
      ec2(
        'AuthorizeSecurityGroupIngress',
        'CreateTags',
        'DeleteSecurityGroup',
        'DeleteTags',
        'RevokeSecurityGroupIngress',
      ),
      groups,
      owned,
    ),
    allow('NodeGroups', ec2('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'), groups, {
      StringEquals: { [`aws:ResourceTag/kubernetes.io/cluster/${cluster}`]: 'owned' },
    }),
    allow('Make', elb('AddTags', 'CreateLoadBalancer', 'CreateTargetGroup'), balancers, requested),
    allow(
      'Own',
      [
        ...elb(
          'AddTags',
          'DeleteLoadBalancer',
          'DeleteTargetGroup',
          'DeregisterTargets',
          'ModifyLoadBalancerAttributes',
        ),
        ...elb('ModifyTargetGroup', 'ModifyTargetGroupAttributes', 'RegisterTargets', 'RemoveTags', 'SetIpAddressType'),
        ...elb('SetSecurityGroups', 'SetSubnets', 'SetWebAcl'),
      ],
      balancers,
      owned,
    ),
    allow(
      'Listeners',
      [
        ...elb('AddListenerCertificates', 'AddTags', 'CreateListener', 'CreateRule', 'DeleteListener', 'DeleteRule'),
        ...elb('ModifyListener', 'ModifyListenerAttributes', 'ModifyRule', 'RemoveListenerCertificates', 'RemoveTags'),
        ...elb('SetRulePriorities'),
      ],
      ['listener/*', 'listener-rule/*', 'loadbalancer/*'].map(
        (path) => `arn:${partition}:elasticloadbalancing:${region}:${account}:${path}`,
      ),
      owned,
    ),
  ];
};

export const fluentBitLogGroup = ({ cluster }: Place): string => `/aws/eks/${cluster}/aws-fluentbit-logs`;

/** Source of the actions: AWS for Fluent Bit, plug-in cloudwatch_logs, "Permissions". */
export const fluentBit: Rights = (place) => {
  const group = `arn:${place.partition}:logs:${place.region}:${place.account}:log-group:${fluentBitLogGroup(place)}`;
  return [
    allow('Group', ['logs:CreateLogGroup', 'logs:DescribeLogStreams', 'logs:PutRetentionPolicy'], group),
    allow('Streams', ['logs:CreateLogStream', 'logs:PutLogEvents'], `${group}:*`),
  ];
};

/** Source of the actions: FSx for Lustre CSI driver, "Set up driver permissions". */
export const fsxCsiDriver: Rights = ({ partition, region, account }) => [
  allow(
    'FileSystems',
    ['fsx:CreateFileSystem', 'fsx:DeleteFileSystem', 'fsx:TagResource', 'fsx:UpdateFileSystem'],
    `arn:${partition}:fsx:${region}:${account}:*`,
  ),
  allow('Find', ['fsx:DescribeFileSystems', 's3:ListBucket'], '*'),
  allow('ServiceRole', ['iam:CreateServiceLinkedRole'], '*', {
    StringEquals: { 'iam:AWSServiceName': 'fsx.amazonaws.com' },
  }),
  allow(
    'DataRole',
    ['iam:AttachRolePolicy', 'iam:CreateServiceLinkedRole', 'iam:PutRolePolicy'],
    `arn:${partition}:iam::${account}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/*`,
  ),
];

/** Source of the actions: AWS Private CA issuer, "Configuration" (minimal policy). */
export const privateCaIssuer: Rights = (_place, { privateCaArns }) => [
  allow(
    'Issue',
    ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificate', 'acm-pca:IssueCertificate'],
    privateCaArns,
  ),
];

/** What the controller has in VPC Lattice. */
const latticeKinds = [
  'AccessLogSubscription',
  'Listener',
  'Rule',
  'Service',
  'ServiceNetwork',
  'ServiceNetworkServiceAssociation',
  'ServiceNetworkVpcAssociation',
  'TargetGroup',
];

/**
 * Source of the actions: AWS Gateway API Controller, recommended inline policy, and what it calls of VPC Lattice;
 * without what delivers access logs to S3 or Firehose, which would let it change the policy of every bucket.
 */
export const gatewayApiController: Rights = ({ partition, account }) => {
  const serviceRole = (Sid: string, service: string, name: string) =>
    allow(
      Sid,
      ['iam:CreateServiceLinkedRole'],
      `arn:${partition}:iam::${account}:role/aws-service-role/${service}/${name}`,
      { StringEquals: { 'iam:AWSServiceName': service } },
    );
  return [
    allow(
      'Lattice',
      [
        ...latticeKinds.flatMap((kind) => [`Create${kind}`, `Delete${kind}`, `Get${kind}`, `List${kind}s`]),
        ...latticeKinds.filter((kind) => !kind.endsWith('ServiceAssociation')).map((kind) => `Update${kind}`),
        ...['BatchUpdateRule', 'DeleteAuthPolicy', 'DeregisterTargets', 'GetAuthPolicy', 'ListTagsForResource'],
        ...['ListTargets', 'PutAuthPolicy', 'RegisterTargets', 'TagResource', 'UntagResource'],
      ].map((action) => `vpc-lattice:${action}`),
      '*',
    ),
    allow(
      'See',
      ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeTags', 'ec2:DescribeVpcs', 'tag:GetResources'],
      '*',
    ),
    allow('Tag', ['tag:TagResources', 'tag:UntagResources'], '*'),
    allow(
      'AccessLogs',
      [
        ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies'],
        ...['GetLogDelivery', 'ListLogDeliveries', 'PutResourcePolicy', 'UpdateLogDelivery'],
      ].map((action) => `logs:${action}`),
      '*',
    ),
    serviceRole('LatticeRole', 'vpc-lattice.amazonaws.com', 'AWSServiceRoleForVpcLattice'),
    serviceRole('LogsRole', 'delivery.logs.amazonaws.com', 'AWSServiceRoleForLogDelivery'),
  ];
};

/** Source of the actions: AWS Node Termination Handler, "Create an IAM Role for the Pods". */
export const nodeTerminationHandler: Rights = ({ partition, region, account, cluster }) => [
  allow('See', ['autoscaling:DescribeAutoScalingInstances', 'autoscaling:DescribeTags', 'ec2:DescribeInstances'], '*'),
  allow('Complete', ['autoscaling:CompleteLifecycleAction'], '*', {
    StringEquals: { [`aws:ResourceTag/kubernetes.io/cluster/${cluster}`]: 'owned' },
  }),
  allow(
    'Interruptions',
    ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
    `arn:${partition}:sqs:${region}:${account}:${queueName(cluster, 'node-termination')}`,
  ),
];

/** Sessions of Pod Identity carry tags on, which each role has to allow (EKS user guide, "Role chaining"). */
export const argocdHub: Rights = (_place, { clusterRoleArns }) => [
  allow('Clusters', ['sts:AssumeRole', 'sts:TagSession'], clusterRoleArns),
];
