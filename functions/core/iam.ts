import { Refusal } from './errors.ts';

/** The part of the AWS world that a region belongs to; it begins every ARN. Source: AWS SDK endpoint metadata. */
const partitionByPrefix: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-iso-', 'aws-iso'],
  ['eusc-', 'aws-eusc'],
];

/** Domain of the service endpoints of a partition. Source: AWS SDK endpoint metadata. */
const dnsSuffixes: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
};

/** A region becomes part of ARNs and host names, so nothing else may be in it. */
export function checkRegion(text: string, path: string): string {
  if (!/^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/.test(text)) throw new Refusal('REGION', path, `is ${JSON.stringify(text)}`);
  return text;
}

export const partitionOf = (region: string | undefined): string =>
  partitionByPrefix.find(([prefix]) => region?.startsWith(prefix))?.[1] ?? 'aws';

export const dnsSuffixOf = (region: string): string => dnsSuffixes[partitionOf(region)] ?? 'amazonaws.com';

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of a policy document. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Condition;
}

/** A statement that allows actions on resources. */
export const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: Condition,
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

/** A policy document as the JSON text that managed resources take. */
export const policyDocument = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** The service account that may assume a role. */
export interface Subject {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** A condition on one value, or on any of several. */
const anyOf = (values: readonly string[]): string | readonly string[] => (values.length === 1 ? values.join() : values);

/**
 * Trust of exactly one service account of the cluster with this OIDC issuer (IAM roles for service accounts), or of
 * some of one namespace. Both conditions are needed: without `aud`, a token made for another audience would do.
 */
export function irsaTrust(
  provider: { partition: string; account: string; issuer: string },
  subject: Subject,
  others: readonly string[] = [],
): string {
  const { partition, account, issuer } = provider;
  const names = [subject.serviceAccount, ...others];
  return policyDocument([
    {
      Sid: 'ServiceAccount',
      Effect: 'Allow',
      Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${issuer}:aud`]: 'sts.amazonaws.com',
          [`${issuer}:sub`]: anyOf(names.map((name) => `system:serviceaccount:${subject.namespace}:${name}`)),
        },
      },
    },
  ]);
}

/**
 * Trust of exactly one service account of one cluster through EKS Pod Identity, or of some of one namespace. The
 * conditions are on the session tags that EKS sets (EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity").
 */
export function podIdentityTrust(
  cluster: { partition: string; account: string; region: string; name: string },
  subject: Subject,
  others: readonly string[] = [],
): string {
  const { partition, account, region, name } = cluster;
  return policyDocument([
    {
      Sid: 'PodIdentity',
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: {
          'aws:RequestTag/eks-cluster-arn': `arn:${partition}:eks:${region}:${account}:cluster/${name}`,
          'aws:RequestTag/kubernetes-namespace': subject.namespace,
          'aws:RequestTag/kubernetes-service-account': anyOf([subject.serviceAccount, ...others]),
        },
      },
    },
  ]);
}

/** Trust of an AWS service, for one account only: without the condition it would act for strangers too. */
export const serviceTrust = (service: string, condition?: { account: string }): string =>
  policyDocument([
    {
      Sid: 'Service',
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      ...(condition && { Condition: { StringEquals: { 'aws:SourceAccount': condition.account } } }),
    },
  ]);

/** ARN of a policy that AWS maintains. */
export const awsPolicyArn = (partition: string, path: string): string => `arn:${partition}:iam::aws:policy/${path}`;
/** Reading one secret, and using the very key that encrypts it through the service that holds the secret. */
export function readSecret(secretArn: string, key?: { readonly arn: string; readonly through: string }): string {
  const statements: Statement[] = [
    { Sid: 'Secret', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secretArn },
  ];
  if (key !== undefined) {
    const Condition = { StringEquals: { 'kms:ViaService': key.through } };
    statements.push({ Sid: 'Key', Effect: 'Allow', Action: 'kms:Decrypt', Resource: key.arn, Condition });
  }
  return policyDocument(statements);
}

/** What an application may do with the objects of a bucket. */
export type Access = 'read' | 'write' | 'readWrite';

const objectActions: Readonly<Record<Access, readonly string[]>> = {
  read: ['s3:GetObject', 's3:GetObjectVersion'],
  write: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  readWrite: [
    's3:GetObject',
    's3:GetObjectVersion',
    's3:PutObject',
    's3:DeleteObject',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ],
};

const bucketActions: Readonly<Record<Access, readonly string[]>> = {
  read: ['s3:GetBucketLocation', 's3:ListBucket'],
  write: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
  readWrite: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
};

/** Writing needs Decrypt too: the parts of a multipart upload are read back (Amazon S3 user guide, SSE-KMS). */
const keyActions: Readonly<Record<Access, readonly string[]>> = {
  read: ['kms:Decrypt'],
  write: ['kms:Decrypt', 'kms:GenerateDataKey'],
  readWrite: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** Least privilege on one bucket, and on the very key that encrypts it, used through S3 only. */
export function bucketAccess(
  access: Access,
  bucketArn: string,
  key?: { readonly arn: string; readonly region: string },
): string {
  const statements: Statement[] = [
    { Sid: 'Objects', Effect: 'Allow', Action: objectActions[access], Resource: `${bucketArn}/*` },
    { Sid: 'Bucket', Effect: 'Allow', Action: bucketActions[access], Resource: bucketArn },
  ];
  if (key !== undefined) {
    statements.push({
      Sid: 'Key',
      Effect: 'Allow',
      Action: keyActions[access],
      Resource: key.arn,
      Condition: { StringEquals: { 'kms:ViaService': `s3.${key.region}.${dnsSuffixOf(key.region)}` } },
    });
  }
  return policyDocument(statements);
}

/** Refuses every request to a bucket that does not use TLS. */
export const tlsOnly = (bucketArn: string): string =>
  policyDocument([
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);

// Nothing that IAM, JSON or a shell gives a meaning: names of policies, keys, roles and secrets have none of it.
const arnPattern = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws)?:([\w+=,.@:/-]+)$/;

/** The parts of an ARN, or undefined when the text is none. */
export function parseArn(
  text: string,
): { partition: string; service: string; region: string; account: string; resource: string } | undefined {
  const [, partition = '', service = '', region = '', account = '', resource = ''] = arnPattern.exec(text) ?? [];
  return partition === '' ? undefined : { partition, service, region, account, resource };
}
