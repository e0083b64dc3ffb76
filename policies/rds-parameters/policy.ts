import { type Engine, engines } from '../../functions/relational-database/engines.ts';
import { dynamicParameters } from '../../functions/relational-database/parameters.ts';
import { message, parameter, text, valueAt, when } from '../core/cel.ts';
import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const tls = { name: 'rds.force_ssl', value: '1', applyMethod: 'immediate' };
const group = (family: string, ...parameters: object[]) =>
  namespaced('rds', 'ParameterGroup', { forProvider: { region: 'eu-west-1', family, parameter: parameters } });
const instance = (given: object) =>
  namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', engine: 'postgres', ...given } });
const what = 'ParameterGroup team-a/app-parametergroup';
const noTls = (seen: string, name = tls.name, object = what) =>
  `RDS_TLS: ${object}: ${name} is ${seen}; it must be 1, or connections without TLS are taken`;
const atOnce = (name: string) =>
  `RDS_PARAMETER: ${what}: ${name} is applied at once; it takes a restart, or no table knows it, so use pending-reboot`;
const noGroup = (object: string) =>
  `RDS_TLS: ${object}: it has no parameter group of its own; name one that forces TLS`;
const bad: Case = { name: 'deny', object: group('postgres16'), message: noTls('absent') };

const families: readonly Engine[] = Object.values(engines);
const list = (names: readonly string[]) => `[${names.map(text).join(', ')}]`;

const familyOf = (object: string) => valueAt(object, 'spec.forProvider.family', "''");
const parametersOf = (object: string) => `${parameter(object, 'parameter')}.orValue([])`;

/**
 * What is dynamic, as the blueprint knows it, by the two ends of a family: what no table has counts as static. Names
 * are in one text for each, since a template holds a thousand of them.
 */
const dynamic = families.flatMap((engine) => {
  const { always, sometimes } = dynamicParameters(engine);
  const byMajor = engine.versions.map((major) => [
    engine.family,
    major,
    joined(Object.keys(sometimes).filter((name) => sometimes[name]?.includes(major))),
  ]);
  return [[engine.family, '', joined([...always, engine.tls.name])], ...byMajor.filter(([, , names]) => names !== '')];
});

function joined(names: readonly string[]): string {
  return names.length === 0 ? '' : `,${names.join(',')},`;
}

const isDynamic = (object: string) => `variables.dynamic.exists(known, ${familyOf(object)}.startsWith(known[0])
  && ${familyOf(object)}.endsWith(known[1]) && known[2].contains(',' + one.?name.orValue('').lowerAscii() + ','))`;

/** The name of a database's own parameter group; a read replica without one takes that of its source. */
const groupOf = (object: string) => {
  const given = (field: string) =>
    ['', 'Ref', 'Selector'].map((how) => `${parameter(object, field + how)}.hasValue()`).join(' || ');
  return `(${object}.kind == 'Cluster' ? ${given('dbClusterParameterGroupName')} : ${given('parameterGroupName')} || ${parameter(object, 'replicateSourceDb')}.hasValue())
    && !${parameter(object, 'parameterGroupName')}.or(${parameter(object, 'dbClusterParameterGroupName')}).orValue('').startsWith('default.')`;
};

export const rdsParameters: Policy = {
  name: 'rds-parameters',
  kind: 'AwsRdsParameters',
  title: 'Databases take connections with TLS only, and what needs a restart waits for one.',
  why: 'A default parameter group cannot be changed, and in most versions does not ask for TLS. AWS refuses for ever to apply a static parameter at once.',
  controls: ['Security Hub RDS.38'],
  match: [managed('rds', 'Cluster', 'ClusterParameterGroup', 'Instance', 'ParameterGroup')],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'cel',
    sparesObserved: true,
    variables: {
      // By the beginning of a family, the switch for TLS. Families of other engines are not judged.
      switches: `[${families.map(({ family, tls: { name } }) => list([family, name])).join(', ')}]`,
      dynamic: `[${dynamic.map(list).join(', ')}]`,
    },
    findings: (object) => [
      `variables.switches
        .filter(tls, ${familyOf(object)}.startsWith(tls[0]))
        .filter(tls, !${parametersOf(object)}.exists(one, one.?name.orValue('') == tls[1] && one.?value.orValue('') in ['1', 'ON']))
        .map(tls, ${message('RDS_TLS', `tls[1] + ' is ' + (${parametersOf(object)}.filter(one, one.?name.orValue('') == tls[1]).map(one, one.?value.orValue('')) + ['absent'])[0]`, "'it must be 1, or connections without TLS are taken'")})`,
      // The provider applies at once what says nothing (Terraform, aws_db_parameter_group).
      `(variables.switches.exists(tls, ${familyOf(object)}.startsWith(tls[0])) ? ${parametersOf(object)} : [])
        .filter(one, one.?applyMethod.orValue('immediate') == 'immediate' && !${isDynamic(object)})
        .map(one, ${message('RDS_PARAMETER', "one.?name.orValue('') + ' is applied at once'", "'it takes a restart, or no table knows it, so use pending-reboot'")})`,
      when(
        `${object}.kind in ['Cluster', 'Instance'] && ${parameter(object, 'engine')}.orValue('postgres') in ${list(Object.keys(engines))} && !(${groupOf(object)})`,
        'RDS_TLS',
        "'it has no parameter group of its own'",
        "'name one that forces TLS'",
      ),
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: group('postgres16', tls, { name: 'work_mem', value: '16384', applyMethod: 'immediate' }) },
    {
      name: 'allow-create',
      object: group('postgres16', tls, { name: 'max_connections', value: '500', applyMethod: 'pending-reboot' }),
      operation: 'CREATE',
      user: users.crossplane,
    },
    { name: 'allow-other-engine', object: group('oracle-ee-19', { name: 'processes', value: '500' }) },
    { name: 'allow-instance', object: instance({ parameterGroupName: 'ledger-postgres16' }) },
    {
      name: 'allow-instance-by-selector',
      object: instance({ parameterGroupNameSelector: { matchControllerRef: true } }),
    },
    { name: 'allow-replica', object: instance({ replicateSourceDb: 'ledger' }) },
    { name: 'allow-instance-of-other-engine', object: instance({ engine: 'oracle-ee' }) },
    { name: 'deny-switched-off', object: group('postgres14', { ...tls, value: '0' }), message: noTls('0') },
    {
      name: 'deny-mysql',
      object: clusterScoped('rds', 'ParameterGroup', {
        forProvider: { region: 'eu-west-1', family: 'mysql8.4' },
      }),
      message: noTls('absent', 'require_secure_transport', 'ParameterGroup app-x7k2p-parametergroup'),
    },
    {
      name: 'allow-aurora-mysql',
      object: namespaced('rds', 'ClusterParameterGroup', {
        forProvider: {
          region: 'eu-west-1',
          family: 'aurora-mysql8.0',
          parameter: [{ name: 'require_secure_transport', value: 'ON', applyMethod: 'immediate' }],
        },
      }),
    },
    {
      name: 'deny-static-at-once',
      object: group('postgres16', tls, { name: 'max_connections', value: '500', applyMethod: 'immediate' }),
      message: atOnce('max_connections'),
    },
    {
      name: 'deny-unknown-at-once',
      object: group('postgres16', tls, { name: 'rds.logical_replication', value: '1' }),
      message: atOnce('rds.logical_replication'),
    },
    {
      name: 'deny-static-in-that-version',
      object: group('postgres17', tls, { name: 'autovacuum_max_workers', value: '5', applyMethod: 'immediate' }),
      message: atOnce('autovacuum_max_workers'),
    },
    {
      name: 'allow-dynamic-in-that-version',
      object: group('postgres18', tls, { name: 'autovacuum_max_workers', value: '5', applyMethod: 'immediate' }),
    },
    {
      name: 'deny-default-group',
      object: instance({ parameterGroupName: 'default.postgres16' }),
      message: noGroup('Instance team-a/app-instance'),
    },
    {
      name: 'deny-cluster-without-group',
      object: clusterScoped('rds', 'Cluster', { forProvider: { region: 'eu-west-1', engine: 'aurora-postgresql' } }),
      message: noGroup('Cluster app-x7k2p-cluster'),
    },
    {
      name: 'deny-update',
      object: group('postgres16', { ...tls, value: '0' }),
      old: group('postgres16', tls),
      user: users.crossplane,
      message: noTls('0'),
    },
  ],
  badParameters: { 'bad-exemption': { exemptGroups: 'admins' } },
};
