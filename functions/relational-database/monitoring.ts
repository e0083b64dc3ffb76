import { Role, RolePolicyAttachment } from '../aws/index.ts';
import { partitionOf, serviceTrust } from '../core/iam.ts';
import { given, type Known } from '../core/known.ts';
import { composed } from '../core/resource.ts';
import { type Database, type DatabaseContext, derivedName } from './context.ts';
import { type Engine, type EngineName, engines } from './engines.ts';

export const monitoringRole = composed('monitoring-role', Role);
export const monitoringPolicy = composed('monitoring-role-policy', RolePolicyAttachment);

/** Members of an instance by which it reports on itself. */
export interface Monitoring {
  readonly monitoringInterval: number;
  readonly monitoringRoleArn?: string;
}

/** Composes the role by which Amazon RDS writes the metrics of the operating system, unless they are switched off. */
export function composeMonitoring(context: DatabaseContext, database: Database): Known<Monitoring> {
  const { spec, desired, observed } = context;
  const monitoringInterval = spec.monitoringIntervalSeconds;
  if (monitoringInterval === 0) return given([], () => ({ monitoringInterval }));
  const { region, identifier, orphan } = database;
  const externalName = observed.externalName(monitoringRole) ?? derivedName(identifier, 'monitoring');
  const assumeRolePolicy = serviceTrust('monitoring.rds.amazonaws.com');
  desired.managed(
    monitoringRole,
    given([], () => ({ assumeRolePolicy })),
    { orphan, externalName },
  );
  const policyArn = `arn:${partitionOf(region)}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`;
  desired.managed(
    monitoringPolicy,
    given([], () => ({ role: externalName, policyArn })),
    { orphan, after: [monitoringRole] },
  );
  return given([observed.text(monitoringRole, 'arn')], (monitoringRoleArn) => ({
    monitoringInterval,
    monitoringRoleArn,
  }));
}

/** Members of an instance by which the load by statement is kept, for as long as AWS does it without a price. */
export function insightsOf({
  engine,
  instanceClass,
  serverless,
  performanceInsights,
  kmsKeyArn,
}: DatabaseContext['spec']) {
  const enabled = performanceInsights ?? (serverless !== undefined || offersInsights(engine, instanceClass));
  return {
    performanceInsightsEnabled: enabled,
    ...(enabled && { performanceInsightsRetentionPeriod: 7 }),
    ...(enabled && kmsKeyArn !== undefined && { performanceInsightsKmsKeyId: kmsKeyArn }),
  };
}

function offersInsights(name: EngineName, instanceClass: string): boolean {
  const { classesWithoutInsights }: Engine = engines[name];
  return classesWithoutInsights === undefined || !new RegExp(classesWithoutInsights).test(instanceClass);
}
