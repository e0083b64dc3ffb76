import { Policy, RolePolicyAttachment } from '../aws/index.ts';
import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { bucketAccess, partitionOf } from '../core/iam.ts';
import { given, known } from '../core/known.ts';
import { uniqueName } from '../core/names.ts';
import { composeBucket } from '../core/parts/bucket.ts';
import { clusterEnvironment } from '../core/parts/cluster-reference.ts';
import { composeIdentity } from '../core/parts/identity.ts';
import { composed } from '../core/resource.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export const accessPolicy = composed('access-policy', Policy);
export const accessPolicyAttachment = composed('access-policy-attachment', RolePolicyAttachment);

export function compose(asked: ComposeContext<FromSchema<typeof spec>>): Composition {
  const environment = clusterEnvironment(asked);
  const context = { ...asked, environment };
  const { observed, desired, identity } = context;
  const { access, resourceConfig } = context.spec;
  const bucket = composeBucket(context);
  const { role, roleName, status } = composeIdentity(context, {
    roleName: undefined,
    partition: known(partitionOf(resourceConfig.region)),
    // The cluster may run in another region than the bucket.
    clusterRegion: given([environment.facts], (facts) => facts.region ?? resourceConfig.region),
    // An orphaned role would keep its access to the data with nobody left who looks after it, so it goes.
    orphan: false,
  });
  const key = bucket.kmsKeyArn === undefined ? undefined : { arn: bucket.kmsKeyArn, region: bucket.region };
  desired.managed(accessPolicy, known({ policy: bucketAccess(access, bucket.arn, key) }), {
    externalName:
      observed.externalName(accessPolicy) ??
      uniqueName(`${identity.namespace}-${identity.name}-s3`, identity.unique, 128),
  });
  const policyArn = observed.text(accessPolicy, 'arn');
  desired.managed(
    accessPolicyAttachment,
    given([policyArn], (arn) => ({ role: roleName, policyArn: arn })),
    { after: [role, accessPolicy] },
  );
  const { bucketName, bucketArn, region } = bucket.connection;
  const { roleArn, serviceAccountName, serviceAccountManifest } = status;
  return {
    status: {
      bucketName,
      bucketArn,
      region,
      roleArn,
      roleName: status.roleName,
      policyArn,
      serviceAccountName,
      serviceAccountManifest,
    },
    connection: bucket.connection,
  };
}
