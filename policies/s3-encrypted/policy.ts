import { bucketRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const arn = 'arn:aws:s3:::a';
const tls = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [arn, `${arn}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const policy = (...statements: object[]) =>
  namespaced('s3', 'BucketPolicy', {
    forProvider: { region: 'eu-west-1', policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) },
  });
const kind = 'BucketServerSideEncryptionConfiguration';
const encryption = (sseAlgorithm: string) =>
  clusterScoped('s3', kind, {
    forProvider: { region: 'eu-west-1', rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }] },
  });
const noTls =
  'S3_TLS: BucketPolicy team-a/app-bucketpolicy: spec.forProvider.policy has no statement that denies everything without TLS; deny s3:* to * on bucket and objects where aws:SecureTransport is false';
const bad: Case = { name: 'deny', object: policy({ ...tls, Action: 's3:PutObject' }), message: noTls };
const kms = { algorithms: ['aws:kms', 'aws:kms:dsse'] };

export const s3Encrypted: Policy = {
  name: 's3-encrypted',
  kind: 'AwsS3Encrypted',
  title: 'Buckets take TLS only, and encrypt as the platform asks.',
  why: 'A request without TLS can be read on the way; an encryption with keys that Amazon S3 manages is not enough for every class of data.',
  controls: ['Security Hub S3.5', 'Checkov CKV_AWS_379'],
  match: [managed('s3', 'BucketPolicy', kind), ...bucketRequests],
  parameters: {
    type: 'object',
    required: ['algorithms'],
    properties: {
      algorithms: {
        type: 'array',
        description:
          'Algorithms that are allowed. For a class of data that needs keys of our own, a second constraint with aws:kms alone and a labelSelector in its match.',
        minItems: 1,
        items: { type: 'string', enum: ['AES256', 'aws:kms', 'aws:kms:dsse'] },
      },
    },
  },
  recommended: { algorithms: ['AES256', 'aws:kms', 'aws:kms:dsse'] },
  rule: {
    engine: 'rego',
    sparesObserved: true,
    rego: `
found(o) := (transport(o) | encryption(o)) | requested(o)

is_managed(o) if endswith(split(o.apiVersion, "/")[0], ".upbound.io")

list(value) := value if is_array(value) else := [value]

transport(o) := {text |
	o.kind == "BucketPolicy"
	not tls_only(o)
	text := message("S3_TLS", "spec.forProvider.policy has no statement that denies everything without TLS", "deny s3:* to * on bucket and objects where aws:SecureTransport is false")
}

tls_only(o) if {
	some statement in list(json.unmarshal(parameters(o).policy).Statement)
	statement.Effect == "Deny"
	anyone(statement)
	some action in list(statement.Action)
	action in {"*", "s3:*"}
	some resource in list(statement.Resource)
	endswith(resource, "*")
	some bucket in list(statement.Resource)
	not endswith(bucket, "/*")
	count(statement.Condition) == 1
	some key, values in statement.Condition.Bool
	lower(key) == "aws:securetransport"
	some value in list(values)
	lower(sprintf("%v", [value])) == "false"
}

anyone(statement) if statement.Principal == "*"

anyone(statement) if "*" in list(statement.Principal.AWS)

encryption(o) := {text |
	o.kind == "BucketServerSideEncryptionConfiguration"
	some index, rule in parameters(o).rule
	some byDefault in list(object.get(rule, "applyServerSideEncryptionByDefault", {}))
	algorithm := object.get(byDefault, "sseAlgorithm", "absent")
	not algorithm in input.parameters.algorithms
	text := refusal(sprintf("spec.forProvider.rule[%d] encrypts by %s", [index, algorithm]))
}

# The names that claims have for them.
names := {"AES256": "AES256", "KMS": "aws:kms"}

requested(o) := {text |
	not is_managed(o)
	type := o.spec.encryption.type
	not names[type] in input.parameters.algorithms
	text := refusal(sprintf("spec.encryption.type is %s", [type]))
}

refusal(seen) := message("S3_ENCRYPTION", seen, sprintf("allowed are %s", [concat(", ", input.parameters.algorithms)]))
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: policy(tls) },
    { name: 'allow-create', object: policy(tls, { Effect: 'Allow' }), operation: 'CREATE', user: users.crossplane },
    { name: 'deny-bucket-left-out', object: policy({ ...tls, Resource: `${arn}/*` }), message: noTls },
    {
      name: 'deny-narrower-condition',
      object: policy({ ...tls, Condition: { ...tls.Condition, StringEquals: { 'aws:PrincipalTag/a': 'b' } } }),
      message: noTls,
    },
    {
      name: 'deny-no-json',
      object: namespaced('s3', 'BucketPolicy', { forProvider: { region: 'eu-west-1', policy: '{' } }),
      message: noTls,
    },
    {
      name: 'deny-update-that-drops-it',
      object: policy({ ...tls, Effect: 'Allow' }),
      old: policy(tls),
      user: users.crossplane,
      message: noTls,
    },
    { name: 'allow-encryption', object: encryption('AES256') },
    {
      name: 'deny-encryption',
      object: encryption('AES256'),
      parameters: kms,
      message: `S3_ENCRYPTION: ${kind} app-x7k2p-${kind.toLowerCase()}: spec.forProvider.rule[0] encrypts by AES256; allowed are aws:kms, aws:kms:dsse`,
    },
    { name: 'allow-encryption-by-key', object: encryption('aws:kms'), parameters: kms },
    {
      name: 'deny-claim',
      object: claim('ObjectStorage', { resourceConfig: { region: 'eu-west-1' }, encryption: { type: 'AES256' } }),
      operation: 'CREATE',
      user: users.developer,
      parameters: kms,
      message:
        'S3_ENCRYPTION: ObjectStorage team-a/app: spec.encryption.type is AES256; allowed are aws:kms, aws:kms:dsse',
    },
    {
      name: 'allow-composite',
      object: composite('ObjectStorage', { resourceConfig: { region: 'eu-west-1' }, encryption: { type: 'KMS' } }),
      parameters: kms,
    },
  ],
  badParameters: { 'bad-algorithm': { algorithms: ['KMS'] }, 'bad-without-algorithms': { algorithms: [] } },
};
