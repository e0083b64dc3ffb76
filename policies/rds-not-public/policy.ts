import { parameter, when } from '../core/cel.ts';
import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const instance = (given: object, more: object = {}) =>
  namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', engine: 'postgres', ...given }, ...more });
const refusal = 'RDS_PUBLIC: Instance team-a/app-instance: publiclyAccessible is true; it must be false';
const bad: Case = { name: 'deny', object: instance({ publiclyAccessible: true }), message: refusal };

export const rdsNotPublic: Policy = {
  name: 'rds-not-public',
  kind: 'AwsRdsNotPublic',
  title: 'Databases have no address in the internet.',
  why: 'A database that anyone can reach is guarded by its password alone.',
  controls: ['Security Hub RDS.2', 'Checkov CKV_AWS_17'],
  match: [managed('rds', 'ClusterInstance', 'Instance')],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'cel',
    findings: (object) => [
      when(
        `${parameter(object, 'publiclyAccessible')}.orValue(false)`,
        'RDS_PUBLIC',
        "'publiclyAccessible is true'",
        "'it must be false'",
      ),
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: instance({ publiclyAccessible: false }) },
    { name: 'allow-create', object: instance({}), operation: 'CREATE', user: users.crossplane },
    {
      name: 'deny-init-provider',
      object: instance({}, { initProvider: { publiclyAccessible: true } }),
      message: refusal,
    },
    {
      name: 'deny-cluster-instance',
      object: clusterScoped('rds', 'ClusterInstance', {
        forProvider: { region: 'eu-west-1', publiclyAccessible: true },
      }),
      message: 'RDS_PUBLIC: ClusterInstance app-x7k2p-clusterinstance: publiclyAccessible is true; it must be false',
    },
    {
      name: 'deny-update',
      object: instance({ publiclyAccessible: true }),
      old: instance({}),
      user: users.crossplane,
      message: refusal,
    },
  ],
  badParameters: { 'bad-exemption': { exemptGroups: 'admins' } },
};
