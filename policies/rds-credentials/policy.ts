import { spec } from '../../functions/relational-database/schema.ts';
import { at, isRequest, parameter, setting, when } from '../core/cel.ts';
import { databaseRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const good = {
  region: 'eu-west-1',
  engine: 'postgres',
  username: 'ledger',
  manageMasterUserPassword: true,
  iamDatabaseAuthenticationEnabled: true,
};
const instance = (given: object = {}) => namespaced('rds', 'Instance', { forProvider: { ...good, ...given } });
const refusal = (seen: string, allowed: string, what = 'Instance team-a/app-instance') =>
  `RDS_CREDENTIALS: ${what}: ${seen}; ${allowed}`;
const asked = (more: object = {}) => ({ resourceConfig: { region: 'eu-west-1' }, engineVersion: '17', ...more });
const secret = { name: 'ledger', key: 'password' };
const bad: Case = {
  name: 'deny',
  object: instance({ username: 'postgres' }),
  message: refusal('the user name is postgres', 'not one of admin, postgres, root, sa'),
};
const byHand = refusal('the password is given', 'use manageMasterUserPassword or autoGeneratePassword');

/** The name of the parameter differs between instances and clusters. */
const userName = (object: string) =>
  `(${isRequest(object)} ? ${at(object, 'spec.username')} : ${parameter(object, 'username')}.or(${parameter(object, 'masterUsername')})).orValue('')`;

/** Whether a person chose the password. What is restored or replicated has one already. */
const isGiven = (object: string) =>
  `(${isRequest(object)}
    ? ${at(object, 'spec.passwordSecretRef')}.hasValue() && !${at(object, 'spec.restore')}.hasValue()
    : ${userName(object)} != '' && !${parameter(object, 'manageMasterUserPassword')}.orValue(false) && !${parameter(object, 'autoGeneratePassword')}.orValue(false))`;

export const rdsCredentials: Policy = {
  name: 'rds-credentials',
  kind: 'AwsRdsCredentials',
  title: 'Master users of databases have no common name and no password that a person chose.',
  why: 'The names that everybody tries first are half of a login, and a chosen password is in a file somewhere.',
  controls: ['Security Hub RDS.10', 'Checkov CKV_AWS_161'],
  match: [managed('rds', 'Cluster', 'Instance'), ...databaseRequests],
  parameters: {
    type: 'object',
    required: ['forbiddenUserNames'],
    properties: {
      forbiddenUserNames: {
        type: 'array',
        description: 'User names, in lower case, that are too common.',
        items: { type: 'string', pattern: '^[a-z0-9_]+$' },
      },
      iamAuthentication: {
        type: 'boolean',
        description: 'Whether iamDatabaseAuthenticationEnabled must be true. Default false.',
      },
      passwordMayBeGiven: {
        type: 'boolean',
        description:
          'Whether the password may come from a Secret, without which AWS has no read replicas outside of Aurora and no blue/green changes. Default false.',
      },
    },
  },
  recommended: {
    forbiddenUserNames: ['admin', 'postgres', 'root', 'sa'],
    iamAuthentication: false,
    passwordMayBeGiven: false,
  },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => [
      when(
        `${userName(object)}.lowerAscii() in variables.params.forbiddenUserNames`,
        'RDS_CREDENTIALS',
        `'the user name is ' + ${userName(object)}`,
        "'not one of ' + variables.params.forbiddenUserNames.join(', ')",
      ),
      when(
        `!variables.params.?passwordMayBeGiven.orValue(false) && ${isGiven(object)}`,
        'RDS_CREDENTIALS',
        "'the password is given'",
        `${isRequest(object)} ? 'leave passwordSecretRef out' : 'use manageMasterUserPassword or autoGeneratePassword'`,
      ),
      when(
        `variables.params.?iamAuthentication.orValue(false) && !${setting(object, 'iamAuthentication', spec.properties.iamAuthentication, 'iamDatabaseAuthenticationEnabled')}.orValue(false)`,
        'RDS_CREDENTIALS',
        `(${isRequest(object)} ? 'iamAuthentication' : 'iamDatabaseAuthenticationEnabled') + ' is off'`,
        "'it must be true'",
      ),
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: instance() },
    {
      name: 'allow-create',
      object: instance({ manageMasterUserPassword: false, autoGeneratePassword: true }),
      operation: 'CREATE',
      user: users.crossplane,
    },
    {
      name: 'allow-replica',
      object: namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', replicateSourceDb: 'ledger' } }),
    },
    { name: 'deny-password', object: instance({ manageMasterUserPassword: false }), message: byHand },
    {
      name: 'deny-cluster',
      object: clusterScoped('rds', 'Cluster', {
        forProvider: {
          region: 'eu-west-1',
          engine: 'aurora-postgresql',
          masterUsername: 'Admin',
          manageMasterUserPassword: true,
        },
      }),
      message: refusal('the user name is Admin', 'not one of admin, postgres, root, sa', 'Cluster app-x7k2p-cluster'),
    },
    {
      name: 'deny-without-iam',
      object: instance({ iamDatabaseAuthenticationEnabled: false }),
      parameters: { iamAuthentication: true },
      message: refusal('iamDatabaseAuthenticationEnabled is off', 'it must be true'),
    },
    { name: 'allow-claim', object: claim('RelationalDatabase', asked()), parameters: { iamAuthentication: true } },
    {
      name: 'allow-given-password',
      object: composite('RelationalDatabase', asked({ passwordSecretRef: secret })),
      parameters: { passwordMayBeGiven: true },
    },
    {
      name: 'deny-claim',
      object: claim('RelationalDatabase', asked({ username: 'admin', passwordSecretRef: secret })),
      operation: 'CREATE',
      user: users.developer,
      message: `${refusal('the user name is admin', 'not one of admin, postgres, root, sa', 'RelationalDatabase team-a/app')}; ${refusal('the password is given', 'leave passwordSecretRef out', 'RelationalDatabase team-a/app')}`,
    },
    {
      name: 'deny-composite-without-iam',
      object: composite('RelationalDatabase', asked({ iamAuthentication: false })),
      parameters: { iamAuthentication: true },
      message: refusal('iamAuthentication is off', 'it must be true', 'RelationalDatabase team-a/app'),
    },
    {
      name: 'deny-update',
      object: instance({ manageMasterUserPassword: false }),
      old: instance(),
      user: users.crossplane,
      message: byHand,
    },
  ],
  badParameters: { 'bad-name': { forbiddenUserNames: ['Admin'] } },
};
