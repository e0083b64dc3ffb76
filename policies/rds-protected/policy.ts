import { spec } from '../../functions/relational-database/schema.ts';
import { isRequest, parameter, setting, valueAt, when } from '../core/cel.ts';
import { databaseRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { isProtected, productionTag, protectedTag } from '../core/protection.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const safe = {
  region: 'eu-west-1',
  engine: 'postgres',
  tags: { environment: 'production' },
  storageEncrypted: true,
  deletionProtection: true,
  backupRetentionPeriod: 14,
  multiAz: true,
};
const instance = (given: object = {}) => namespaced('rds', 'Instance', { forProvider: { ...safe, ...given } });
const refusal = (seen: string, allowed: string, what = 'Instance team-a/app-instance') =>
  `RDS_PROTECTION: ${what}: ${seen}; ${allowed}`;
const unprotected = refusal('deletionProtection is off', 'it must be true');
const bad: Case = { name: 'deny', object: instance({ deletionProtection: false }), message: unprotected };
const production = (more: object) => ({
  resourceConfig: { region: 'eu-west-1', tags: { environment: 'production' } },
  engineVersion: '17',
  ...more,
});
const plain = { region: 'eu-west-1', engine: 'postgres' };

export const rdsProtected: Policy = {
  name: 'rds-protected',
  kind: 'AwsRdsProtected',
  title:
    'Databases are encrypted; those that must not be lost are protected from deletion, backed up and run in two zones.',
  why: 'Encryption cannot be added to a live database. Deletion protection and backups are what is left after a wrong command.',
  controls: [
    'Security Hub RDS.3',
    'Security Hub RDS.5',
    'Security Hub RDS.8',
    'Security Hub RDS.11',
    'Checkov CKV_AWS_16',
    'Checkov CKV_AWS_133',
    'Checkov CKV_AWS_157',
    'Checkov CKV_AWS_293',
  ],
  match: [managed('rds', 'Cluster', 'Instance'), ...databaseRequests],
  parameters: {
    type: 'object',
    required: ['backupDays'],
    properties: {
      protectedTag,
      backupDays: {
        type: 'integer',
        description: 'Days for which backups are kept at least.',
        minimum: 1,
        maximum: 35,
      },
    },
  },
  recommended: { protectedTag: productionTag, backupDays: 7 },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => {
      const { deletionProtection, backupRetentionDays, multiAz, skipFinalSnapshot } = spec.properties;
      // A read replica holds no data of its own.
      const marked = `${isProtected(object)} && !${parameter(object, 'replicateSourceDb')}.hasValue()`;
      const days = `int(${setting(object, 'backupRetentionDays', backupRetentionDays, 'backupRetentionPeriod')}.orValue(0))`;
      // Aurora has storage in three zones, and its readers take over.
      const inOneZone = `(${isRequest(object)} ? !${valueAt(object, 'spec.engine', "''")}.startsWith('aurora') : ${object}.kind == 'Instance')`;
      return [
        // Absent is off, in a managed resource. A restored database keeps the encryption of what it is restored from.
        when(
          `!${isRequest(object)} && !${parameter(object, 'storageEncrypted')}.orValue(false) && !${parameter(object, 'snapshotIdentifier')}.hasValue() && !${parameter(object, 'replicateSourceDb')}.hasValue() && !${parameter(object, 'restoreToPointInTime')}.hasValue()`,
          'RDS_ENCRYPTION',
          "'storageEncrypted is off'",
          "'it must be true'",
        ),
        when(
          `${marked} && !${setting(object, 'deletionProtection', deletionProtection, 'deletionProtection')}.orValue(false)`,
          'RDS_PROTECTION',
          "'deletionProtection is off'",
          "'it must be true'",
        ),
        when(
          `${marked} && ${days} < variables.params.backupDays`,
          'RDS_PROTECTION',
          `(${isRequest(object)} ? 'backupRetentionDays' : 'backupRetentionPeriod') + ' is ' + string(${days})`,
          "'it must be at least ' + string(variables.params.backupDays)",
        ),
        when(
          `${marked} && ${inOneZone} && !${setting(object, 'multiAz', multiAz, 'multiAz')}.orValue(false)`,
          'RDS_PROTECTION',
          "'multiAz is off'",
          "'it must be true'",
        ),
        when(
          `${marked} && ${setting(object, 'skipFinalSnapshot', skipFinalSnapshot, 'skipFinalSnapshot')}.orValue(false)`,
          'RDS_PROTECTION',
          "'skipFinalSnapshot is true'",
          "'deletion must leave a snapshot, so leave it out'",
        ),
      ];
    },
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: instance() },
    { name: 'allow-create', object: instance(), operation: 'CREATE', user: users.crossplane },
    {
      name: 'allow-test',
      object: namespaced('rds', 'Instance', { forProvider: { ...plain, storageEncrypted: true } }),
    },
    {
      name: 'deny-unencrypted',
      object: namespaced('rds', 'Instance', { forProvider: plain }),
      message: 'RDS_ENCRYPTION: Instance team-a/app-instance: storageEncrypted is off; it must be true',
    },
    {
      name: 'allow-restore',
      object: namespaced('rds', 'Instance', { forProvider: { ...plain, snapshotIdentifier: 'nightly' } }),
    },
    {
      name: 'deny-backups',
      object: instance({ backupRetentionPeriod: 1 }),
      message: refusal('backupRetentionPeriod is 1', 'it must be at least 7'),
    },
    {
      name: 'deny-one-zone',
      object: instance({ multiAz: false }),
      message: refusal('multiAz is off', 'it must be true'),
    },
    {
      name: 'deny-cluster-without-snapshot',
      object: clusterScoped('rds', 'Cluster', {
        forProvider: { ...safe, multiAz: undefined, skipFinalSnapshot: true },
      }),
      message: refusal(
        'skipFinalSnapshot is true',
        'deletion must leave a snapshot, so leave it out',
        'Cluster app-x7k2p-cluster',
      ),
    },
    {
      name: 'allow-replica',
      object: instance({ replicateSourceDb: 'ledger', deletionProtection: false, skipFinalSnapshot: true }),
    },
    { name: 'allow-claim', object: claim('RelationalDatabase', production({ multiAz: true })) },
    { name: 'allow-claim-of-aurora', object: claim('RelationalDatabase', production({ engine: 'aurora-mysql' })) },
    {
      name: 'allow-claim-for-test',
      object: claim('RelationalDatabase', { resourceConfig: {}, deletionProtection: false, skipFinalSnapshot: true }),
    },
    {
      name: 'deny-claim',
      object: claim('RelationalDatabase', production({})),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('multiAz is off', 'it must be true', 'RelationalDatabase team-a/app'),
    },
    {
      name: 'deny-composite',
      object: composite(
        'RelationalDatabase',
        production({ multiAz: true, deletionProtection: false, backupRetentionDays: 3, skipFinalSnapshot: true }),
      ),
      message: [
        refusal('deletionProtection is off', 'it must be true', 'RelationalDatabase team-a/app'),
        refusal('backupRetentionDays is 3', 'it must be at least 7', 'RelationalDatabase team-a/app'),
        refusal(
          'skipFinalSnapshot is true',
          'deletion must leave a snapshot, so leave it out',
          'RelationalDatabase team-a/app',
        ),
      ].join('; '),
    },
    {
      name: 'deny-update-that-lifts-it',
      object: instance({ deletionProtection: false }),
      old: instance(),
      user: users.crossplane,
      message: unprotected,
    },
  ],
  badParameters: { 'bad-days': { backupDays: 0 }, 'bad-days-type': { backupDays: '7' } },
};
