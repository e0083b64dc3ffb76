import { isRequest, message, parameter, valueAt, when } from '../core/cel.ts';
import { databaseRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const instance = (given: object, more: object = {}) =>
  namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', engine: 'postgres', ...given }, ...more });
const refusal = 'RDS_PUBLIC: Instance team-a/app-instance: publiclyAccessible is true; it must be false';
const from = (...cidrs: string[]) => ({ resourceConfig: { region: 'eu-west-1' }, ingress: { cidrs } });
const wide = (network: string) =>
  `RDS_PUBLIC: RelationalDatabase team-a/app: spec.ingress.cidrs has ${network}; name the networks that need it, none wider than /8`;
const bad: Case = { name: 'deny', object: instance({ publiclyAccessible: true }), message: refusal };

export const rdsNotPublic: Policy = {
  name: 'rds-not-public',
  kind: 'AwsRdsNotPublic',
  title: 'Databases have no address in the internet.',
  why: 'A database that anyone can reach is guarded by its password alone.',
  controls: ['Security Hub RDS.2', 'Checkov CKV_AWS_17'],
  match: [managed('rds', 'ClusterInstance', 'Instance'), ...databaseRequests],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => [
      when(
        `${parameter(object, 'publiclyAccessible')}.orValue(false)`,
        'RDS_PUBLIC',
        "'publiclyAccessible is true'",
        "'it must be false'",
      ),
      // Two halves of the internet are the internet; the largest network that is nobody's but one's own is a /8.
      `(${isRequest(object)} ? ${valueAt(object, 'spec.ingress.cidrs', '[]')} : [])
        .filter(network, int(network.split('/')[1]) < 8)
        .map(network, ${message('RDS_PUBLIC', "'spec.ingress.cidrs has ' + network", "'name the networks that need it, none wider than /8'")})`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
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
    { name: 'allow-claim', object: claim('RelationalDatabase', from('10.0.0.0/8', 'fd00::/8')) },
    {
      name: 'deny-claim',
      object: claim('RelationalDatabase', from('10.0.0.0/8', '0.0.0.0/0')),
      operation: 'CREATE',
      user: users.developer,
      message: wide('0.0.0.0/0'),
    },
    {
      name: 'deny-composite-in-halves',
      object: composite('RelationalDatabase', from('0.0.0.0/1', '::/0')),
      message: `${wide('0.0.0.0/1')}; ${wide('::/0')}`,
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
