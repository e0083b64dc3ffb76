import { Bucket } from '../../functions/aws/index.ts';
import { bucketRequests, inventoryOf, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { everyOne } from '../core/rego.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const external = (name: string) => ({ annotations: { 'crossplane.io/external-name': name } });
const spec = { forProvider: { region: 'eu-west-1' } };
const held = namespaced('s3', 'Bucket', spec, { namespace: 'team-b', name: 'b1', ...external('shared-logs') });
const legacy = clusterScoped('s3', 'Bucket', spec, { name: 'app-x7k2p-abc', ...external('old-logs') });
const inventory = [held, legacy];
const bucket = (name: string, metadata: object = {}) =>
  namespaced('s3', 'Bucket', spec, { ...external(name), ...metadata });
const refusal = (what: string, name: string, holder: string) =>
  `S3_NAME: ${what}: the bucket name ${name} is held by ${holder}; use another one, names are unique in all of AWS`;
const bad: Case = {
  name: 'deny',
  object: bucket('shared-logs'),
  inventory,
  message: refusal('Bucket team-a/app-bucket', 'shared-logs', 'team-b/b1'),
};
const named = (name: string) => ({ resourceConfig: { region: 'eu-west-1', name } });

export const s3UniqueName: Policy = {
  name: 's3-unique-name',
  kind: 'AwsS3UniqueName',
  title: 'No two buckets of the cluster have the same name in AWS.',
  why: 'Two resources of one name are one bucket, which both change and either deletes. The inventory follows the cluster with a delay: two that are made within a moment both pass.',
  controls: [],
  match: [managed('s3', 'Bucket'), ...bucketRequests],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'rego',
    inventory: inventoryOf(Bucket),
    rego: `
found(o) := {text |
	name := name_of(o)
	some bucket in buckets
	in_aws(bucket) == name
	not same(bucket, o)
	not composed_for(bucket, o)
	text := message("S3_NAME", sprintf("the bucket name %s is held by %s", [name, where(bucket)]), "use another one, names are unique in all of AWS")
}

is_bucket(o) if endswith(split(o.apiVersion, "/")[0], ".upbound.io")

name_of(o) := in_aws(o) if is_bucket(o)

name_of(o) := o.spec.resourceConfig.name if not is_bucket(o)

in_aws(bucket) := object.get(object.get(bucket.metadata, "annotations", {}), "crossplane.io/external-name", object.get(bucket.metadata, "name", ""))

${everyOne('buckets', 's3', 'Bucket')}

where(bucket) := concat("/", [part | some part in [object.get(bucket.metadata, "namespace", ""), bucket.metadata.name]; part != ""])

group_of(o) := split(o.apiVersion, "/")[0]

same(bucket, o) if {
	group_of(bucket) == group_of(o)
	where(bucket) == where(o)
}

label(bucket, name) := object.get(object.get(bucket.metadata, "labels", {}), sprintf("crossplane.io/%s", [name]), "")

# The bucket that the composite or claim itself asked for.
composed_for(bucket, o) if {
	not is_bucket(o)
	label(bucket, "composite") == o.metadata.name
	object.get(bucket.metadata, "namespace", "") == object.get(o.metadata, "namespace", "")
}

composed_for(bucket, o) if {
	not is_bucket(o)
	label(bucket, "claim-name") == o.metadata.name
	label(bucket, "claim-namespace") == o.metadata.namespace
}
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: bucket('my-logs'), inventory },
    { name: 'allow-itself', object: held, inventory },
    { name: 'allow-without-inventory', object: bucket('shared-logs') },
    {
      name: 'deny-name-of-a-cluster-scoped-one',
      object: bucket('old-logs'),
      inventory,
      message: refusal('Bucket team-a/app-bucket', 'old-logs', 'app-x7k2p-abc'),
    },
    {
      name: 'deny-by-metadata-name',
      object: clusterScoped('s3', 'Bucket', spec, { name: 'shared-logs', annotations: {} }),
      inventory,
      message: refusal('Bucket shared-logs', 'shared-logs', 'team-b/b1'),
    },
    {
      name: 'deny-claim',
      object: claim('ObjectStorage', named('shared-logs')),
      inventory,
      operation: 'CREATE',
      user: users.developer,
      message: refusal('ObjectStorage team-a/app', 'shared-logs', 'team-b/b1'),
    },
    {
      name: 'deny-composite-of-that-name-elsewhere',
      object: composite('ObjectStorage', named('shared-logs')),
      inventory,
      message: refusal('ObjectStorage team-a/app', 'shared-logs', 'team-b/b1'),
    },
    { name: 'allow-claim-of-its-own-bucket', object: claim('ObjectStorage', named('old-logs')), inventory },
    {
      name: 'allow-composite-of-its-own-bucket',
      object: composite('ObjectStorage', named('shared-logs'), { namespace: 'team-b' }),
      inventory,
    },
    {
      name: 'deny-update-to-a-held-name',
      object: bucket('shared-logs'),
      old: bucket('my-logs'),
      inventory,
      user: users.crossplane,
      message: refusal('Bucket team-a/app-bucket', 'shared-logs', 'team-b/b1'),
    },
  ],
  badParameters: { 'bad-exemption': { exemptUserPrefixes: [''] } },
};
