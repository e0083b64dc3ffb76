import type { Blueprint } from '../../functions/core/blueprint.ts';
import type { ManagedKind } from '../../functions/core/managed.ts';
import { CodedError } from '../error.ts';
import { managedKindsOf, servicesOf } from './contents.ts';

/** A statement of an IAM policy. */
interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** How the policies are narrowed. */
export interface PermissionOptions {
  /** aws, aws-cn, aws-us-gov … */
  readonly partition: string;
  /** ARN of the permissions boundary that every role made must carry; without it the provider can grant itself anything. */
  readonly boundary?: string;
}

const verbs = (service: string, verbsAndNouns: Readonly<Record<string, string>>): string[] =>
  Object.entries(verbsAndNouns).flatMap(([noun, list]) => list.split(' ').map((verb) => `${service}:${verb}${noun}`));

const tags = (service: string): string[] => [`${service}:TagResource`, `${service}:UntagResource`];
const networkTags = ['ec2:CreateTags', 'ec2:DeleteTags'];
const parameterGroup = (noun: string): string[] => [
  ...verbs('rds', { [noun]: 'Create Delete Modify Reset', [`${noun}s`]: 'Describe' }),
  `rds:Describe${noun.replace('Group', 's')}`,
  'rds:ListTagsForResource',
];

/**
 * What the provider calls to observe, create, change and delete one kind, read off the calls in the source of the
 * Terraform provider that provider-aws v2.5.0 is made from, under the names that IAM gives them: GetBucketCors is
 * s3:GetBucketCORS, HeadBucket is s3:ListBucket, PutBucketEncryption is s3:PutEncryptionConfiguration.
 */
const actions: Readonly<Record<string, readonly string[]>> = {
  'cloudwatchevents/Rule': [
    ...verbs('events', { Rule: 'Delete Describe Put Enable Disable', TagsForResource: 'List' }),
    ...tags('events'),
  ],
  'cloudwatchevents/Target': verbs('events', { Targets: 'Put Remove', TargetsByRule: 'List' }),
  'cloudwatchlogs/Group': [
    ...verbs('logs', { LogGroup: 'Create Delete', LogGroups: 'Describe', RetentionPolicy: 'Put Delete' }),
    ...verbs('logs', { KmsKey: 'Associate Disassociate', TagsForResource: 'List' }),
    ...tags('logs'),
  ],
  'ec2/DefaultSecurityGroup': [
    ...verbs('ec2', { SecurityGroups: 'Describe', SecurityGroupRules: 'Describe' }),
    ...verbs('ec2', { SecurityGroupEgress: 'Authorize Revoke', SecurityGroupIngress: 'Authorize Revoke' }),
    ...networkTags,
  ],
  'ec2/EgressOnlyInternetGateway': [
    ...verbs('ec2', { EgressOnlyInternetGateway: 'Create Delete', EgressOnlyInternetGateways: 'Describe' }),
    ...networkTags,
  ],
  'ec2/EIP': [
    ...verbs('ec2', { Address: 'Allocate Release Associate Disassociate', Addresses: 'Describe' }),
    'ec2:DescribeAddressesAttribute',
    ...networkTags,
  ],
  'ec2/FlowLog': [...verbs('ec2', { FlowLogs: 'Create Delete Describe' }), ...networkTags],
  'ec2/InternetGateway': [
    ...verbs('ec2', { InternetGateway: 'Create Delete Attach Detach', InternetGateways: 'Describe' }),
    ...networkTags,
  ],
  'ec2/LaunchTemplate': [
    ...verbs('ec2', { LaunchTemplate: 'Create Delete Modify', LaunchTemplates: 'Describe' }),
    ...verbs('ec2', { LaunchTemplateVersion: 'Create', LaunchTemplateVersions: 'Describe Delete' }),
    ...networkTags,
  ],
  'ec2/NATGateway': [
    ...verbs('ec2', { NatGateway: 'Create Delete', NatGateways: 'Describe' }),
    ...verbs('ec2', { NatGatewayAddress: 'Associate Disassociate' }),
    ...networkTags,
  ],
  'ec2/Route': verbs('ec2', { Route: 'Create Delete Replace', RouteTables: 'Describe' }),
  'ec2/RouteTable': [
    ...verbs('ec2', { RouteTable: 'Create Delete', RouteTables: 'Describe', Route: 'Create Delete Replace' }),
    ...networkTags,
  ],
  'ec2/RouteTableAssociation': [
    ...verbs('ec2', { RouteTable: 'Associate Disassociate', RouteTables: 'Describe' }),
    'ec2:ReplaceRouteTableAssociation',
  ],
  'ec2/SecurityGroup': [
    ...verbs('ec2', { SecurityGroup: 'Create Delete', SecurityGroups: 'Describe', SecurityGroupRules: 'Describe' }),
    ...verbs('ec2', { SecurityGroupEgress: 'Authorize Revoke', SecurityGroupIngress: 'Authorize Revoke' }),
    // A group that Lambda or a load balancer used keeps network interfaces for a while.
    ...verbs('ec2', { NetworkInterfaces: 'Describe' }),
    ...networkTags,
  ],
  'ec2/SecurityGroupEgressRule': [
    ...verbs('ec2', { SecurityGroupEgress: 'Authorize Revoke', SecurityGroupRules: 'Describe Modify' }),
    ...networkTags,
  ],
  'ec2/SecurityGroupIngressRule': [
    ...verbs('ec2', { SecurityGroupIngress: 'Authorize Revoke', SecurityGroupRules: 'Describe Modify' }),
    ...networkTags,
  ],
  'ec2/SecurityGroupRule': [
    ...verbs('ec2', { SecurityGroups: 'Describe', SecurityGroupRules: 'Describe' }),
    ...verbs('ec2', { SecurityGroupEgress: 'Authorize Revoke', SecurityGroupIngress: 'Authorize Revoke' }),
  ],
  'ec2/Subnet': [
    ...verbs('ec2', { Subnet: 'Create Delete', Subnets: 'Describe', SubnetAttribute: 'Modify' }),
    ...verbs('ec2', { SubnetCidrBlock: 'Associate Disassociate', NetworkInterfaces: 'Describe' }),
    ...networkTags,
  ],
  'ec2/VPC': [
    ...verbs('ec2', { Vpc: 'Create Delete', Vpcs: 'Describe', VpcAttribute: 'Describe Modify' }),
    ...verbs('ec2', { VpcCidrBlock: 'Associate Disassociate', VpcTenancy: 'Modify' }),
    ...verbs('ec2', { NetworkAcls: 'Describe', RouteTables: 'Describe', SecurityGroups: 'Describe' }),
    ...networkTags,
  ],
  'ec2/VPCEndpoint': [
    ...verbs('ec2', { VpcEndpoint: 'Create Modify', VpcEndpoints: 'Delete Describe', PrefixLists: 'Describe' }),
    ...verbs('ec2', { NetworkInterfaces: 'Describe', VpcEndpointServices: 'Describe' }),
    ...networkTags,
  ],
  'ec2/VPCEndpointRouteTableAssociation': verbs('ec2', { VpcEndpoint: 'Modify', VpcEndpoints: 'Describe' }),
  'ec2/VPCEndpointSecurityGroupAssociation': verbs('ec2', {
    VpcEndpoint: 'Modify',
    VpcEndpoints: 'Describe',
    SecurityGroups: 'Describe',
  }),
  'ec2/VPCEndpointSubnetAssociation': verbs('ec2', { VpcEndpoint: 'Modify', VpcEndpoints: 'Describe' }),
  'eks/AccessEntry': [...verbs('eks', { AccessEntry: 'Create Delete Describe Update' }), ...tags('eks')],
  'eks/AccessPolicyAssociation': [
    ...verbs('eks', { AccessPolicy: 'Associate Disassociate', AssociatedAccessPolicies: 'List' }),
  ],
  'eks/Addon': [
    ...verbs('eks', { Addon: 'Create Delete Describe Update', Update: 'Describe' }),
    ...verbs('eks', { PodIdentityAssociation: 'Create Delete Describe Update' }),
    ...tags('eks'),
    'iam:PassRole',
  ],
  'eks/Cluster': [
    ...verbs('eks', { Cluster: 'Create Delete Describe', ClusterConfig: 'Update', ClusterVersion: 'Update' }),
    ...verbs('eks', { EncryptionConfig: 'Associate', Update: 'Describe' }),
    ...tags('eks'),
    'iam:GetRole',
    'iam:PassRole',
    // EKS makes its service-linked role with the caller's rights on the first cluster of an account.
    'iam:CreateServiceLinkedRole',
    'kms:CreateGrant',
    'kms:DescribeKey',
  ],
  'eks/ClusterAuth': ['eks:DescribeCluster'],
  'eks/NodeGroup': [
    ...verbs('eks', { Nodegroup: 'Create Delete Describe', NodegroupConfig: 'Update', NodegroupVersion: 'Update' }),
    ...tags('eks'),
    'eks:DescribeUpdate',
    'iam:GetRole',
    'iam:PassRole',
    'iam:CreateServiceLinkedRole',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:RunInstances',
  ],
  'eks/PodIdentityAssociation': [
    ...verbs('eks', { PodIdentityAssociation: 'Create Delete Describe Update' }),
    ...tags('eks'),
    'iam:GetRole',
    'iam:PassRole',
  ],
  'iam/OpenIDConnectProvider': [
    ...verbs('iam', { OpenIDConnectProvider: 'Create Delete Get Tag Untag', OpenIDConnectProviderTags: 'List' }),
    ...verbs('iam', { OpenIDConnectProviderThumbprint: 'Update' }),
    'iam:AddClientIDToOpenIDConnectProvider',
    'iam:RemoveClientIDFromOpenIDConnectProvider',
  ],
  'iam/Policy': [
    ...verbs('iam', { Policy: 'Create Delete Get Tag Untag', PolicyVersion: 'Create Delete Get' }),
    ...verbs('iam', { PolicyVersions: 'List', PolicyTags: 'List', DefaultPolicyVersion: 'Set' }),
  ],
  'iam/Role': [
    ...verbs('iam', { Role: 'Create Delete Get Update Tag Untag', RoleDescription: 'Update', RoleTags: 'List' }),
    ...verbs('iam', { AssumeRolePolicy: 'Update', RolePermissionsBoundary: 'Put Delete' }),
    // Read on every observation; nothing inline is composed, so nothing of it is written.
    ...verbs('iam', { RolePolicies: 'List', AttachedRolePolicies: 'List', InstanceProfilesForRole: 'List' }),
  ],
  'iam/RolePolicyAttachment': verbs('iam', { RolePolicy: 'Attach Detach', AttachedRolePolicies: 'List' }),
  'kms/Key': [
    ...verbs('kms', { Key: 'Create Describe Enable Disable', KeyPolicy: 'Get Put', KeyDescription: 'Update' }),
    ...verbs('kms', { KeyRotation: 'Enable Disable', KeyRotationStatus: 'Get', KeyDeletion: 'Schedule Cancel' }),
    'kms:ListResourceTags',
    ...tags('kms'),
  ],
  'rds/Cluster': [
    ...verbs('rds', { DBCluster: 'Create Delete Modify', DBClusters: 'Describe', GlobalClusters: 'Describe' }),
    ...verbs('rds', { DBClusterFromSnapshot: 'Restore', DBClusterToPointInTime: 'Restore' }),
    ...verbs('rds', { RoleToDBCluster: 'Add', RoleFromDBCluster: 'Remove', HttpEndpoint: 'Enable Disable' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
    'rds:CreateDBClusterSnapshot',
    'iam:CreateServiceLinkedRole',
    'iam:PassRole',
    'kms:CreateGrant',
    'kms:DescribeKey',
    'secretsmanager:CreateSecret',
    'secretsmanager:TagResource',
  ],
  'rds/ClusterInstance': [
    ...verbs('rds', { DBInstance: 'Create Delete Modify Reboot', DBInstances: 'Describe', DBClusters: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
    'iam:PassRole',
  ],
  'rds/ClusterParameterGroup': [
    ...parameterGroup('DBClusterParameterGroup'),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove' }),
  ],
  'rds/ClusterSnapshot': [
    ...verbs('rds', { DBClusterSnapshot: 'Create Delete', DBClusterSnapshots: 'Describe' }),
    ...verbs('rds', { DBClusterSnapshotAttribute: 'Modify', DBClusterSnapshotAttributes: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
  ],
  'rds/Instance': [
    ...verbs('rds', { DBInstance: 'Create Delete Modify Reboot Start Stop', DBInstances: 'Describe' }),
    ...verbs('rds', { DBInstanceReadReplica: 'Create', ReadReplica: 'Promote', DBSnapshot: 'Create' }),
    ...verbs('rds', { DBInstanceFromDBSnapshot: 'Restore', DBInstanceToPointInTime: 'Restore' }),
    ...verbs('rds', { BlueGreenDeployment: 'Create Delete Switchover', BlueGreenDeployments: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
    'iam:CreateServiceLinkedRole',
    'iam:PassRole',
    'kms:CreateGrant',
    'kms:DescribeKey',
    // manageMasterUserPassword: RDS makes the secret with the caller's rights.
    'secretsmanager:CreateSecret',
    'secretsmanager:TagResource',
  ],
  'rds/ParameterGroup': [
    ...parameterGroup('DBParameterGroup'),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove' }),
  ],
  'rds/Proxy': [
    ...verbs('rds', { DBProxy: 'Create Delete Modify', DBProxies: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
    'iam:PassRole',
  ],
  'rds/ProxyDefaultTargetGroup': verbs('rds', { DBProxyTargetGroup: 'Modify', DBProxyTargetGroups: 'Describe' }),
  'rds/ProxyTarget': verbs('rds', { DBProxyTargets: 'Register Deregister Describe', DBProxyTargetGroups: 'Describe' }),
  'rds/Snapshot': [
    ...verbs('rds', { DBSnapshot: 'Create Delete', DBSnapshots: 'Describe' }),
    ...verbs('rds', { DBSnapshotAttribute: 'Modify', DBSnapshotAttributes: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
  ],
  'rds/SubnetGroup': [
    ...verbs('rds', { DBSubnetGroup: 'Create Delete Modify', DBSubnetGroups: 'Describe' }),
    ...verbs('rds', { TagsToResource: 'Add', TagsFromResource: 'Remove', TagsForResource: 'List' }),
  ],
  's3/Bucket': [
    ...verbs('s3', { Bucket: 'Create Delete List', BucketLocation: 'Get', BucketTagging: 'Get Put' }),
    ...verbs('s3', { Resource: 'Tag Untag', TagsForResource: 'List' }),
    // Every observation reads all of a bucket, whatever is composed.
    ...verbs('s3', { BucketAcl: 'Get', BucketCORS: 'Get', BucketLogging: 'Get', BucketPolicy: 'Get' }),
    ...verbs('s3', { BucketRequestPayment: 'Get', BucketVersioning: 'Get', BucketWebsite: 'Get' }),
    ...verbs('s3', { AccelerateConfiguration: 'Get', BucketObjectLockConfiguration: 'Get' }),
    ...verbs('s3', { EncryptionConfiguration: 'Get', LifecycleConfiguration: 'Get', ReplicationConfiguration: 'Get' }),
    // forceDestroy empties the bucket first.
    ...verbs('s3', { BucketVersions: 'List', Object: 'Delete', ObjectVersion: 'Delete' }),
  ],
  's3/BucketCorsConfiguration': verbs('s3', { BucketCORS: 'Get Put' }),
  's3/BucketLifecycleConfiguration': verbs('s3', { LifecycleConfiguration: 'Get Put' }),
  's3/BucketLogging': verbs('s3', { BucketLogging: 'Get Put' }),
  's3/BucketOwnershipControls': verbs('s3', { BucketOwnershipControls: 'Get Put' }),
  's3/BucketPolicy': verbs('s3', { BucketPolicy: 'Get Put Delete' }),
  's3/BucketPublicAccessBlock': verbs('s3', { BucketPublicAccessBlock: 'Get Put' }),
  's3/BucketServerSideEncryptionConfiguration': verbs('s3', { EncryptionConfiguration: 'Get Put' }),
  's3/BucketVersioning': verbs('s3', { BucketVersioning: 'Get Put' }),
  'sqs/Queue': [
    ...verbs('sqs', { Queue: 'Create Delete Tag Untag', QueueAttributes: 'Get Set', QueueTags: 'List' }),
    'sqs:GetQueueUrl',
  ],
  'sqs/QueuePolicy': verbs('sqs', { QueueAttributes: 'Get Set' }),
};

/** Services to which the provider may hand a role, by the kind that does it. */
const passedTo: Readonly<Record<string, string>> = {
  'eks/Addon': 'pods.eks.amazonaws.com',
  'eks/Cluster': 'eks.amazonaws.com',
  'eks/NodeGroup': 'eks.amazonaws.com',
  'eks/PodIdentityAssociation': 'pods.eks.amazonaws.com',
  'rds/Cluster': 'rds.amazonaws.com',
  'rds/ClusterInstance': 'monitoring.rds.amazonaws.com',
  'rds/Instance': 'monitoring.rds.amazonaws.com',
  'rds/Proxy': 'rds.amazonaws.com',
};

/** Actions that could raise the rights of a role, and that know the condition key iam:PermissionsBoundary. */
const bounded = new Set(['iam:AttachRolePolicy', 'iam:CreateRole', 'iam:PutRolePermissionsBoundary']);

/** What IAM can narrow to a kind of resource without knowing its name. */
const resources: Readonly<Record<string, readonly string[]>> = {
  iam: ['iam::*:oidc-provider/*', 'iam::*:policy/*', 'iam::*:role/*'],
  s3: ['s3:::*'],
};

const nameOf = ({ service, kind }: ManagedKind): string => `${service}/${kind}`;

/**
 * The policies that a provider needs for some blueprints and nothing more, one for each provider package, so that each
 * stays below the 6,144 characters of a managed policy.
 */
export function providerPolicies(
  blueprints: readonly Blueprint[],
  options: PermissionOptions,
): Map<string, PolicyDocument> {
  const kinds = managedKindsOf(blueprints);
  return new Map(
    servicesOf(blueprints).map((service) => [
      service,
      policyOf(
        kinds.filter((kind) => kind.service === service),
        options,
      ),
    ]),
  );
}

function policyOf(kinds: readonly ManagedKind[], { partition, boundary }: PermissionOptions): PolicyDocument {
  const all = [...new Set(kinds.flatMap(actionsOf))].sort();
  const roles = `arn:${partition}:iam::*:role/*`;
  const statements: Statement[] = [];
  const allow = (Sid: string, wanted: (action: string) => boolean, rest: Pick<Statement, 'Resource' | 'Condition'>) => {
    const Action = all.filter(wanted);
    if (Action.length > 0) statements.push({ Sid, Effect: 'Allow', Action, ...rest });
  };
  const passes = (action: string): boolean => action === 'iam:PassRole';
  const isBounded = (action: string): boolean => boundary !== undefined && bounded.has(action);
  // Taking the boundary off a role would undo the condition below.
  const left = (action: string): boolean => boundary !== undefined && action === 'iam:DeleteRolePermissionsBoundary';
  const receivers = [...new Set(kinds.flatMap((kind) => passedTo[nameOf(kind)] ?? []))].sort();
  allow('PassRoles', passes, { Resource: roles, Condition: { StringEquals: { 'iam:PassedToService': receivers } } });
  if (boundary !== undefined)
    allow('BoundedRoles', isBounded, {
      Resource: roles,
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    });
  for (const service of new Set(all.map(serviceOf))) {
    const plain = (action: string): boolean =>
      serviceOf(action) === service && !passes(action) && !isBounded(action) && !left(action);
    const narrowed = resources[service]?.map((resource) => `arn:${partition}:${resource}`);
    allow(service.charAt(0).toUpperCase() + service.slice(1), plain, { Resource: narrowed ?? '*' });
  }
  return { Version: '2012-10-17', Statement: statements };
}

const serviceOf = (action: string): string => action.split(':')[0] ?? '';

function actionsOf(kind: ManagedKind): readonly string[] {
  const found = actions[nameOf(kind)];
  if (found !== undefined) return found;
  const todo = 'write what the provider calls for it into tools/package/permissions.ts';
  throw new CodedError('PERMISSIONS_KIND', nameOf(kind), 'nobody has listed its actions', todo);
}
