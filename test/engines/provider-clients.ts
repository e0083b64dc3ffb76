import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { fields } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import type { SimulatedAws } from '../../tools/engines/provider/simulators.ts';

/** The clients with which AWS is asked, and not the provider. */
export interface AwsClients {
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly events: EventBridgeClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
  readonly rds: RDSClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
}

/** Asks AWS for what a managed resource stands for. */
export type Reader = (clients: AwsClients, resource: KubeObject) => Promise<unknown>;

/** Readers by service and kind, as `rds/Instance`. */
export type Readers = Readonly<Record<string, Reader>>;

/** Clients of AWS's own SDK that talk to a simulated AWS. */
export function awsClients(aws: SimulatedAws, region: string): AwsClients {
  const config = { endpoint: aws.url, region, credentials: aws.credentials, maxAttempts: 3 };
  return {
    ec2: new EC2Client(config),
    eks: new EKSClient(config),
    events: new EventBridgeClient(config),
    iam: new IAMClient(config),
    kms: new KMSClient(config),
    logs: new CloudWatchLogsClient(config),
    rds: new RDSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
  };
}

/** The external name, under which AWS knows a managed resource. */
export function externalName({ metadata }: KubeObject): string {
  return metadata.annotations?.['crossplane.io/external-name'] ?? '';
}

/** What a managed resource asks the provider for. */
export function parameters({ spec }: KubeObject): Readonly<Record<string, unknown>> {
  return fields(spec?.forProvider);
}

/** What the provider says that it saw. */
export function observation({ status }: KubeObject): Readonly<Record<string, unknown>> {
  return fields(status?.atProvider);
}

/** Tags as a map, as claims give them. */
export function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
