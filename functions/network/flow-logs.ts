import { FlowLog, Group, Policy, Role, RolePolicyAttachment } from '../aws/index.ts';
import { partitionOf, policyDocument, serviceTrust } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed } from '../core/resource.ts';
import type { Foundation } from './foundation.ts';

const flowLog = composed('flow-log', FlowLog);
const logGroup = composed('flow-log-group', Group);
const role = composed('flow-log-role', Role);
const policy = composed('flow-log-policy', Policy);
const policyAttachment = composed('flow-log-policy-attachment', RolePolicyAttachment);

/** Every resource that flow logs may need. */
export const flowLogResources = [flowLog, logGroup, role, policy, policyAttachment] as const;

/** Composes the log of connections, and a role that may write exactly that log. */
export function composeFlowLogs({ context, region, orphan, vpcId, named }: Foundation, account: Known<string>): void {
  const { spec, identity, observed, desired } = context;
  const groupName = observed.externalName(logGroup) ?? `/aws/vpc/${nameFor(identity, 'flow-logs', 200)}`;
  const roleName = observed.externalName(role) ?? nameFor(identity, 'flow-logs', 64);
  const policyName = observed.externalName(policy) ?? nameFor(identity, 'flow-logs', 128);
  desired.managed(logGroup, known({ region, retentionInDays: spec.flowLogRetentionDays }), {
    orphan,
    externalName: groupName,
  });
  desired.managed(
    role,
    given([account], (id) => ({ assumeRolePolicy: serviceTrust('vpc-flow-logs.amazonaws.com', { account: id }) })),
    { orphan, externalName: roleName },
  );
  desired.managed(
    policy,
    given([account], (id) => ({
      policy: writeLogs(`arn:${partitionOf(region)}:logs:${region}:${id}:log-group:${groupName}`),
    })),
    { orphan, externalName: policyName },
  );
  desired.managed(
    policyAttachment,
    given([observed.text(policy, 'arn')], (policyArn) => ({ role: roleName, policyArn })),
    { orphan, after: [role, policy] },
  );
  desired.managed(
    flowLog,
    given([vpcId, observed.text(role, 'arn'), observed.text(logGroup, 'arn')], (id, iamRoleArn, logDestination) => ({
      region,
      vpcId: id,
      iamRoleArn,
      logDestination,
      logDestinationType: 'cloud-watch-logs',
      trafficType: spec.flowLogs === 'all' ? 'ALL' : 'REJECT',
      tags: named('flow-log'),
    })),
    { orphan, after: [policyAttachment] },
  );
}

/** Source of the actions: VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs". */
const writeLogs = (groupArn: string): string =>
  policyDocument([
    {
      Sid: 'Write',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      Resource: [groupArn, `${groupArn}:*`],
    },
    { Sid: 'Find', Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
  ]);
