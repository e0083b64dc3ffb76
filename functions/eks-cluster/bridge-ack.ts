import { allow, dnsSuffixOf } from '../core/iam.ts';
import type { BridgeAddon } from './bridge-addons.ts';
import type { Rights } from './bridge-policies.ts';

/** Some of these actions are on no resource that could be named. */
const here = (region: string) => ({ StringEquals: { 'aws:RequestedRegion': region } });

/** Source of the actions: emrcontainers-controller, config/iam/recommended-inline-policy. */
const emrContainers: Rights = ({ region }) => [
  allow('ServiceRole', ['iam:CreateServiceLinkedRole'], '*', {
    StringEquals: { 'iam:AWSServiceName': 'emr-containers.amazonaws.com' },
  }),
  allow(
    'Clusters',
    [
      ...['CancelJobRun', 'CreateVirtualCluster', 'DeleteVirtualCluster', 'DescribeJobRun', 'DescribeVirtualCluster'],
      ...['ListJobRuns', 'ListVirtualClusters', 'StartJobRun', 'TagResource'],
    ].map((action) => `emr-containers:${action}`),
    '*',
    here(region),
  ),
];

const aps = (action: string): string => `aps:${action}`;

/** Source of the actions: prometheusservice-controller, config/iam/recommended-inline-policy, and what it calls. */
const prometheusService: Rights = ({ region }) => [
  allow(
    'Workspaces',
    [
      ...['AlertManagerDefinition', 'LoggingConfiguration', 'RuleGroupsNamespace', 'Workspace'].flatMap((kind) =>
        ['Create', 'Delete', 'Describe'].map((verb) => aps(verb + kind)),
      ),
      ...['PutAlertManagerDefinition', 'PutRuleGroupsNamespace', 'TagResource', 'UntagResource'].map(aps),
      ...['UpdateLoggingConfiguration', 'UpdateWorkspaceAlias'].map(aps),
      ...['CreateLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies', 'PutResourcePolicy'].map(
        (action) => `logs:${action}`,
      ),
    ],
    '*',
    here(region),
  ),
];

/** Passwords that RDS keeps. Source of the actions: rds-controller, config/iam/recommended-inline-policy. */
const rdsPasswords: Rights = ({ partition, region, account }) => [
  allow(
    'Passwords',
    ['CreateSecret', 'DeleteSecret', 'GetSecretValue', 'TagResource', 'UpdateSecret'].map(
      (action) => `secretsmanager:${action}`,
    ),
    `arn:${partition}:secretsmanager:${region}:${account}:secret:rds!*`,
  ),
  allow(
    'Keys',
    ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
    `arn:${partition}:kms:${region}:${account}:key/*`,
    {
      StringEquals: {
        'kms:ViaService': ['rds', 'secretsmanager'].map((service) => `${service}.${region}.${dnsSuffixOf(region)}`),
      },
    },
  ),
];

/** Roles for replication. Source of the action: s3-controller, config/iam/recommended-inline-policy. */
const s3Replication: Rights = ({ partition, account }) => [
  allow('Replication', ['iam:PassRole'], `arn:${partition}:iam::${account}:role/*`, {
    StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' },
  }),
];

/** The one role that state machines may get. Source: sfn-controller, config/iam/additional-policy. */
const sfnExecution: Rights = ({ partition, account }) => [
  allow('Execution', ['iam:PassRole'], `arn:${partition}:iam::${account}:role/ack-sfn-execution-role`),
];

type AckRights = Pick<BridgeAddon, 'policies' | 'statements'>;

/**
 * What each controller may do: the policy that AWS maintains and its project recommends (config/iam of each controller,
 * as of 2026-08), or its actions as statements of our own. Whoever may use the API of such a controller may use all of
 * it. The controller of API Gateway calls no API, so it does not get the policy to invoke them.
 */
const rights: Readonly<Record<string, AckRights>> = {
  apigatewayv2: { policies: ['AmazonAPIGatewayAdministrator'] },
  // The one that follows AmazonDynamoDBFullAccess (AWS managed policy reference).
  dynamodb: { policies: ['AmazonDynamoDBFullAccess_v2'] },
  emrcontainers: { statements: emrContainers },
  eventbridge: { policies: ['AmazonEventBridgeFullAccess'] },
  prometheusservice: { statements: prometheusService },
  rds: { policies: ['AmazonRDSFullAccess'], statements: rdsPasswords },
  s3: { policies: ['AmazonS3FullAccess'], statements: s3Replication },
  sfn: { policies: ['AWSStepFunctionsFullAccess'], statements: sfnExecution },
};

/** Controllers of AWS Controllers for Kubernetes, each with the names that its chart gives by default. */
export const ackAddons: Readonly<Record<string, BridgeAddon>> = Object.fromEntries(
  Object.entries(rights).map(([service, own]) => [
    `ack_${service}`,
    { namespace: 'ack-system', serviceAccounts: { service_account: `ack-${service}-controller` }, ...own },
  ]),
);
