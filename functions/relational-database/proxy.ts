import {
  Policy,
  ProxyDefaultTargetGroup,
  type ProxyParameters,
  ProxyTarget,
  Proxy as RdsProxy,
  Role,
  RolePolicyAttachment,
  SecurityGroup,
  SecurityGroupRule,
} from '../aws/index.ts';
import { dnsSuffixOf, readSecret, serviceTrust } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { composed } from '../core/resource.ts';
import { cluster } from './cluster.ts';
import { type Database, type DatabaseContext, type DatabaseFacts, derivedName } from './context.ts';
import { instance } from './instance.ts';
import { composeIngress, type NetworkFacts } from './network.ts';

const proxy = composed('proxy', RdsProxy);
const targetGroup = composed('proxy-target-group', ProxyDefaultTargetGroup);
const target = composed('proxy-target', ProxyTarget);
const role = composed('proxy-role', Role);
const policy = composed('proxy-policy', Policy);
const policyAttachment = composed('proxy-policy-attachment', RolePolicyAttachment);
const securityGroup = composed('proxy-security-group', SecurityGroup);
const ingressRule = composed('proxy-ingress-*', SecurityGroupRule);
const wayOut = composed('proxy-egress', SecurityGroupRule);
const wayIn = composed('database-ingress-of-proxy', SecurityGroupRule);

/** Every resource that a proxy may need. */
export const proxyResources = [
  proxy,
  targetGroup,
  target,
  role,
  policy,
  policyAttachment,
  securityGroup,
  ingressRule,
  wayOut,
  wayIn,
] as const;

type ProxySpec = NonNullable<DatabaseContext['spec']['proxy']>;

/**
 * Composes an RDS Proxy that whoever may reach the database reaches in the same way, that itself reaches nothing but
 * the database, and that reads no secret but the one of the database. Gives the host to connect to.
 */
export function composeProxy(
  context: DatabaseContext,
  database: Database,
  facts: DatabaseFacts,
  spec: ProxySpec,
): Known<string> {
  const { desired, observed } = context;
  const { region, identifier, orphan, engine } = database;
  const proxyName = observed.externalName(proxy) ?? derivedName(identifier, 'proxy');
  const securityGroupId = composeProxyNetwork(context, database, facts.network);
  const roleArn = composeProxyRole(context, database, facts.secretArn);
  desired.managed(
    proxy,
    given([facts.secretArn, roleArn, securityGroupId, facts.network.subnetIds], (secretArn, arn, group, subnetIds) => ({
      region,
      engineFamily: engine.proxyFamily,
      requireTls: true,
      roleArn: arn,
      vpcSecurityGroupIds: [group],
      vpcSubnetIds: [...subnetIds],
      ...behaviourOf(spec, secretArn),
    })),
    { orphan, externalName: proxyName, after: [policyAttachment] },
  );
  const connectionPoolConfig = {
    connectionBorrowTimeout: spec.connectionBorrowTimeoutSeconds,
    maxConnectionsPercent: spec.maxConnectionsPercent,
    maxIdleConnectionsPercent: spec.maxIdleConnectionsPercent,
  };
  desired.managed(targetGroup, known({ region, dbProxyName: proxyName, connectionPoolConfig }), {
    orphan,
    after: [proxy],
  });
  const behind = engine.cluster ? { dbClusterIdentifier: identifier } : { dbInstanceIdentifier: identifier };
  desired.managed(target, known({ region, dbProxyName: proxyName, targetGroupName: 'default', ...behind }), {
    orphan,
    after: [targetGroup, engine.cluster ? cluster : instance],
  });
  return observed.text(proxy, 'endpoint');
}

const behaviourOf = (spec: ProxySpec, secretArn: string) =>
  ({
    auth: [{ authScheme: 'SECRETS', iamAuth: spec.iamAuthentication ? 'REQUIRED' : 'DISABLED', secretArn }],
    idleClientTimeout: spec.idleClientTimeoutSeconds,
    debugLogging: spec.debugLogging,
  }) satisfies Partial<ProxyParameters>;

function composeProxyNetwork(
  context: DatabaseContext,
  database: Database,
  { vpcId, securityGroupId }: NetworkFacts,
): Known<string> {
  const { desired, observed } = context;
  const { region, identifier, port, orphan } = database;
  desired.managed(
    securityGroup,
    given([vpcId], (id) => ({
      region,
      name: derivedName(identifier, 'proxy'),
      description: `Proxy of database ${identifier}`,
      vpcId: id,
    })),
    { orphan },
  );
  const own = observed.text(securityGroup, 'id');
  composeIngress(context, database, ingressRule, own);
  const tcp = { region, protocol: 'tcp', fromPort: port, toPort: port };
  const between = (type: 'ingress' | 'egress', from: Known<string>, to: Known<string>) =>
    given([from, to], (at, other) => ({ ...tcp, type, securityGroupId: at, sourceSecurityGroupId: other }));
  desired.managed(wayOut, between('egress', own, securityGroupId), { orphan });
  desired.managed(wayIn, between('ingress', securityGroupId, own), { orphan });
  return own;
}

function composeProxyRole(context: DatabaseContext, database: Database, secretArn: Known<string>): Known<string> {
  const { spec, desired, observed } = context;
  const { region, identifier, orphan } = database;
  const roleName = observed.externalName(role) ?? derivedName(identifier, 'proxy');
  const assumeRolePolicy = serviceTrust('rds.amazonaws.com');
  desired.managed(role, known({ assumeRolePolicy }), { orphan, externalName: roleName });
  const key = spec.kmsKeyArn && { arn: spec.kmsKeyArn, through: `secretsmanager.${region}.${dnsSuffixOf(region)}` };
  desired.managed(
    policy,
    given([secretArn], (arn) => ({ policy: readSecret(arn, key || undefined) })),
    { orphan, externalName: observed.externalName(policy) ?? derivedName(identifier, 'proxy') },
  );
  desired.managed(
    policyAttachment,
    given([observed.text(policy, 'arn')], (policyArn) => ({ role: roleName, policyArn })),
    { orphan, after: [role, policy] },
  );
  return observed.text(role, 'arn');
}
