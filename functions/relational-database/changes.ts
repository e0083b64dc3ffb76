import type { ChangeRule, ChangeTable, Spec } from '../core/day2/judge.ts';
import { type Engine, majorOf } from './engines.ts';
import { effectOf } from './parameters.ts';
import { engineOf, running } from './running.ts';

const guide = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide';
const auroraGuide = 'https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide';
/** The table with the columns "When the change occurs" and "Downtime notes". */
const settings = `${guide}/USER_ModifyInstance.Settings.html`;
const auroraSettings = `${auroraGuide}/Aurora.Modifying.html#Aurora.Modifying.Settings`;
const api = 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html';
const multiAzPage = 'https://repost.aws/knowledge-center/rds-mysql-downtime-impact';
const upgradePage = `${guide}/USER_UpgradeDBInstance.Upgrading.html`;
const parameterPage = `${guide}/USER_WorkingWithParamGroups.html`;
const snapshotPage = `${guide}/USER_CreateSnapshot.html`;
const blueGreenPage =
  'https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance#blue_green_update';

const aurora = { engine: ['aurora-postgresql', 'aurora-mysql'] };
const twoZones = { multiAz: [true] };
const switchover = 'connections break once while the copy takes over, usually for less than a minute';
const failover = 'connections break once while the standby takes over, typically for 60 to 120 seconds';
const auroraFailover = 'connections break once while a reader takes over, typically for less than a minute';
const restart = 'the database cannot be reached for some minutes';
const none = 'none';
const snapshotsKept = 'snapshots beyond keep are deleted for good';
const snapshots = `none, but ${snapshotsKept}`;

/** What changes of a database do. Of the rows for a field the first that holds judges; reviewed 2026-11-23. */
const rules: readonly ChangeRule[] = [
  {
    id: 'replacement',
    fields: [
      ...['engine', 'databaseName', 'username', 'kmsKeyArn', 'vpcId', 'networkRef', 'networkRef.name'],
      ...['resourceConfig.region', 'resourceConfig.name'],
      ...['restore', 'restore.snapshotIdentifier', 'restore.pointInTime'],
      ...['restore.pointInTime.sourceIdentifier', 'restore.pointInTime.time'],
    ],
    impact: 'refused',
    interruption: 'AWS would replace the database; restore a snapshot of it into a new claim beside it',
    takesEffect: 'never',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-rds-dbinstance.html',
  },
  {
    id: 'class-unused',
    fields: ['instanceClass'],
    when: { has: ['serverless'] },
    impact: 'none',
    interruption: none,
    takesEffect: 'now',
    source: auroraSettings,
  },
  {
    id: 'blue-green',
    fields: ['instanceClass', 'engineVersion'],
    when: { running: { blueGreen: [true] }, step: ['other', 'major', 'minor'] },
    impact: 'failover',
    interruption: switchover,
    takesEffect: 'now',
    source: blueGreenPage,
  },
  {
    id: 'class-multi-az',
    fields: ['instanceClass'],
    when: { running: twoZones },
    impact: 'failover',
    interruption: failover,
    takesEffect: 'deferrable',
    source: multiAzPage,
  },
  {
    id: 'class-aurora-alone',
    fields: ['instanceClass', 'serverless'],
    when: { running: { ...aurora, readers: [0] } },
    impact: 'restart',
    interruption: restart,
    takesEffect: 'deferrable',
    source: auroraSettings,
  },
  {
    id: 'class-aurora-readers',
    fields: ['instanceClass', 'serverless'],
    when: { running: aurora },
    impact: 'failover',
    interruption: auroraFailover,
    takesEffect: 'deferrable',
    source: `${auroraGuide}/Concepts.AuroraHighAvailability.html`,
  },
  {
    id: 'class',
    fields: ['instanceClass'],
    impact: 'restart',
    interruption: restart,
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'capacity',
    fields: ['serverless.minCapacity', 'serverless.maxCapacity'],
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: auroraSettings,
  },
  {
    id: 'version-older',
    fields: ['engineVersion'],
    when: { step: ['older'] },
    impact: 'refused',
    interruption: 'AWS never goes back to an older version; restore a snapshot into a new claim beside it',
    takesEffect: 'never',
    source: upgradePage,
  },
  {
    id: 'version-same',
    fields: ['engineVersion'],
    when: { step: ['same'] },
    impact: 'live',
    interruption: 'none: only whether AWS brings minor versions by itself',
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'version-minor',
    fields: ['engineVersion'],
    when: { step: ['minor'] },
    impact: 'restart',
    interruption: 'the database cannot be reached for some minutes, with a standby as well',
    takesEffect: 'deferrable',
    source: api,
  },
  {
    id: 'version-major',
    fields: ['engineVersion'],
    impact: 'restart',
    interruption:
      'the database cannot be reached while it is upgraded, often for ten minutes or more, and there is no way back',
    takesEffect: 'deferrable',
    source: upgradePage,
  },
  {
    id: 'port',
    fields: ['port'],
    impact: 'restart',
    interruption: 'the database restarts at once, whatever changes.apply says, and clients must know the new port',
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'backups-on',
    fields: ['backupRetentionDays'],
    when: { from: [0] },
    companions: ['readers', 'blueGreen'],
    impact: 'restart',
    interruption: `${restart}, with a standby as well`,
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'backups-off',
    fields: ['backupRetentionDays'],
    when: { to: [0] },
    impact: 'restart',
    interruption: `${restart}, with a standby as well, and all automatic backups go`,
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'backups',
    fields: ['backupRetentionDays'],
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'storage-less',
    fields: ['storageGB'],
    when: { step: ['shrinks'] },
    impact: 'refused',
    interruption: 'AWS never takes storage away; copy the data into a new claim beside it',
    takesEffect: 'never',
    source: `${guide}/USER_PIOPS.StorageTypes.html`,
  },
  {
    id: 'storage',
    fields: ['storageGB', 'iops'],
    impact: 'degraded',
    interruption: 'none, but storage may be slower for hours, and takes no other change for six',
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'storage-limit',
    fields: ['maxStorageGB'],
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'storage-type-aurora',
    fields: ['storageType'],
    when: { running: aurora },
    impact: 'live',
    interruption: 'none; AWS allows a change to aurora-iopt1 once in 30 days',
    takesEffect: 'now',
    source: `${auroraGuide}/Aurora.Overview.StorageReliability.html#aurora-storage-type`,
  },
  {
    id: 'storage-type-multi-az',
    fields: ['storageType'],
    when: { running: twoZones },
    impact: 'degraded',
    interruption: 'none, but storage may be slower for hours, and takes no other change for six',
    takesEffect: 'deferrable',
    source: multiAzPage,
  },
  {
    id: 'storage-type',
    fields: ['storageType'],
    // io2 needs it, and gp3 takes it from 400 GiB only.
    companions: ['iops'],
    impact: 'restart',
    interruption:
      'the database cannot be reached for a moment when the change begins; storage may then be slower for hours',
    takesEffect: 'deferrable',
    source: multiAzPage,
  },
  {
    id: 'standby',
    fields: ['multiAz'],
    when: { step: ['on'] },
    impact: 'degraded',
    interruption: 'none, but writing may be slower while the standby is made, and a little ever after',
    takesEffect: 'deferrable',
    source: `${guide}/Concepts.MultiAZ.html`,
  },
  {
    id: 'standby-off',
    fields: ['multiAz'],
    impact: 'live',
    interruption: none,
    takesEffect: 'deferrable',
    source: api,
  },
  {
    id: 'certificate',
    fields: ['caCertificate'],
    impact: 'restart',
    interruption: `${restart}, and clients must trust the new authority`,
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'parameter-dynamic',
    fields: ['parameters.*'],
    when: { step: ['dynamic'] },
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: parameterPage,
  },
  {
    id: 'parameter-static',
    fields: ['parameters.*'],
    impact: 'pendingReboot',
    interruption:
      'none until the database restarts; before that it has no effect, and the maintenance window does not restart it for this',
    takesEffect: 'reboot',
    source: parameterPage,
  },
  {
    id: 'reader-removed',
    fields: ['readers'],
    when: { step: ['shrinks'] },
    impact: 'restart',
    interruption: 'the reader with the highest number is deleted, and its clients are cut off',
    takesEffect: 'now',
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html',
  },
  {
    id: 'reader-aurora',
    fields: ['readers'],
    when: { running: aurora },
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: auroraSettings,
  },
  {
    id: 'reader-multi-az',
    fields: ['readers'],
    when: { running: twoZones },
    impact: 'live',
    interruption: 'none: the snapshot for the replica is taken of the standby',
    takesEffect: 'now',
    source: `${guide}/USER_ReadRepl.html#USER_ReadRepl.Create`,
  },
  {
    id: 'reader',
    fields: ['readers'],
    impact: 'degraded',
    interruption: 'input and output pause for about a minute while the snapshot for the replica is taken',
    takesEffect: 'now',
    source: `${guide}/USER_ReadRepl.html#USER_ReadRepl.Create`,
  },
  {
    id: 'proxy-removed',
    fields: ['proxy'],
    when: { step: ['removed'] },
    impact: 'degraded',
    interruption: 'none for the database, but clients of the proxy are cut off',
    takesEffect: 'now',
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBProxy.html',
  },
  {
    id: 'proxy',
    fields: ['proxy', 'proxy.*'],
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBProxy.html',
  },
  {
    id: 'iam-authentication',
    fields: ['iamAuthentication'],
    impact: 'live',
    interruption: 'none for whoever is connected',
    takesEffect: 'deferrable',
    source: settings,
  },
  {
    id: 'password',
    fields: ['passwordSecretRef', 'passwordSecretRef.*'],
    impact: 'live',
    interruption: 'none for whoever is connected; new connections need the new password',
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'snapshot-aurora',
    fields: ['snapshots', 'snapshots.names'],
    when: { running: aurora },
    impact: 'live',
    interruption: snapshots,
    takesEffect: 'now',
    source: `${auroraGuide}/Aurora.Managing.Backups.html`,
  },
  {
    id: 'snapshot-multi-az',
    fields: ['snapshots', 'snapshots.names'],
    when: { running: twoZones },
    impact: 'live',
    interruption: snapshots,
    takesEffect: 'now',
    source: snapshotPage,
  },
  {
    id: 'snapshot',
    fields: ['snapshots', 'snapshots.names'],
    impact: 'degraded',
    interruption: `where one is taken, input and output pause for seconds to minutes; ${snapshotsKept}`,
    takesEffect: 'now',
    source: snapshotPage,
  },
  {
    id: 'snapshot-keep',
    fields: ['snapshots.keep'],
    impact: 'live',
    interruption: snapshots,
    takesEffect: 'now',
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html',
  },
  {
    id: 'maintenance-window',
    fields: ['maintenanceWindow'],
    impact: 'live',
    interruption: 'none, unless the new window is now: what waits for a window then happens at once',
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'immediate',
    fields: [
      ...['backupWindow', 'deletionProtection', 'monitoringIntervalSeconds', 'performanceInsights', 'logExports'],
      ...['ingress', 'ingress.*', 'subnetIds'],
    ],
    impact: 'live',
    interruption: none,
    takesEffect: 'now',
    source: settings,
  },
  {
    id: 'ours',
    fields: ['skipFinalSnapshot', 'blueGreen', 'changes', 'changes.*'],
    impact: 'none',
    interruption: none,
    takesEffect: 'now',
    source: 'https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance',
  },
];

/** What compose takes where a claim leaves a field out, as far as changes are judged by it. */
function assumed(spec: Spec): Spec {
  const engine = engineOf(spec);
  if (engine === undefined) return spec;
  const own = engine.cluster ? { storageType: 'aurora' } : { storageType: 'gp3', storageGB: 20, multiAz: false };
  const { restore } = spec;
  const data = restore === undefined ? { databaseName: 'app', username: 'dbadmin' } : {};
  return { ...own, ...data, port: engine.port, ...spec };
}

const step: ChangeTable['step'] = ({ path: [field, name = ''], from, to }, specs) => {
  const engine = engineOf(specs.from);
  if (engine === undefined) return undefined;
  if (field === 'engineVersion') return versionStep(engine, String(from), String(to), specs.live.engineVersionActual);
  if (field !== 'parameters') return undefined;
  return effectOf(engine, majorOf(engine, String(specs.from.engineVersion)) ?? '', name) === 'dynamic'
    ? 'dynamic'
    : 'static';
};

/** Compares two versions by what runs: a major version alone stands for whichever minor AWS has brought. */
function versionStep(engine: Engine, from: string, to: string, actual: unknown): string {
  const [before, after] = [majorOf(engine, from), majorOf(engine, to)];
  if (before === undefined || after === undefined) return 'major';
  const majors = engine.versions.indexOf(after) - engine.versions.indexOf(before);
  if (majors !== 0) return majors > 0 ? 'major' : 'older';
  if (to === after) return 'same';
  const running = typeof actual === 'string' && majorOf(engine, actual) === after ? actual : from;
  if (running === before) return 'minor';
  const order = compareVersions(running, to);
  if (order === 0) return 'same';
  return order < 0 ? 'minor' : 'older';
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** How changes of a database are judged. */
export const changes: ChangeTable = {
  rules,
  assumed,
  step,
  running,
  isGuarded: ({ deletionProtection }) => deletionProtection === true,
};
