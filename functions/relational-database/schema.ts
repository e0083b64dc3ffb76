import { approval, pendingChanges, restarted } from '../core/day2/schema.ts';
import { type CrdSchema, type ObjectSchema, resourceConfigFields } from '../core/schema.ts';
import { type Engine, engineNames, engines } from './engines.ts';

const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;
const escaped = (text: string): string => text.replaceAll('.', '\\\\.');

/** Rules that hold for one engine each: which versions and which logs it has. */
const engineRules = engineNames.flatMap((name) => {
  const { versions, logs }: Engine = engines[name];
  const majors = versions.map(escaped).join('|');
  return [
    {
      rule: `self.engine != '${name}' || self.engineVersion.matches('^(${majors})([.].+)?$')`,
      message: `engineVersion of ${name} is ${versions.join(', ')}, or one of them with a minor version`,
    },
    {
      rule: `self.engine != '${name}' || !has(self.logExports) || self.logExports.all(log, log in ${list(logs)})`,
      message: `logExports of ${name} are ${logs.join(', ')}`,
    },
  ];
});

const network = {
  vpcId: {
    type: 'string',
    description: 'Id of the VPC of the subnets. Needed with subnetIds; without it, networkRef tells.',
    pattern: '^vpc-[0-9a-f]{8,17}$',
    'x-change-impact': 'never',
  },
  subnetIds: {
    type: 'array',
    description:
      'Ids of two or more subnets in different zones, best without a way to the internet. Without it, networkRef tells.',
    minItems: 2,
    maxItems: 20,
    'x-kubernetes-list-type': 'set',
    items: { type: 'string', pattern: '^subnet-[0-9a-f]{8,17}$', maxLength: 24 },
    'x-change-impact': 'live',
  },
  networkRef: {
    type: 'object',
    description:
      'A Network in the same namespace, whose isolated subnets (its private ones where it has no isolated ones) the database takes. Without it, vpcId and subnetIds.',
    required: ['name'],
    properties: { name: { type: 'string', maxLength: 63, description: 'Name of the Network.' } },
    'x-change-impact': 'never',
  },
  ingress: {
    type: 'object',
    description: 'Who may connect, to the port of the database and nothing else. Without it, nobody.',
    'x-change-impact': 'live',
    properties: {
      cidrs: {
        type: 'array',
        description: 'Networks, IPv4 or IPv6, for instance 10.0.0.0/16. Without it, none.',
        maxItems: 50,
        'x-kubernetes-list-type': 'set',
        items: {
          type: 'string',
          maxLength: 43,
          pattern: '^([0-9.]{7,15}/([1-9]|[12][0-9]|3[0-2])|[0-9a-f:]{2,39}/([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))$',
        },
      },
      securityGroupIds: {
        type: 'array',
        description: 'Security groups whose members may connect. Without it, none.',
        maxItems: 50,
        'x-kubernetes-list-type': 'set',
        items: { type: 'string', maxLength: 20, pattern: '^sg-[0-9a-f]{8,17}$' },
      },
    },
  },
  port: {
    type: 'integer',
    description:
      "TCP port. Without it, the engine's own: 5432 or 3306. A change restarts the database at once, whatever changes.apply says.",
    minimum: 1150,
    maximum: 65535,
    'x-change-impact': 'restart',
  },
} as const satisfies Record<string, CrdSchema>;

const credentials = {
  databaseName: {
    type: 'string',
    description: 'Database that is made at creation. Without it, app; after a restore, the one that the source has.',
    pattern: '^[a-z][a-z0-9_]{0,62}$',
    'x-change-impact': 'never',
  },
  username: {
    type: 'string',
    description: 'Name of the master user. Without it, dbadmin; after a restore, that of the source.',
    pattern: '^[a-z][a-z0-9_]{0,15}$',
    'x-change-impact': 'never',
  },
  passwordSecretRef: {
    type: 'object',
    description:
      'Secret in the same namespace with the password of the master user. Without it, AWS Secrets Manager makes one for this database and rotates it, which AWS does not offer together with blueGreen and with read replicas of engines other than Aurora.',
    required: ['name', 'key'],
    properties: {
      name: { type: 'string', maxLength: 253, description: 'Name of the Secret.' },
      key: { type: 'string', maxLength: 253, description: 'Key of the password in it.' },
    },
    'x-change-impact': 'live',
  },
  iamAuthentication: {
    type: 'boolean',
    description: 'Whether database users may log in with IAM instead of a password. Default true.',
    default: true,
    'x-change-impact': 'live',
  },
} as const satisfies Record<string, CrdSchema>;

const gigabytes = (description: string) =>
  ({ type: 'integer', minimum: 20, maximum: 65536, description, 'x-change-impact': 'live' }) as const;

const storage = {
  storageGB: gigabytes('Storage in GiB, which can only grow. Without it, 20.'),
  maxStorageGB: gigabytes(
    'Size in GiB up to which AWS adds storage when little is free; at least a tenth above storageGB. Without it, storage stays as large as asked.',
  ),
  storageType: {
    type: 'string',
    description:
      'Kind of storage: gp3, or io2 for steady latency; of Aurora aurora, or aurora-iopt1 without a price for each input and output. Without it, gp3 or aurora.',
    enum: ['gp3', 'io2', 'aurora', 'aurora-iopt1'],
    'x-change-impact': 'live',
  },
  iops: {
    type: 'integer',
    description:
      'Input and output operations a second: needed with io2, possible with gp3 from 400 GiB. Without it, what gp3 includes.',
    minimum: 1000,
    maximum: 256000,
    'x-change-impact': 'live',
  },
  kmsKeyArn: {
    type: 'string',
    description:
      'ARN of the KMS key, in the region of the database, that encrypts storage, insights and the managed password. Without it, keys that AWS manages.',
    pattern: '^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$',
    'x-change-impact': 'never',
  },
} as const satisfies Record<string, CrdSchema>;

const percent = (description: string, fallback: number) =>
  ({ type: 'integer', minimum: 1, maximum: 100, default: fallback, description }) as const;

const proxy = {
  type: 'object',
  description:
    'An RDS Proxy, which keeps connections open and shares them; whoever may reach the database may reach it. Without it, none.',
  'x-change-impact': 'live',
  properties: {
    iamAuthentication: {
      type: 'boolean',
      description: 'Whether clients of the proxy must log in with IAM. Default true.',
      default: true,
    },
    idleClientTimeoutSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 28800,
      default: 1800,
      description: 'Seconds after which a client that asks nothing is disconnected. Default 1800.',
    },
    connectionBorrowTimeoutSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 300,
      default: 120,
      description: 'Seconds for which a client waits when every connection is taken. Default 120.',
    },
    maxConnectionsPercent: percent(
      'Share of the connections of the database that the proxy may take. Default 100.',
      100,
    ),
    maxIdleConnectionsPercent: percent(
      'Share of them that it keeps open while nobody asks; at most maxConnectionsPercent. Default 50.',
      50,
    ),
    debugLogging: {
      type: 'boolean',
      description: 'Whether the text of statements is logged. Default false.',
      default: false,
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'self.maxIdleConnectionsPercent <= self.maxConnectionsPercent',
      message: 'maxIdleConnectionsPercent is at most maxConnectionsPercent',
    },
  ],
} as const satisfies CrdSchema;

const time = '([01][0-9]|2[0-3]):[0-5][0-9]';
const day = '(mon|tue|wed|thu|fri|sat|sun)';

const operation = {
  instanceClass: {
    type: 'string',
    description: 'Class of every instance, for instance db.r7g.large. Default db.t4g.medium.',
    pattern: '^db[.][a-z0-9-]+[.][a-z0-9]+$',
    maxLength: 40,
    default: 'db.t4g.medium',
    'x-change-impact': 'restart',
  },
  serverless: {
    type: 'object',
    description:
      'Aurora that follows the load instead of an instanceClass, in capacity units of about 2 GiB each. Without it, every instance has instanceClass.',
    required: ['minCapacity', 'maxCapacity'],
    'x-change-impact': 'live',
    properties: {
      minCapacity: {
        type: 'number',
        minimum: 0,
        maximum: 256,
        description: 'Least capacity in units, in steps of 0.5; 0 pauses the database while nobody connects.',
      },
      maxCapacity: {
        type: 'number',
        minimum: 1,
        maximum: 256,
        description: 'Most capacity in units, in steps of 0.5.',
      },
    },
  },
  multiAz: {
    type: 'boolean',
    description:
      'Whether a standby in another zone takes over when the instance fails; Aurora has readers for that. Without it, false.',
    'x-change-impact': 'live',
  },
  readers: {
    type: 'integer',
    description:
      'Number of readers in the same region: of Aurora instances that also take over from the writer, else asynchronous read replicas, which need passwordSecretRef. Default 0.',
    minimum: 0,
    maximum: 15,
    default: 0,
    'x-change-impact': 'live',
  },
  backupRetentionDays: {
    type: 'integer',
    description:
      'Days for which automatic backups are kept; 0 switches them off. Default 7. A change from or to 0 restarts the database.',
    minimum: 0,
    maximum: 35,
    default: 7,
    'x-change-impact': 'live',
  },
  backupWindow: {
    type: 'string',
    description: 'Daily time for backups in UTC, hh:mm-hh:mm, 30 minutes or more. Without it, AWS chooses.',
    pattern: `^${time}-${time}$`,
    'x-change-impact': 'live',
  },
  maintenanceWindow: {
    type: 'string',
    description:
      'Weekly time for upgrades and deferred changes in UTC, ddd:hh:mm-ddd:hh:mm, 30 minutes or more, not over backupWindow. Without it, AWS chooses.',
    pattern: `^${day}:${time}-${day}:${time}$`,
    'x-change-impact': 'live',
  },
  restore: {
    type: 'object',
    description:
      'What the data comes from, at creation only. Without it, the database begins empty. The source must be of the same engine and encrypted.',
    'x-change-impact': 'never',
    properties: {
      snapshotIdentifier: {
        type: 'string',
        maxLength: 255,
        description: 'Name or ARN of a snapshot. Without it, pointInTime.',
      },
      pointInTime: {
        type: 'object',
        description: 'A moment of another database in the same account and region. Without it, snapshotIdentifier.',
        required: ['sourceIdentifier'],
        properties: {
          sourceIdentifier: { type: 'string', maxLength: 63, description: 'Identifier of that database.' },
          time: {
            type: 'string',
            pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
            description: 'The moment in UTC, like 2026-01-31T04:30:00Z. Without it, the latest that AWS has.',
          },
        },
      },
    },
    'x-kubernetes-validations': [
      {
        rule: 'has(self.snapshotIdentifier) != has(self.pointInTime)',
        message: 'give either snapshotIdentifier or pointInTime',
      },
    ],
  },
  snapshots: {
    type: 'object',
    description:
      'Snapshots taken by asking for them. They stay in AWS when the claim is deleted; only those beyond keep are deleted. Without it, none.',
    required: ['names'],
    'x-change-impact': 'live',
    properties: {
      names: {
        type: 'array',
        description:
          'A name for each snapshot, newest last: adding one takes a snapshot now. The snapshot of a name that is taken out stays in AWS, and is not counted any more.',
        maxItems: 100,
        items: { type: 'string', minLength: 1, maxLength: 40, pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' },
      },
      keep: {
        type: 'integer',
        description: 'How many there are at most: those of the first names are deleted from AWS. Default 7.',
        minimum: 1,
        maximum: 100,
        default: 7,
      },
    },
  },
  deletionProtection: {
    type: 'boolean',
    description:
      'Whether AWS refuses to delete the database. Default true: switch it off first, then delete; the condition Deletable says where it stands.',
    default: true,
    'x-change-impact': 'live',
  },
  skipFinalSnapshot: {
    type: 'boolean',
    description:
      'Whether deletion loses the data. Default false: a last snapshot is taken, under a name of its own for each database.',
    default: false,
    'x-change-impact': 'live',
  },
  blueGreen: {
    type: 'boolean',
    description:
      'Whether changes are made on a copy that then takes over, in about a minute. Default false. It needs passwordSecretRef and backups, and is for instances without readers: the provider has it for no Aurora and no read replicas.',
    default: false,
    'x-change-impact': 'live',
  },
  changes: {
    type: 'object',
    description: 'How changes reach the database. Default apply: window.',
    default: { apply: 'window' },
    'x-change-impact': 'live',
    properties: {
      apply: {
        type: 'string',
        description:
          'When AWS applies what it can defer: window for the next maintenance window, now for at once. Default window.',
        enum: ['window', 'now'],
        default: 'window',
      },
      approval,
      restarted,
    },
  },
} as const satisfies Record<string, CrdSchema>;

const parameters = {
  type: 'object',
  description:
    'Parameters of the engine, name to value. Without it, only TLS is forced. What a list knows as dynamic takes effect at once, all else when the database restarts; the condition ParametersKnown names what no list knows. What the version is known to lack is refused.',
  maxProperties: 100,
  additionalProperties: { type: 'string', maxLength: 4096 },
  'x-change-impact': 'restart',
} as const satisfies CrdSchema;

const observability = {
  performanceInsights: {
    type: 'boolean',
    description:
      'Whether the load by statement is kept for 7 days (Performance Insights, the standard mode of CloudWatch Database Insights). Without it, true wherever the instance class offers it.',
    'x-change-impact': 'live',
  },
  monitoringIntervalSeconds: {
    type: 'integer',
    description: 'Seconds between metrics of the operating system; 0 switches them off. Default 60.',
    enum: [0, 1, 5, 10, 15, 30, 60],
    default: 60,
    'x-change-impact': 'live',
  },
  logExports: {
    type: 'array',
    description:
      'Logs that go to CloudWatch Logs. Without it, those in which the engine reports of itself: postgresql and upgrade, or error.',
    maxItems: 6,
    'x-kubernetes-list-type': 'set',
    items: { type: 'string', maxLength: 20 },
    'x-change-impact': 'live',
  },
  caCertificate: {
    type: 'string',
    description:
      'Authority that signs the certificate of the server, by which clients know it. Default rds-ca-rsa2048-g1. A change restarts engines that cannot change it while they run.',
    enum: ['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'],
    default: 'rds-ca-rsa2048-g1',
    'x-change-impact': 'restart',
  },
} as const satisfies Record<string, CrdSchema>;

const aurora = "self.engine.startsWith('aurora')";
const asked = (self: string): string => `(has(${self}.storageGB) ? ${self}.storageGB : 20)`;

const withoutInsights = engineNames.flatMap((name) => {
  const { classesWithoutInsights }: Engine = engines[name];
  if (classesWithoutInsights === undefined) return [];
  return [`(self.engine == '${name}' && self.instanceClass.matches('${classesWithoutInsights}'))`];
});

export const spec = {
  type: 'object',
  required: ['resourceConfig', 'engineVersion'],
  properties: {
    resourceConfig: {
      type: 'object',
      description: 'Where and how the AWS resources are made.',
      required: ['region'],
      properties: {
        region: {
          type: 'string',
          description: 'AWS region of the database, for instance eu-west-1.',
          'x-change-impact': 'never',
        },
        name: {
          type: 'string',
          description:
            'Identifier of the database, unique in the account and region, at most 63 characters. Without it, one made of namespace, name and a hash.',
          pattern: '^([a-z][a-z0-9]*(-[a-z0-9]+)*)?$',
          maxLength: 63,
          'x-change-impact': 'never',
        },
        ...resourceConfigFields,
      },
    },
    engine: {
      type: 'string',
      description: `Database engine: ${engineNames.join(', ')}. Default postgres.`,
      enum: engineNames,
      default: 'postgres',
      'x-change-impact': 'never',
    },
    engineVersion: {
      type: 'string',
      description:
        'A major version like "16", which follows the minor versions that AWS brings in the maintenance window, or an exact one like "16.4", which stays. A change upgrades.',
      maxLength: 40,
      pattern: '^[0-9]+([.][0-9A-Za-z_-]+)*$',
      'x-change-impact': 'restart',
    },
    ...network,
    ...credentials,
    ...storage,
    ...operation,
    parameters,
    proxy,
    ...observability,
  },
  'x-kubernetes-validations': [
    ...engineRules,
    {
      rule: `!(${aurora}) || !(has(self.storageGB) || has(self.maxStorageGB) || has(self.iops))`,
      message: 'Aurora grows by itself: storageGB, maxStorageGB and iops are for the other engines',
    },
    {
      rule: `!has(self.storageType) || self.storageType.startsWith('aurora') == (${aurora})`,
      message: 'storageType is aurora or aurora-iopt1 for Aurora, gp3 or io2 for the other engines',
    },
    {
      rule: `!(${aurora}) || !(has(self.multiAz) || self.blueGreen)`,
      message: 'multiAz and blueGreen are for engines other than Aurora; readers in other zones take over there',
    },
    { rule: `!has(self.serverless) || ${aurora}`, message: 'serverless is for Aurora only' },
    {
      rule: `!(${aurora}) || self.backupRetentionDays > 0`,
      message: 'Aurora always has backups: backupRetentionDays of 1 or more',
    },
    {
      rule: "!has(self.parameters) || !('rds.force_ssl' in self.parameters || 'require_secure_transport' in self.parameters)",
      message: 'TLS is always forced: leave rds.force_ssl and require_secure_transport out of parameters',
    },
    {
      rule: '!has(self.proxy) || !has(self.passwordSecretRef)',
      message: 'proxy reads the password that AWS manages: leave passwordSecretRef out',
    },
    {
      rule: '!has(self.restore) || !(has(self.username) || has(self.databaseName))',
      message: 'a restored database has username and databaseName of its source',
    },
    {
      rule: `!has(self.restore) || !has(self.kmsKeyArn) || ${aurora}`,
      message: 'a restored database has the key of its source',
    },
    {
      rule: `!has(self.restore) || !has(self.restore.snapshotIdentifier) || ${aurora} || !self.restore.snapshotIdentifier.contains(':cluster-snapshot:')`,
      message: 'snapshotIdentifier is of an Aurora cluster: restore it with engine aurora-postgresql or aurora-mysql',
    },
    {
      rule: 'has(self.networkRef) ? !has(self.vpcId) && !has(self.subnetIds) : has(self.vpcId) && has(self.subnetIds)',
      message: 'give either networkRef, or vpcId and subnetIds',
    },
    {
      rule: `${aurora} || self.readers == 0 || has(self.passwordSecretRef)`,
      message: 'read replicas need passwordSecretRef: AWS makes none where it manages the password',
    },
    {
      rule: 'self.readers == 0 || self.backupRetentionDays > 0',
      message: 'read replicas need backups: backupRetentionDays of 1 or more',
    },
    {
      rule: '!self.blueGreen || has(self.passwordSecretRef)',
      message: 'blueGreen needs passwordSecretRef: AWS makes no copy where it manages the password',
    },
    {
      rule: '!self.blueGreen || (self.readers == 0 && self.backupRetentionDays > 0)',
      message: 'blueGreen needs backups, and no read replicas',
    },
    {
      rule: `!has(self.maxStorageGB) || self.maxStorageGB * 10 >= ${asked('self')} * 11`,
      message: 'maxStorageGB must be at least a tenth above storageGB',
    },
    {
      rule: `${asked('self')} >= ${asked('oldSelf')}`,
      message: 'storageGB can only grow: AWS never takes storage away',
    },
    {
      rule: "has(self.storageType) && self.storageType == 'io2' ? has(self.iops) : true",
      message: 'storageType io2 needs iops',
    },
    {
      rule: `!has(self.iops) || (has(self.storageType) && self.storageType == 'io2') || ${asked('self')} >= 400`,
      message: 'iops of gp3 can be chosen from 400 GiB of storage',
    },
    {
      rule: `!has(self.performanceInsights) || !self.performanceInsights || has(self.serverless) || !(${withoutInsights.join(' || ')})`,
      message: 'this instanceClass has no Performance Insights with this engine',
    },
  ],
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    endpoint: { type: 'string', description: 'Host to connect to.' },
    readerEndpoint: {
      type: 'string',
      description: 'Host for reading only: all readers of Aurora, else the first read replica.',
    },
    port: { type: 'integer', description: 'TCP port.' },
    databaseName: { type: 'string', description: 'Database that was made at creation.' },
    secretArn: { type: 'string', description: 'ARN of the secret in AWS Secrets Manager with the password.' },
    engineVersionActual: { type: 'string', description: 'Version that runs.' },
    parameterGroup: { type: 'string', description: 'Parameter group in use.' },
    storageGB: { type: 'integer', description: 'Storage that AWS has given, in GiB; not of Aurora.' },
    proxyEndpoint: { type: 'string', description: 'Host of the proxy, where there is one.' },
    securityGroupId: { type: 'string', description: 'Security group of the database.' },
    snapshots: {
      type: 'array',
      description: 'Identifiers of the snapshots that were asked for and that AWS has, oldest first.',
      items: { type: 'string' },
    },
    pendingChanges,
  },
} as const satisfies ObjectSchema;
