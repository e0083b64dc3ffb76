import {
  Bucket,
  BucketCorsConfiguration,
  BucketLifecycleConfiguration,
  BucketLogging,
  BucketOwnershipControls,
  BucketPolicy,
  BucketPublicAccessBlock,
  BucketServerSideEncryptionConfiguration,
  BucketVersioning,
} from '../../aws/index.ts';
import type { ComposeContext, Identity } from '../blueprint.ts';
import { Refusal } from '../errors.ts';
import { checkRegion, dnsSuffixOf, parseArn, partitionOf, tlsOnly } from '../iam.ts';
import { type Known, known } from '../known.ts';
import { uniqueName } from '../names.ts';
import { composed } from '../resource.ts';
import { type CrdSchema, type FromSchema, type ObjectSchema, resourceConfigFields } from '../schema.ts';

const encryption = {
  type: 'object',
  description: 'How objects are encrypted at rest. Default AES256, with keys that Amazon S3 manages.',
  // Whole, since the API server judges a default by the rules below before it fills the defaults within.
  default: { type: 'AES256', bucketKey: true },
  'x-change-impact': 'live',
  properties: {
    type: {
      type: 'string',
      description:
        'AES256 for keys that Amazon S3 manages, KMS for a key of your own. Default AES256. Objects written before a change keep their encryption.',
      enum: ['AES256', 'KMS'],
      default: 'AES256',
    },
    kmsKeyArn: {
      type: 'string',
      description:
        'ARN of the KMS key, in the region of the bucket. Needed with type KMS; without it, type must be AES256.',
      pattern: '^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$',
    },
    bucketKey: {
      type: 'boolean',
      description: 'Whether a key of the bucket spares most calls to KMS. Default true; of no effect with AES256.',
      default: true,
    },
  },
  'x-kubernetes-validations': [
    { rule: "self.type != 'KMS' || has(self.kmsKeyArn)", message: 'kmsKeyArn is needed when type is KMS' },
    { rule: "self.type == 'KMS' || !has(self.kmsKeyArn)", message: 'kmsKeyArn is for type KMS only' },
  ],
} as const satisfies CrdSchema;

const days = (description: string) => ({ type: 'integer', minimum: 1, maximum: 36500, description }) as const;

const lifecycleRules = {
  type: 'array',
  description: 'Rules that move or expire objects by age. Without it, objects stay until they are deleted.',
  maxItems: 50,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['id'],
  'x-change-impact': 'live',
  items: {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 255, description: 'Name of the rule, unique in the bucket.' },
      enabled: { type: 'boolean', default: true, description: 'Whether the rule acts. Default true.' },
      prefix: {
        type: 'string',
        default: '',
        maxLength: 1024,
        description: 'Keys that the rule is for. Default all keys.',
      },
      expirationDays: days('Days after which an object expires. Without it, objects do not expire.'),
      noncurrentVersionExpirationDays: days(
        'Days after which a replaced version is removed. Without it, versions stay.',
      ),
      abortIncompleteMultipartUploadDays: days(
        'Days after which an unfinished upload is removed. Without it, its parts stay and cost.',
      ),
      transitions: {
        type: 'array',
        maxItems: 10,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['storageClass'],
        description: 'Moves to cheaper storage. Without it, objects stay in their storage class.',
        items: {
          type: 'object',
          required: ['days', 'storageClass'],
          properties: {
            days: { type: 'integer', minimum: 0, maximum: 36500, description: 'Days after creation.' },
            storageClass: {
              type: 'string',
              description: 'Storage class to move to.',
              enum: ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
            },
          },
        },
      },
    },
    'x-kubernetes-validations': [
      {
        rule: 'has(self.expirationDays) || has(self.noncurrentVersionExpirationDays) || has(self.abortIncompleteMultipartUploadDays) || (has(self.transitions) && size(self.transitions) > 0)',
        message: 'a lifecycle rule needs at least one action',
      },
    ],
  },
} as const satisfies CrdSchema;

const texts = (description: string, required: boolean) =>
  ({
    type: 'array',
    'x-kubernetes-list-type': 'set',
    maxItems: 50,
    ...(required && { minItems: 1 }),
    description,
    items: { type: 'string' },
  }) as const;

const corsRules = {
  type: 'array',
  description: 'Which web pages may call the bucket from a browser. Without it, none may.',
  maxItems: 100,
  'x-change-impact': 'live',
  items: {
    type: 'object',
    required: ['allowedMethods', 'allowedOrigins'],
    properties: {
      allowedOrigins: texts('Origins that may call, for instance https://app.example.com.', true),
      allowedMethods: {
        type: 'array',
        'x-kubernetes-list-type': 'set',
        minItems: 1,
        maxItems: 5,
        description: 'HTTP methods that they may use.',
        items: { type: 'string', enum: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'] },
      },
      allowedHeaders: texts('Request headers that they may send. Without it, only simple headers.', false),
      exposeHeaders: texts('Response headers that scripts may read. Without it, only simple headers.', false),
      maxAgeSeconds: {
        type: 'integer',
        minimum: 0,
        maximum: 86400,
        description: 'Seconds for which a browser may remember the answer. Without it, the browser decides.',
      },
    },
  },
} as const satisfies CrdSchema;

const accessLogging = {
  type: 'object',
  description: 'Where Amazon S3 writes a log of every request. Without it, requests are not logged.',
  required: ['targetBucket'],
  'x-change-impact': 'live',
  properties: {
    targetBucket: {
      type: 'string',
      minLength: 3,
      maxLength: 63,
      description:
        'Name of the bucket for the logs, in the same region and account; its policy must let logging.s3.amazonaws.com write.',
    },
    targetPrefix: {
      type: 'string',
      maxLength: 512,
      description: 'Key prefix of the logs. Without it, the name of the bucket and a slash.',
    },
  },
} as const satisfies CrdSchema;

/** The members of spec by which a bucket is shaped. */
export const bucketFields = {
  encryption,
  versioning: {
    type: 'string',
    description: 'Enabled keeps every version of an object, Suspended stops to make new ones. Default Enabled.',
    enum: ['Enabled', 'Suspended'],
    default: 'Enabled',
    'x-change-impact': 'live',
  },
  lifecycleRules,
  corsRules,
  accessLogging,
  forceDestroy: {
    type: 'boolean',
    description:
      'Whether deletion also removes all objects. Default false: AWS refuses to delete a bucket that holds objects.',
    default: false,
    'x-change-impact': 'live',
  },
} as const satisfies Record<string, CrdSchema>;

/** `spec.resourceConfig` of the blueprints that have a bucket. */
export const bucketResourceConfig = {
  type: 'object',
  description: 'Where and how the AWS resources are made.',
  required: ['region'],
  properties: {
    region: {
      type: 'string',
      description: 'AWS region of the bucket, for instance eu-west-1.',
      'x-change-impact': 'never',
    },
    name: {
      type: 'string',
      description: 'Name of the bucket, unique in all of AWS. Without it, a name made of namespace, name and a hash.',
      'x-change-impact': 'never',
    },
    ...resourceConfigFields,
  },
} as const satisfies ObjectSchema;

const bucketSpec = {
  type: 'object',
  required: ['resourceConfig'],
  properties: { resourceConfig: bucketResourceConfig, ...bucketFields },
} as const satisfies ObjectSchema;

type BucketSpec = FromSchema<typeof bucketSpec>;

const bucket = composed('bucket', Bucket);
const publicAccessBlock = composed('public-access-block', BucketPublicAccessBlock);
const ownershipControls = composed('ownership-controls', BucketOwnershipControls);
const serverSideEncryption = composed('encryption', BucketServerSideEncryptionConfiguration);
const versioning = composed('versioning', BucketVersioning);
const lifecycle = composed('lifecycle', BucketLifecycleConfiguration);
const policy = composed('bucket-policy', BucketPolicy);
const logging = composed('access-logging', BucketLogging);
const cors = composed('cors', BucketCorsConfiguration);

/** Every resource that a bucket may need. */
export const bucketResources = [
  bucket,
  publicAccessBlock,
  ownershipControls,
  serverSideEncryption,
  versioning,
  lifecycle,
  policy,
  logging,
  cors,
] as const;

/** What other parts and the status need to know about the bucket. */
export interface BucketFacts {
  /** Known from the start, since the name is ours to choose. */
  readonly arn: string;
  readonly region: string;
  readonly kmsKeyArn: string | undefined;
  /** Known once AWS has the bucket. */
  readonly created: Known<string>;
  readonly connection: Readonly<Record<'bucketName' | 'bucketArn' | 'region' | 'endpoint', Known<string>>>;
}

/** Composes a private, encrypted, versioned bucket with TLS-only access. */
export function composeBucket(context: ComposeContext<BucketSpec>): BucketFacts {
  const { spec, observed, identity } = context;
  const region = checkRegion(spec.resourceConfig.region, 'spec.resourceConfig.region');
  const name = observed.externalName(bucket) ?? bucketName(spec.resourceConfig.name, identity);
  const arn = `arn:${partitionOf(region)}:s3:::${name}`;
  const kmsKeyArn = keyOf(spec);
  composeProtected(context, { name, arn, region, kmsKeyArn });
  composeOptional(context, { name, region });
  const created = observed.text(bucket, 'arn');
  const once = (value: string): Known<string> => ('value' in created ? known(value) : created);
  return {
    arn,
    region,
    kmsKeyArn,
    created,
    connection: {
      bucketName: once(name),
      bucketArn: created,
      region: once(region),
      endpoint: once(`https://s3.${region}.${dnsSuffixOf(region)}`),
    },
  };
}

/** The bucket and everything that protects its data: with deletionPolicy Orphan they stay together. */
function composeProtected(
  { spec, desired }: ComposeContext<BucketSpec>,
  { name, arn, region, kmsKeyArn }: { name: string; arn: string; region: string; kmsKeyArn: string | undefined },
): void {
  const orphan = spec.resourceConfig.deletionPolicy === 'Orphan';
  const protect = { orphan, after: [bucket] };
  desired.managed(bucket, known({ region, forceDestroy: spec.forceDestroy }), {
    orphan,
    externalName: name,
  });
  desired.managed(
    publicAccessBlock,
    known({
      region,
      bucket: name,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    protect,
  );
  desired.managed(
    ownershipControls,
    known({ region, bucket: name, rule: { objectOwnership: 'BucketOwnerEnforced' } }),
    protect,
  );
  const byDefault =
    kmsKeyArn === undefined ? { sseAlgorithm: 'AES256' } : { sseAlgorithm: 'aws:kms', kmsMasterKeyId: kmsKeyArn };
  const bucketKeyEnabled = kmsKeyArn === undefined ? {} : { bucketKeyEnabled: spec.encryption.bucketKey };
  desired.managed(
    serverSideEncryption,
    known({ region, bucket: name, rule: [{ applyServerSideEncryptionByDefault: byDefault, ...bucketKeyEnabled }] }),
    protect,
  );
  desired.managed(
    versioning,
    known({ region, bucket: name, versioningConfiguration: { status: spec.versioning } }),
    protect,
  );
  desired.managed(policy, known({ region, bucket: name, policy: tlsOnly(arn) }), protect);
}

function composeOptional(
  { spec, desired }: ComposeContext<BucketSpec>,
  { name, region }: { name: string; region: string },
): void {
  const { lifecycleRules = [], corsRules = [], accessLogging } = spec;
  const after = { after: [bucket] };
  if (lifecycleRules.length > 0) {
    desired.managed(lifecycle, known({ region, bucket: name, rule: lifecycleRules.map(lifecycleRule) }), after);
  }
  if (corsRules.length > 0) {
    desired.managed(cors, known({ region, bucket: name, corsRule: corsRules }), after);
  }
  if (accessLogging !== undefined) {
    const { targetBucket, targetPrefix = `${name}/` } = accessLogging;
    desired.managed(logging, known({ region, bucket: name, targetBucket, targetPrefix }), after);
  }
}

type LifecycleRule = NonNullable<BucketSpec['lifecycleRules']>[number];

function lifecycleRule(rule: LifecycleRule) {
  const {
    expirationDays,
    noncurrentVersionExpirationDays: noncurrentDays,
    abortIncompleteMultipartUploadDays: abortDays,
  } = rule;
  return {
    id: rule.id,
    status: rule.enabled ? 'Enabled' : 'Disabled',
    filter: [{ prefix: rule.prefix }],
    ...(expirationDays !== undefined && { expiration: [{ days: expirationDays }] }),
    ...(noncurrentDays !== undefined && { noncurrentVersionExpiration: [{ noncurrentDays }] }),
    ...(abortDays !== undefined && { abortIncompleteMultipartUpload: [{ daysAfterInitiation: abortDays }] }),
    ...(rule.transitions !== undefined && rule.transitions.length > 0 && { transition: rule.transitions }),
  };
}

function keyOf({ encryption: { type, kmsKeyArn }, resourceConfig: { region } }: BucketSpec): string | undefined {
  if (type === 'AES256') return undefined;
  const key = parseArn(kmsKeyArn ?? '');
  if (key?.service !== 'kms' || key.region !== region) {
    throw new Refusal(
      'KMS_KEY',
      'spec.encryption.kmsKeyArn',
      `is ${JSON.stringify(kmsKeyArn ?? '')} for a bucket in ${region}`,
    );
  }
  return kmsKeyArn;
}

/** Rules of Amazon S3 for general purpose buckets, without dots: a name with dots breaks TLS of virtual-hosted requests. */
const legalBucketName = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

function bucketName(asked: string | undefined, { namespace, name, unique }: Identity): string {
  const readable = [namespace, name]
    .filter((part) => part !== undefined)
    .join('-')
    .replaceAll('.', '-');
  const chosen = asked || uniqueName(readable, unique, 63);
  if (!legalBucketName.test(chosen))
    throw new Refusal('BUCKET_NAME', 'spec.resourceConfig.name', `is ${JSON.stringify(chosen)}`);
  return chosen;
}
