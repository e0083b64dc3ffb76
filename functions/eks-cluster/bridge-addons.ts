import { allow, type Statement } from '../core/iam.ts';

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
}

/** An add-on that the bridge installs and that calls AWS. */
export interface BridgeAddon {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Key of the annotation that names the service account, after the add-on's own name. */
  readonly serviceAccountKey?: string;
  /** A policy that AWS maintains, or the statements of one of our own. */
  readonly policy: string | ((place: Place, settings: BridgeSettings) => readonly Statement[]);
  /** What its chart reads beside namespace, service account and role. */
  readonly metadata?: (place: Place, settings: BridgeSettings) => Readonly<Record<string, string>>;
}

const zones = ({ partition }: Place, { hostedZoneIds }: BridgeSettings): string[] =>
  hostedZoneIds.map((id) => `arn:${partition}:route53:::hostedzone/${id}`);

/** Source of the actions: external-dns documentation, "Setting up ExternalDNS on AWS". */
const externalDns: BridgeAddon['policy'] = (place, settings) => [
  allow('Change', ['route53:ChangeResourceRecordSets'], zones(place, settings)),
  allow('Find', ['route53:ListHostedZones', 'route53:ListResourceRecordSets', 'route53:ListTagsForResources'], '*'),
];

/** Source of the actions: cert-manager documentation, "Route53". */
const certManager: BridgeAddon['policy'] = (place, settings) => [
  allow('Follow', ['route53:GetChange'], `arn:${place.partition}:route53:::change/*`),
  allow('Change', ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'], zones(place, settings), {
    'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['TXT'] },
  }),
  allow('Find', ['route53:ListHostedZonesByName'], '*'),
];

/** Source of the actions: External Secrets documentation, "AWS Secrets Manager" and "Parameter Store". */
const externalSecrets: BridgeAddon['policy'] = ({ partition, region, account, cluster }, { secretPrefixes }) => {
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
const clusterAutoscaler: BridgeAddon['policy'] = ({ cluster }) => [
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
const velero: BridgeAddon['policy'] = ({ partition }, { veleroBucket }) => {
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
const loadBalancerController: BridgeAddon['policy'] = ({ partition, region, account, cluster }) => {
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

const fluentBitLogGroup = ({ cluster }: Place): string => `/aws/eks/${cluster}/aws-fluentbit-logs`;

/** Source of the actions: AWS for Fluent Bit, plug-in cloudwatch_logs, "Permissions". */
const fluentBit: BridgeAddon['policy'] = (place) => {
  const group = `arn:${place.partition}:logs:${place.region}:${place.account}:log-group:${fluentBitLogGroup(place)}`;
  return [
    allow('Group', ['logs:CreateLogGroup', 'logs:DescribeLogStreams', 'logs:PutRetentionPolicy'], group),
    allow('Streams', ['logs:CreateLogStream', 'logs:PutLogEvents'], `${group}:*`),
  ];
};

/** Add-ons of the bridge that call AWS, by the name in their label. */
export const awsAddons: Readonly<Record<string, BridgeAddon>> = {
  aws_cloudwatch_metrics: {
    namespace: 'amazon-cloudwatch',
    serviceAccount: 'aws-cloudwatch-metrics',
    policy: 'CloudWatchAgentServerPolicy',
  },
  aws_efs_csi_driver: {
    namespace: 'kube-system',
    serviceAccount: 'efs-csi-controller-sa',
    serviceAccountKey: 'controller_service_account',
    policy: 'service-role/AmazonEFSCSIDriverPolicy',
  },
  aws_for_fluentbit: {
    namespace: 'kube-system',
    serviceAccount: 'aws-for-fluent-bit-sa',
    policy: fluentBit,
    metadata: (place) => ({ aws_for_fluentbit_log_group_name: fluentBitLogGroup(place) }),
  },
  aws_load_balancer_controller: {
    namespace: 'kube-system',
    serviceAccount: 'aws-load-balancer-controller-sa',
    policy: loadBalancerController,
  },
  cert_manager: { namespace: 'cert-manager', serviceAccount: 'cert-manager', policy: certManager },
  cluster_autoscaler: { namespace: 'kube-system', serviceAccount: 'cluster-autoscaler-sa', policy: clusterAutoscaler },
  external_dns: { namespace: 'external-dns', serviceAccount: 'external-dns-sa', policy: externalDns },
  external_secrets: { namespace: 'external-secrets', serviceAccount: 'external-secrets-sa', policy: externalSecrets },
  velero: {
    namespace: 'velero',
    serviceAccount: 'velero-server',
    policy: velero,
    metadata: (_place, { veleroBucket }) => ({ velero_backup_s3_bucket_name: veleroBucket }),
  },
};

/** What charts read and nothing decides but a person; an annotation of the claim wins. */
export const furtherMetadata: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  argo_workflows: { argo_workflows_namespace: 'argo' },
  aws_efs_csi_driver: { aws_efs_csi_driver_node_service_account: 'efs-csi-node-sa' },
  external_dns: { external_dns_policy: 'upsert-only', external_dns_domain_filters: '' },
  ingress_nginx: { ingress_nginx_service_type: 'LoadBalancer' },
  velero: { velero_backup_s3_bucket_prefix: 'backups' },
};

/** Every add-on that may be switched on: those above, and those that call no AWS. */
export const bridgeAddonNames = [
  'argo_events',
  'argo_rollouts',
  'argo_workflows',
  'argocd',
  'aws_cloudwatch_metrics',
  'aws_ebs_csi_resources',
  'aws_efs_csi_driver',
  'aws_for_fluentbit',
  'aws_load_balancer_controller',
  'aws_secrets_store_csi_driver_provider',
  'cert_manager',
  'cluster_autoscaler',
  'cluster_proportional_autoscaler',
  'crossplane',
  'external_dns',
  'external_secrets',
  'gatekeeper',
  'gpu_operator',
  'ingress_nginx',
  'karpenter',
  'keda',
  'kube_prometheus_stack',
  'kyverno',
  'metrics_server',
  'prometheus_adapter',
  'secrets_store_csi_driver',
  'velero',
  'vpa',
] as const;
