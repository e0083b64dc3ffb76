// What the Compositions of crossplane-on-eks (official family) make of a composite, with the names, the nesting and
// the policies of deletion that they have there: the buckets' companions are deleted whatever a claim asks for.
import {
  getObservedComposedResources,
  getObservedCompositeResource,
  Ready,
  serve,
  setDesiredCompositeStatus,
} from '@crossplane-org/function-sdk-typescript';

const s3 = (kind, forProvider, more = {}) => ({
  apiVersion: 's3.aws.upbound.io/v1beta1',
  kind,
  spec: { deletionPolicy: 'Delete', forProvider, ...more },
});
const selector = { bucketSelector: { matchControllerRef: true } };
const aes256 = [{ applyServerSideEncryptionByDefault: [{ sseAlgorithm: 'AES256' }] }];
const blocked = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

const kinds = {
  XObjectStorage: ({ metadata, spec: { resourceConfig } }, observed) => {
    const { region, name, tags, deletionPolicy = 'Delete' } = resourceConfig;
    const bucket = s3('Bucket', { region, forceDestroy: true, ...(tags && { tags }) }, { deletionPolicy });
    bucket.metadata = {
      name: `bucket-${metadata.name}`,
      ...(name && { annotations: { 'crossplane.io/external-name': name } }),
    };
    const id = observed['s3-bucket']?.status?.atProvider?.id;
    return {
      resources: {
        's3-bucket': bucket,
        's3-blockpublicaccess': s3('BucketPublicAccessBlock', { region, ...selector, ...blocked }),
        's3-serversideencryption': s3('BucketServerSideEncryptionConfiguration', { region, ...selector, rule: aes256 }),
      },
      status: id ? { bucketName: id, bucketArn: `arn:aws:s3:::${id}` } : {},
      connection: id ? { bucketName: id } : {},
    };
  },
  XIRSA: ({ metadata: { labels }, spec }, observed) => {
    const sub = `system:serviceaccount:${labels['crossplane.io/claim-namespace']}:${spec.serviceAccountName}`;
    const statement = {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/example.org' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'example.org:sub': sub } },
    };
    const assumeRolePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const arn = observed['iam-role']?.status?.atProvider?.arn;
    return {
      resources: {
        'iam-role': {
          apiVersion: 'iam.aws.upbound.io/v1beta1',
          kind: 'Role',
          spec: { forProvider: { assumeRolePolicy } },
        },
      },
      status: arn ? { roleArn: arn, roleName: arn.split('/').at(-1) } : {},
    };
  },
  IAMPolicy: ({ spec: { resourceArn, roleName } }) => {
    if (!resourceArn || !roleName) return { resources: {} };
    const statement = {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: `${resourceArn}/*`,
    };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    return {
      resources: {
        policy: { apiVersion: 'iam.aws.upbound.io/v1beta1', kind: 'Policy', spec: { forProvider: { policy } } },
        attachment: {
          apiVersion: 'iam.aws.upbound.io/v1beta1',
          kind: 'RolePolicyAttachment',
          spec: { forProvider: { role: roleName, policyArnSelector: { matchControllerRef: true } } },
        },
      },
    };
  },
  XS3IRSA: ({ metadata: { labels }, spec: { resourceConfig } }, observed) => {
    const [bucket, irsa] = [observed.bucket?.status ?? {}, observed.irsa?.status ?? {}];
    const nested = (kind, spec) => ({
      apiVersion: 'awsblueprints.io/v1alpha1',
      kind,
      spec: { resourceConfig, ...spec },
    });
    return {
      resources: {
        bucket: nested('XObjectStorage', {}),
        irsa: nested('XIRSA', { serviceAccountName: labels['crossplane.io/claim-name'] }),
        'irsa-bucket-policy': nested('IAMPolicy', { resourceArn: bucket.bucketArn, roleName: irsa.roleName }),
      },
      status: { bucketArn: bucket.bucketArn, roleName: irsa.roleName },
      connection: bucket.bucketName ? { bucketName: bucket.bucketName } : {},
    };
  },
};

function compose(request, response) {
  const composite = getObservedCompositeResource(request)?.resource ?? {};
  const observed = Object.entries(getObservedComposedResources(request)).map(([name, { resource }]) => [
    name,
    resource,
  ]);
  const { resources, status = {}, connection = {} } = kinds[composite.kind](composite, Object.fromEntries(observed));
  for (const [name, resource] of Object.entries(resources)) {
    const conditions = Object.fromEntries(observed)[name]?.status?.conditions ?? [];
    const ready = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    response.desired.resources[name] = {
      resource,
      connectionDetails: {},
      ready: ready ? Ready.READY_TRUE : Ready.READY_FALSE,
    };
  }
  setDesiredCompositeStatus({ rsp: response, status });
  const bytes = Object.entries(connection).map(([key, value]) => [key, Buffer.from(value)]);
  if (response.desired.composite) response.desired.composite.connectionDetails = Object.fromEntries(bytes);
  return response;
}

serve(compose, { name: 'old-platform' });
