import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const switches = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};
const block = (given: object) =>
  clusterScoped('s3', 'BucketPublicAccessBlock', { forProvider: { region: 'eu-west-1', bucket: 'a', ...given } });
const off = (name: string, seen = 'false') =>
  `S3_PUBLIC: BucketPublicAccessBlock app-x7k2p-bucketpublicaccessblock: spec.forProvider.${name} is ${seen}; it must be true`;
const policy = (...statements: object[]) =>
  namespaced('s3', 'BucketPolicy', {
    forProvider: { region: 'eu-west-1', policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) },
  });
const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/*' };
const anyone =
  'S3_PUBLIC: BucketPolicy team-a/app-bucketpolicy: spec.forProvider.policy allows anyone; name the principal, or compare who asks with fixed values';
const bad: Case = {
  name: 'deny',
  object: block({ ...switches, restrictPublicBuckets: false }),
  message: off('restrictPublicBuckets'),
};

export const s3NotPublic: Policy = {
  name: 's3-not-public',
  kind: 'AwsS3NotPublic',
  title: 'Buckets are not public: by access block, by ACL or by policy.',
  why: 'A public bucket is the commonest leak of data on AWS.',
  controls: [
    'Security Hub S3.8',
    'Checkov CKV_AWS_53',
    'Checkov CKV_AWS_54',
    'Checkov CKV_AWS_55',
    'Checkov CKV_AWS_56',
    'Checkov CKV_AWS_70',
  ],
  match: [managed('s3', 'BucketACL', 'BucketPolicy', 'BucketPublicAccessBlock')],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'rego',
    sparesObserved: true,
    rego: `
found(o) := (switches(o) | acl(o)) | documents(o)

# An absent switch is off (S3 API, PublicAccessBlockConfiguration).
switches(o) := {text |
	o.kind == "BucketPublicAccessBlock"
	some name in ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
	value := object.get(parameters(o), name, "absent")
	value != true
	text := message("S3_PUBLIC", sprintf("spec.forProvider.%s is %v", [name, value]), "it must be true")
}

acl(o) := {text |
	o.kind == "BucketACL"
	value := object.get(parameters(o), "acl", "private")
	value in {"public-read", "public-read-write", "authenticated-read", "website"}
	text := message("S3_PUBLIC", sprintf("spec.forProvider.acl is %s", [value]), "it must not be public")
} | {text |
	o.kind == "BucketACL"
	some control in list(object.get(parameters(o), "accessControlPolicy", []))
	some grant in list(object.get(control, "grant", []))
	some grantee in list(object.get(grant, "grantee", []))
	uri := object.get(grantee, "uri", "")
	regex.match("/groups/global/(AllUsers|AuthenticatedUsers)$", uri)
	text := message("S3_PUBLIC", sprintf("spec.forProvider.accessControlPolicy grants to %s", [uri]), "it must not be public")
}

list(value) := value if is_array(value) else := [value]

readable(text) if {
	parsed := json.unmarshal(text)
	every statement in list(parsed.Statement) {
		statement.Effect in {"Allow", "Deny"}
	}
}

documents(o) := {text |
	o.kind == "BucketPolicy"
	not readable(object.get(parameters(o), "policy", ""))
	text := message("S3_DOCUMENT", "spec.forProvider.policy is no policy document", "write JSON with statements that Allow or Deny")
} | {text |
	o.kind == "BucketPolicy"
	readable(parameters(o).policy)
	some statement in list(json.unmarshal(parameters(o).policy).Statement)
	statement.Effect == "Allow"
	to_anyone(statement)
	not narrowed(statement)
	text := message("S3_PUBLIC", "spec.forProvider.policy allows anyone", "name the principal, or compare who asks with fixed values")
}

to_anyone(statement) if statement.NotPrincipal

to_anyone(statement) if statement.Principal == "*"

to_anyone(statement) if "*" in list(statement.Principal.AWS)

# The keys by which S3 itself takes a policy for not public (user guide, "The meaning of public"), with fixed values.
narrowed(statement) if {
	some operator in ["StringEquals", "ArnEquals", "ArnLike", "StringLike"]
	some key, values in statement.Condition[operator]
	lower(key) in {"aws:principalorgid", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceowner", "aws:userid", "s3:dataaccesspointaccount"}
	every value in list(values) {
		not regex.match("[*?]", value)
	}
}
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: block(switches) },
    { name: 'allow-create', object: block(switches), operation: 'CREATE', user: users.crossplane },
    {
      name: 'deny-absent',
      object: block({ blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true }),
      message: off('restrictPublicBuckets', 'absent'),
    },
    {
      name: 'deny-init-provider-that-is-overruled',
      object: clusterScoped('s3', 'BucketPublicAccessBlock', {
        forProvider: { ...switches, blockPublicAcls: false },
        initProvider: switches,
      }),
      message: off('blockPublicAcls'),
    },
    {
      name: 'allow-init-provider',
      object: clusterScoped('s3', 'BucketPublicAccessBlock', { forProvider: {}, initProvider: switches }),
    },
    {
      name: 'deny-update-to-another',
      object: block({ ...switches, blockPublicAcls: false }),
      old: block(switches),
      user: users.crossplane,
      message: off('blockPublicAcls'),
    },
    {
      name: 'deny-acl',
      object: clusterScoped('s3', 'BucketACL', { forProvider: { region: 'eu-west-1', acl: 'public-read' } }),
      message: 'S3_PUBLIC: BucketACL app-x7k2p-bucketacl: spec.forProvider.acl is public-read; it must not be public',
    },
    {
      name: 'deny-grant',
      object: namespaced('s3', 'BucketACL', {
        forProvider: {
          region: 'eu-west-1',
          accessControlPolicy: {
            grant: [
              {
                permission: 'READ',
                grantee: { type: 'Group', uri: 'http://acs.amazonaws.com/groups/global/AllUsers' },
              },
            ],
            owner: { id: 'a' },
          },
        },
      }),
      message:
        'S3_PUBLIC: BucketACL team-a/app-bucketacl: spec.forProvider.accessControlPolicy grants to http://acs.amazonaws.com/groups/global/AllUsers; it must not be public',
    },
    {
      name: 'allow-acl',
      object: clusterScoped('s3', 'BucketACL', { forProvider: { region: 'eu-west-1', acl: 'private' } }),
    },
    { name: 'deny-policy', object: policy({ ...read, Principal: '*' }), message: anyone },
    { name: 'deny-policy-aws', object: policy({ ...read, Principal: { AWS: ['*'] } }), message: anyone },
    {
      name: 'deny-policy-with-open-condition',
      object: policy({ ...read, Principal: '*', Condition: { StringLike: { 'aws:SourceArn': '*' } } }),
      message: anyone,
    },
    {
      name: 'allow-policy-for-the-organisation',
      object: policy({ ...read, Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdef' } } }),
    },
    { name: 'allow-policy-of-denials', object: policy({ ...read, Effect: 'Deny', Principal: '*' }) },
    {
      name: 'deny-policy-without-json',
      object: namespaced('s3', 'BucketPolicy', { forProvider: { region: 'eu-west-1', policy: 'public' } }),
      message:
        'S3_DOCUMENT: BucketPolicy team-a/app-bucketpolicy: spec.forProvider.policy is no policy document; write JSON with statements that Allow or Deny',
    },
  ],
  badParameters: { 'bad-exemption': { exemptGroups: 'admins' } },
};
