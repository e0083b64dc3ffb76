import { readFileSync } from 'node:fs';
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { expect, test } from 'vitest';
import { type Change, isDisruptive, judge } from '../functions/core/day2/judge.ts';
import { relationalDatabase } from '../functions/relational-database/index.ts';
import { databaseCases } from './day2/database-cases.ts';
import { databaseSpec } from './day2/specs.ts';

// What AWS publishes for machines knows less than its documentation, and some of it otherwise: every disagreement with
// our rules is here with its reason, so that a new one is noticed.

/** Fields of an instance, its member of ModifyDBInstance and its property in CloudFormation. */
const members: Readonly<Record<string, { readonly modify?: string; readonly property: string }>> = {
  instanceClass: { modify: 'DBInstanceClass', property: 'DBInstanceClass' },
  engineVersion: { modify: 'EngineVersion', property: 'EngineVersion' },
  port: { modify: 'DBPortNumber', property: 'Port' },
  backupRetentionDays: { modify: 'BackupRetentionPeriod', property: 'BackupRetentionPeriod' },
  storageGB: { modify: 'AllocatedStorage', property: 'AllocatedStorage' },
  maxStorageGB: { modify: 'MaxAllocatedStorage', property: 'MaxAllocatedStorage' },
  storageType: { modify: 'StorageType', property: 'StorageType' },
  iops: { modify: 'Iops', property: 'Iops' },
  multiAz: { modify: 'MultiAZ', property: 'MultiAZ' },
  backupWindow: { modify: 'PreferredBackupWindow', property: 'PreferredBackupWindow' },
  maintenanceWindow: { modify: 'PreferredMaintenanceWindow', property: 'PreferredMaintenanceWindow' },
  iamAuthentication: { modify: 'EnableIAMDatabaseAuthentication', property: 'EnableIAMDatabaseAuthentication' },
  'passwordSecretRef.name': { modify: 'MasterUserPassword', property: 'MasterUserPassword' },
  caCertificate: { modify: 'CACertificateIdentifier', property: 'CACertificateIdentifier' },
  monitoringIntervalSeconds: { modify: 'MonitoringInterval', property: 'MonitoringInterval' },
  performanceInsights: { modify: 'EnablePerformanceInsights', property: 'EnablePerformanceInsights' },
  logExports: { modify: 'CloudwatchLogsExportConfiguration', property: 'EnableCloudwatchLogsExports' },
  deletionProtection: { modify: 'DeletionProtection', property: 'DeletionProtection' },
  engine: { property: 'Engine' },
  databaseName: { property: 'DBName' },
  username: { property: 'MasterUsername' },
  kmsKeyArn: { property: 'KmsKeyId' },
};

/** Verdicts on an instance in one zone, of every case about one. */
const verdicts: readonly Change[] = databaseCases
  .filter(({ running = {} }) => !('engine' in running || 'multiAz' in running || 'blueGreen' in running))
  .flatMap(({ running, live, from, to, field }) =>
    judge(relationalDatabase, databaseSpec({ ...running, ...from }), databaseSpec({ ...running, ...to }), live).filter(
      (change) => change.field === field,
    ),
  );

const ofField = (field: string): readonly Change[] => verdicts.filter((change) => change.field === field);

test('there is a verdict on every field that is compared', () => {
  expect(Object.keys(members).filter((field) => ofField(field).length === 0)).toEqual([]);
});

test('agrees with the words of the API about outages, or says why not', () => {
  const words = wordsOfModify();
  const disagreements = Object.entries(members).flatMap(([field, { modify = '' }]) => {
    const said = words.get(modify);
    const ours = ofField(field).some(isDisruptive);
    if (said === undefined || said.outage === undefined || said.outage === ours) return [];
    return [`${field}: the API says ${said.outage ? 'outage' : 'no outage'}`];
  });
  expect(words.get('DBInstanceClass')).toEqual({ outage: true, deferrable: true });
  expect(words.get('MultiAZ')).toEqual({ outage: false, deferrable: true });
  expect(words.get('DBPortNumber')).toEqual({ outage: true, deferrable: false });
  expect(disagreements).toEqual([]);
});

test('agrees with the words of the API about the window, or says why not', () => {
  const words = wordsOfModify();
  const disagreements = Object.entries(members).flatMap(([field, { modify = '' }]) => {
    const said = words.get(modify);
    const waits = ofField(field).some(({ takesEffect }) => takesEffect === 'window');
    // Silence of the API means nothing: the user guide says of more members that they wait.
    if (said?.outage === undefined && said?.deferrable !== true) return [];
    return said.deferrable === waits ? [] : [`${field}: the API says ${said.deferrable ? 'window' : 'at once'}`];
  });
  expect(disagreements).toEqual([]);
});

test('agrees with CloudFormation about what replaces a database, or says why not', async () => {
  const database = await loadAwsServiceSpec();
  const resource = database.lookup('resource', 'cloudFormationType', 'equals', 'AWS::RDS::DBInstance').only();
  const disagreements = Object.entries(members).flatMap(([field, { property }]) => {
    const replaces = resource.properties[property]?.causesReplacement ?? 'no';
    const refused = ofField(field).every(({ impact }) => impact === 'refused');
    expect(resource.properties[property], property).toBeDefined();
    return (replaces === 'yes') === refused ? [] : [`${field}: CloudFormation says ${replaces}`];
  });
  expect(disagreements).toEqual([
    // CloudFormation replaces for another port; ModifyDBInstance has DBPortNumber, and so has the provider.
    'port: CloudFormation says yes',
    // "maybe": between editions of one engine, which our engines do not have.
    'engine: CloudFormation says maybe',
  ]);
});

interface Words {
  /** Undefined where nothing is said. */
  readonly outage: boolean | undefined;
  readonly deferrable: boolean;
}

/** What the comments of ModifyDBInstanceMessage in AWS's own client say of each member. */
function wordsOfModify(): ReadonlyMap<string, Words> {
  const source = readFileSync('node_modules/@aws-sdk/client-rds/dist-types/models/models_1.d.ts', 'utf8');
  const [, message = ''] = /export interface ModifyDBInstanceMessage \{([\s\S]*?)\n\}/.exec(source) ?? [];
  return new Map(
    [...message.matchAll(/\/\*\*([\s\S]*?)\*\/\s+(\w+)\?: /g)].map(([, comment = '', member = '']) => [
      member,
      wordsOf(comment.replaceAll(/<[^>]+>/g, ' ').replaceAll(/[\s*]+/g, ' ')),
    ]),
  );
}

function wordsOf(text: string): Words {
  const none = /doesn't result in an outage/.test(text);
  const some = /an outage occurs during|results in an outage|your database restarts/.test(text);
  return {
    outage: none ? false : some ? true : undefined,
    deferrable: /applied during the next maintenance window,? unless/.test(text),
  };
}
