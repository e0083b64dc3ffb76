import { parameter, when } from '../core/cel.ts';
import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { isProtected, productionTag, protectedTag } from '../core/protection.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

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
  match: [managed('rds', 'Cluster', 'Instance')],
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
    findings: (object) => {
      const off = (field: string) => `!${parameter(object, field)}.orValue(false)`;
      return [
        // Absent is off. A restored database keeps the encryption of what it is restored from.
        when(
          `${off('storageEncrypted')} && !${parameter(object, 'snapshotIdentifier')}.hasValue() && !${parameter(object, 'replicateSourceDb')}.hasValue() && !${parameter(object, 'restoreToPointInTime')}.hasValue()`,
          'RDS_ENCRYPTION',
          "'storageEncrypted is off'",
          "'it must be true'",
        ),
        when(
          `${isProtected(object)} && ${off('deletionProtection')}`,
          'RDS_PROTECTION',
          "'deletionProtection is off'",
          "'it must be true'",
        ),
        when(
          `${isProtected(object)} && int(${parameter(object, 'backupRetentionPeriod')}.orValue(0)) < variables.params.backupDays`,
          'RDS_PROTECTION',
          `'backupRetentionPeriod is ' + string(int(${parameter(object, 'backupRetentionPeriod')}.orValue(0)))`,
          "'it must be at least ' + string(variables.params.backupDays)",
        ),
        when(
          `${isProtected(object)} && ${object}.kind == 'Instance' && ${off('multiAz')}`,
          'RDS_PROTECTION',
          "'multiAz is off'",
          "'it must be true'",
        ),
        when(
          `${isProtected(object)} && ${parameter(object, 'skipFinalSnapshot')}.orValue(false)`,
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
      name: 'deny-update-that-lifts-it',
      object: instance({ deletionProtection: false }),
      old: instance(),
      user: users.crossplane,
      message: unprotected,
    },
  ],
  badParameters: { 'bad-days': { backupDays: 0 }, 'bad-days-type': { backupDays: '7' } },
};
