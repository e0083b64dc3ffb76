import { DescribePodIdentityAssociationCommand, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks';
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { textOf } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { type AwsClients, externalName, observation, parameters, type Readers, tagsOf } from './provider-clients.ts';
import { clusters } from './provider-readers-cluster.ts';
import { databases } from './provider-readers-database.ts';
import { networks } from './provider-readers-network.ts';

function bucketOf(resource: KubeObject): { Bucket: string } {
  return { Bucket: textOf(parameters(resource).bucket) || externalName(resource) };
}

const storageAndIdentity: Readers = {
  's3/Bucket': async ({ s3 }, resource) => {
    const { LocationConstraint } = await s3.send(new GetBucketLocationCommand(bucketOf(resource)));
    const { TagSet } = await s3.send(new GetBucketTaggingCommand(bucketOf(resource)));
    return { region: LocationConstraint, tags: tagsOf(TagSet) };
  },
  's3/BucketCorsConfiguration': async ({ s3 }, resource) =>
    (await s3.send(new GetBucketCorsCommand(bucketOf(resource)))).CORSRules,
  's3/BucketLifecycleConfiguration': async ({ s3 }, resource) =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand(bucketOf(resource)))).Rules,
  's3/BucketLogging': async ({ s3 }, resource) =>
    (await s3.send(new GetBucketLoggingCommand(bucketOf(resource)))).LoggingEnabled,
  's3/BucketOwnershipControls': async ({ s3 }, resource) =>
    (await s3.send(new GetBucketOwnershipControlsCommand(bucketOf(resource)))).OwnershipControls?.Rules,
  's3/BucketPolicy': async ({ s3 }, resource) => {
    const { Policy = '' } = await s3.send(new GetBucketPolicyCommand(bucketOf(resource)));
    return JSON.parse(Policy);
  },
  's3/BucketPublicAccessBlock': async ({ s3 }, resource) =>
    (await s3.send(new GetPublicAccessBlockCommand(bucketOf(resource)))).PublicAccessBlockConfiguration,
  's3/BucketServerSideEncryptionConfiguration': async ({ s3 }, resource) => {
    const answer = await s3.send(new GetBucketEncryptionCommand(bucketOf(resource)));
    return answer.ServerSideEncryptionConfiguration?.Rules;
  },
  's3/BucketVersioning': async ({ s3 }, resource) =>
    (await s3.send(new GetBucketVersioningCommand(bucketOf(resource)))).Status,
  'iam/Role': async ({ iam }, resource) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: externalName(resource) }));
    return {
      arn: Role?.Arn,
      trust: document(Role?.AssumeRolePolicyDocument),
      boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: tagsOf(Role?.Tags),
    };
  },
  'iam/Policy': async ({ iam }, resource) => {
    const PolicyArn = textOf(observation(resource).arn);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const VersionId = Policy?.DefaultVersionId;
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return document(version.PolicyVersion?.Document);
  },
  'iam/RolePolicyAttachment': async ({ iam }, resource) => {
    const { role, policyArn } = parameters(resource);
    const RoleName = textOf(role);
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    return AttachedPolicies.map((one) => one.PolicyArn).find((arn) => arn === policyArn);
  },
  'eks/PodIdentityAssociation': async ({ eks }, resource) => {
    const told = parameters(resource);
    const clusterName = textOf(told.clusterName);
    const whose = { clusterName, namespace: textOf(told.namespace), serviceAccount: textOf(told.serviceAccount) };
    const { associations = [] } = await eks.send(new ListPodIdentityAssociationsCommand(whose));
    const associationId = associations[0]?.associationId;
    const { association } = await eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId }));
    return {
      roleArn: association?.roleArn,
      namespace: association?.namespace,
      serviceAccount: association?.serviceAccount,
    };
  },
};

/** What is read back from AWS: by the file of tests whose claims compose it, and there by service and kind. */
export const suites: Readonly<Record<string, Readers>> = {
  'provider.test.ts': storageAndIdentity,
  'provider-blueprints.test.ts': { ...networks, ...databases, ...clusters },
};

/** The kinds for which no simulator can be asked: why, and the test file that stands in for it. */
export const unread: Readonly<Record<string, { readonly why: string; readonly instead: string }>> = {};

/** The key of a kind in the tables: its service and its name, as `rds/Instance`. */
export function keyOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return `${apiVersion.split('.')[0]}/${kind}`;
}

/** What AWS says about a managed resource. */
export async function readBack(clients: AwsClients, resource: KubeObject): Promise<unknown> {
  const key = keyOf(resource);
  const reader = Object.values(suites).find((one) => key in one)?.[key];
  if (reader === undefined) throw new Error(`test/engines/provider-readers.ts has no way to read back ${key}`);
  return reader(clients, resource);
}

/** IAM gives documents URL-encoded. */
function document(text = ''): unknown {
  return JSON.parse(decodeURIComponent(text));
}
