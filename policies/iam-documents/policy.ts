import { addonSubjects } from '../../functions/eks-cluster/subjects.ts';
import { clusterRequests, managed, requests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE';
const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const access = (statement: object): string => document({ Effect: 'Allow', Resource: '*', ...statement });
const irsa = (conditions: object): string =>
  document({
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
    Condition: conditions,
  });
const subject = (text: string) => ({
  StringEquals: { [`${issuer}:sub`]: text, [`${issuer}:aud`]: 'sts.amazonaws.com' },
});
const pods = (tags: object): string =>
  document({
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Condition: { StringEquals: tags },
  });

/** The kinds that may own the roles of a cluster, by their group. */
const clusterKinds = JSON.stringify(
  Object.fromEntries(clusterRequests.map(({ apiGroups: [group = ''], kinds }) => [group, kinds])),
);

const policy = (text: string) => clusterScoped('iam', 'Policy', { forProvider: { policy: text } });
const role = (assumeRolePolicy: string) => namespaced('iam', 'Role', { forProvider: { assumeRolePolicy } });
const ownedBy = (apiGroup: string, kind: string) => ({
  ownerReferences: [{ apiVersion: `${apiGroup}/v1alpha1`, kind, name: 'apps', uid: '1', controller: true }],
});
const roleOfCluster = (assumeRolePolicy: string) =>
  namespaced('iam', 'Role', { forProvider: { assumeRolePolicy } }, ownedBy('m.awsblueprints.io', 'EKSCluster'));
const own = 'system:serviceaccount:team-a:app';
const wildcard = (action: string) =>
  `IAM_ACTION: Policy app-x7k2p-policy: spec.forProvider.policy allows ${action}; name the actions`;
const trust = (what: string, allowed: string) =>
  `IAM_TRUST: Role team-a/app-role: spec.forProvider.assumeRolePolicy ${what}; ${allowed}`;
const unreadable = (kind: string, name: string, field: string) =>
  `IAM_DOCUMENT: ${kind} ${name}: spec.forProvider.${field} is no policy document; write JSON with statements that Allow or Deny`;

const bad: Case = { name: 'deny', object: policy(access({ Action: '*' })), message: wildcard('*') };

export const iamDocuments: Policy = {
  name: 'iam-documents',
  kind: 'AwsIamDocuments',
  title: 'IAM documents name their actions, and roles trust their own ServiceAccount only.',
  why: 'A wildcard makes a role that can do everything, and a trust without subject or audience lets every pod of the cluster take the role.',
  controls: [
    'Security Hub IAM.1',
    'Security Hub IAM.21',
    'Checkov CKV_AWS_60',
    'Checkov CKV_AWS_61',
    'Checkov CKV_AWS_62',
    'Checkov CKV_AWS_63',
  ],
  match: [
    managed(
      'iam',
      'GroupPolicyAttachment',
      'Policy',
      'Role',
      'RolePolicy',
      'RolePolicyAttachment',
      'UserPolicyAttachment',
    ),
    ...requests,
  ],
  parameters: {
    type: 'object',
    properties: {
      forbiddenPolicies: {
        type: 'array',
        description:
          'Names of managed policies that nothing may attach, in any partition. Without it, all may be attached.',
        items: { type: 'string', minLength: 1 },
      },
      addonServiceAccounts: {
        type: 'array',
        description:
          'ServiceAccounts, as namespace:name, that roles composed for an EKSCluster may trust beside those of its own namespace: those of its add-ons. Without it, none.',
        items: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?:[a-z0-9]([-.a-z0-9]*[a-z0-9])?$' },
      },
      permissionsBoundaries: {
        type: 'array',
        description: 'ARNs of permissions boundaries; every role needs one of them. Without it, no role needs one.',
        items: { type: 'string', pattern: '^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$' },
      },
    },
  },
  recommended: {
    forbiddenPolicies: ['AdministratorAccess', 'IAMFullAccess', 'PowerUserAccess'],
    permissionsBoundaries: [],
    addonServiceAccounts: [
      ...new Set(addonSubjects.map(({ namespace, serviceAccount }) => `${namespace}:${serviceAccount}`)),
    ].sort(),
  },
  rule: {
    engine: 'rego',
    rego: `
found(o) := ((unreadable(o) | actions(o)) | (trusts(o) | attachments(o))) | boundaries(o)

# Every JSON document of an object, by its path.
documents(o) := object.union(inline(o), {path: text | some path, text in {
	"spec.forProvider.policy": document(o, {"Policy", "RolePolicy"}, "policy"),
	"spec.forProvider.assumeRolePolicy": document(o, {"Role"}, "assumeRolePolicy"),
}; text != null})

document(o, kinds, field) := object.get(parameters(o), field, "") if {
	is_managed(o)
	o.kind in kinds
} else := null

inline(o) := {path: text |
	o.kind == "Role"
	some index, policy in parameters(o).inlinePolicy
	object.get(policy, "policy", "") != ""
	path := sprintf("spec.forProvider.inlinePolicy[%d].policy", [index])
	text := policy.policy
}

is_managed(o) if endswith(split(o.apiVersion, "/")[0], ".upbound.io")

list(value) := value if is_array(value) else := [value]

readable(text) if {
	parsed := json.unmarshal(text)
	every statement in list(parsed.Statement) {
		statement.Effect in {"Allow", "Deny"}
	}
}

unreadable(o) := {text |
	some path, document in documents(o)
	not readable(document)
	text := message("IAM_DOCUMENT", sprintf("%s is no policy document", [path]), "write JSON with statements that Allow or Deny")
}

allowed(text) := [statement |
	readable(text)
	some statement in list(json.unmarshal(text).Statement)
	statement.Effect == "Allow"
]

# Everything of a service, or of all services, also where it is spelled with more signs than one.
wild(action) if regex.match("^[^:]*[*?]", action)

wild(action) if regex.match(":[*?]*[*][*?]*$", action)

actions(o) := {text |
	some path, document in documents(o)
	path != "spec.forProvider.assumeRolePolicy"
	some statement in allowed(document)
	some action in list(object.get(statement, "Action", []))
	wild(action)
	text := message("IAM_ACTION", sprintf("%s allows %s", [path, action]), "name the actions")
} | {text |
	some path, document in documents(o)
	some statement in allowed(document)
	statement.NotAction
	text := message("IAM_ACTION", sprintf("%s allows by NotAction", [path]), "name the actions")
}

trusts(o) := {text |
	path := "spec.forProvider.assumeRolePolicy"
	some statement in allowed(documents(o)[path])
	some complaint in complaints(o, statement)
	text := message("IAM_TRUST", sprintf("%s %s", [path, complaint[0]]), complaint[1])
}

complaints(o, statement) := ((anyone(statement) | audiences(statement)) | subjects(o, statement)) | pods(o, statement)

anyone(statement) := {["trusts anyone", "name the principal"] | statement.NotPrincipal} |
	{["trusts anyone", "name the principal"] |
		some principal in principals(statement)
		principal == "*"
	}

principals(statement) := {principal |
	is_object(statement.Principal)
	some values in statement.Principal
	some principal in list(values)
} | {statement.Principal | is_string(object.get(statement, "Principal", {}))}

# Values that a condition compares exactly: other operators take wildcards, or are true where the key is absent.
exactly(statement, suffix) := {value |
	some key, values in statement.Condition.StringEquals
	endswith(lower(key), suffix)
	some value in list(values)
}

is_web_identity(statement) if {
	some principal in list(statement.Principal.Federated)
	not contains(principal, ":saml-provider/")
}

audiences(statement) := {["trusts a token of any audience", "compare :aud with sts.amazonaws.com by StringEquals"] |
	is_web_identity(statement)
	exactly(statement, ":aud") != {"sts.amazonaws.com"}
}

# Crossplane says for whom it composed an object; nobody else may write managed resources (managed-resource-author).
is_of_cluster(o) if {
	some owner in o.metadata.ownerReferences
	owner.controller
	owner.kind in cluster_kinds[split(owner.apiVersion, "/")[0]]
}

cluster_kinds := ${clusterKinds}

# Add-ons run in namespaces of their own, whoever asks for the cluster.
is_allowed(o, account) if startswith(account, sprintf("%s:", [namespace(o)]))

is_allowed(o, account) if {
	is_of_cluster(o)
	account in input.parameters.addonServiceAccounts
}

expected(o) := sprintf("the subject must begin with system:serviceaccount:%s: or be of an add-on in addonServiceAccounts", [namespace(o)]) if {
	is_of_cluster(o)
} else := sprintf("the subject must begin with system:serviceaccount:%s:", [namespace(o)])

subjects(o, statement) := {["trusts any subject", "compare :sub with one ServiceAccount by StringEquals"] |
	is_web_identity(statement)
	count(exactly(statement, ":sub")) == 0
} | {[sprintf("trusts %s", [subject]), expected(o)] |
	is_web_identity(statement)
	some subject in exactly(statement, ":sub")
	not is_allowed_subject(o, subject)
}

is_allowed_subject(o, subject) if {
	startswith(subject, "system:serviceaccount:")
	is_allowed(o, trim_prefix(subject, "system:serviceaccount:"))
}

# EKS Pod Identity: the session tags that EKS sets.
pods(o, statement) := {["trusts pods of other namespaces", sprintf("compare aws:RequestTag/kubernetes-namespace with %s by StringEquals", [namespace(o)])] |
	some service in list(statement.Principal.Service)
	service == "pods.eks.amazonaws.com"
	accounts := {sprintf("%s:%s", [name, account]) |
		some name in exactly(statement, "aws:requesttag/kubernetes-namespace")
		some account in pod_accounts(statement)
	}
	not all_allowed(o, accounts)
}

pod_accounts(statement) := names if {
	names := exactly(statement, "aws:requesttag/kubernetes-service-account")
	count(names) > 0
} else := {""}

all_allowed(o, accounts) if {
	count(accounts) > 0
	every account in accounts {
		is_allowed(o, account)
	}
}

# The namespace of whoever asked: of the object, or of the claim behind it.
namespace(o) := o.metadata.namespace

namespace(o) := o.metadata.labels["crossplane.io/claim-namespace"] if not o.metadata.namespace

attached(o) := {"spec.forProvider.policyArn": [object.get(parameters(o), "policyArn", "")]} if endswith(o.kind, "PolicyAttachment")

attached(o) := {"spec.forProvider.managedPolicyArns": object.get(parameters(o), "managedPolicyArns", [])} if o.kind == "Role"

attached(o) := {"spec.policyArns": object.get(o.spec, "policyArns", [])} if not is_managed(o)

attachments(o) := {text |
	some path, arns in attached(o)
	some arn in arns
	some name in input.parameters.forbiddenPolicies
	endswith(arn, concat("", [":policy/", name]))
	text := message("IAM_ATTACHMENT", sprintf("%s attaches %s", [path, arn]), "attach a policy with the rights that are needed")
}

boundary(o) := ["spec.forProvider.permissionsBoundary", object.get(parameters(o), "permissionsBoundary", "nothing")] if {
	is_managed(o)
	o.kind == "Role"
}

boundary(o) := ["spec.permissionsBoundaryArn", object.get(o.spec, "permissionsBoundaryArn", "nothing")] if {
	not is_managed(o)
	endswith(o.kind, "IRSA")
}

boundaries(o) := {text |
	count(input.parameters.permissionsBoundaries) > 0
	[path, seen] := boundary(o)
	not seen in input.parameters.permissionsBoundaries
	text := message("IAM_BOUNDARY", sprintf("%s is %s", [path, seen]), sprintf("allowed are %s", [concat(", ", input.parameters.permissionsBoundaries)]))
}
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: policy(access({ Action: ['s3:GetObject', 's3:List*'] })) },
    { name: 'allow-deny-of-everything', object: policy(document({ Effect: 'Deny', Action: '*', Resource: '*' })) },
    {
      name: 'deny-service-wildcard',
      object: policy(access({ Action: ['s3:GetObject', 's3:*'] })),
      message: wildcard('s3:*'),
    },
    { name: 'deny-spelled-wildcard', object: policy(access({ Action: 's3:?**' })), message: wildcard('s3:?**') },
    {
      name: 'deny-single-statement-object',
      object: policy(JSON.stringify({ Statement: { Effect: 'Allow', Action: 'iam:*', Resource: '*' } })),
      message: wildcard('iam:*'),
    },
    {
      name: 'deny-not-action',
      object: policy(access({ NotAction: 'iam:*' })),
      message: 'IAM_ACTION: Policy app-x7k2p-policy: spec.forProvider.policy allows by NotAction; name the actions',
    },
    {
      name: 'deny-no-json',
      object: policy('{"Statement": ['),
      message: unreadable('Policy', 'app-x7k2p-policy', 'policy'),
    },
    {
      name: 'deny-odd-effect',
      object: policy(access({ Effect: 'allow', Action: 's3:GetObject' })),
      message: unreadable('Policy', 'app-x7k2p-policy', 'policy'),
    },
    {
      name: 'deny-init-provider',
      object: namespaced('iam', 'Policy', { forProvider: {}, initProvider: { policy: access({ Action: 'ec2:*' }) } }),
      message: 'IAM_ACTION: Policy team-a/app-policy: spec.forProvider.policy allows ec2:*; name the actions',
    },
    {
      name: 'deny-inline-policy',
      object: namespaced('iam', 'Role', {
        forProvider: {
          assumeRolePolicy: irsa(subject(own)),
          inlinePolicy: [{ name: 'all', policy: access({ Action: '*' }) }],
        },
      }),
      message: 'IAM_ACTION: Role team-a/app-role: spec.forProvider.inlinePolicy[0].policy allows *; name the actions',
    },
    { name: 'allow-trust', object: role(irsa(subject(own))), operation: 'CREATE', user: users.crossplane },
    {
      name: 'deny-trust-of-another-namespace',
      object: role(irsa(subject('system:serviceaccount:team-b:app'))),
      message: trust(
        'trusts system:serviceaccount:team-b:app',
        'the subject must begin with system:serviceaccount:team-a:',
      ),
    },
    {
      name: 'deny-trust-of-another-namespace-by-claim',
      object: clusterScoped('iam', 'Role', {
        forProvider: { assumeRolePolicy: irsa(subject('system:serviceaccount:team-b:app')) },
      }),
      message:
        'IAM_TRUST: Role app-x7k2p-role: spec.forProvider.assumeRolePolicy trusts system:serviceaccount:team-b:app; the subject must begin with system:serviceaccount:team-a:',
    },
    {
      name: 'allow-trust-of-an-add-on',
      object: roleOfCluster(irsa(subject('system:serviceaccount:kube-system:aws-node'))),
    },
    {
      name: 'allow-trust-of-an-add-on-by-claim',
      object: clusterScoped(
        'iam',
        'Role',
        { forProvider: { assumeRolePolicy: irsa(subject('system:serviceaccount:velero:velero-server')) } },
        {
          ...ownedBy('awsblueprints.io', 'XEKSCluster'),
          labels: { 'crossplane.io/claim-name': 'apps', 'crossplane.io/claim-namespace': 'team-a' },
        },
      ),
    },
    {
      name: 'allow-pod-identity-of-an-add-on',
      object: roleOfCluster(
        pods({
          'aws:RequestTag/kubernetes-namespace': 'kube-system',
          'aws:RequestTag/kubernetes-service-account': 'aws-node',
        }),
      ),
    },
    {
      name: 'deny-pod-identity-of-another-system-account',
      object: roleOfCluster(pods({ 'aws:RequestTag/kubernetes-namespace': 'kube-system' })),
      message: trust(
        'trusts pods of other namespaces',
        'compare aws:RequestTag/kubernetes-namespace with team-a by StringEquals',
      ),
    },
    {
      name: 'deny-trust-of-an-add-on-by-others',
      object: role(irsa(subject('system:serviceaccount:kube-system:aws-node'))),
      operation: 'CREATE',
      user: users.crossplane,
      message: trust(
        'trusts system:serviceaccount:kube-system:aws-node',
        'the subject must begin with system:serviceaccount:team-a:',
      ),
    },
    {
      name: 'deny-trust-of-another-system-account',
      object: roleOfCluster(irsa(subject('system:serviceaccount:kube-system:default'))),
      message: trust(
        'trusts system:serviceaccount:kube-system:default',
        'the subject must begin with system:serviceaccount:team-a: or be of an add-on in addonServiceAccounts',
      ),
    },
    {
      name: 'deny-trust-of-an-add-on-by-a-lookalike-owner',
      object: namespaced(
        'iam',
        'Role',
        { forProvider: { assumeRolePolicy: irsa(subject('system:serviceaccount:kube-system:aws-node')) } },
        ownedBy('m.awsblueprints.io.example.org', 'EKSCluster'),
      ),
      message: trust(
        'trusts system:serviceaccount:kube-system:aws-node',
        'the subject must begin with system:serviceaccount:team-a:',
      ),
    },
    {
      name: 'deny-trust-of-a-lookalike-namespace',
      object: role(irsa(subject('system:serviceaccount:team-ab:app'))),
      message: trust(
        'trusts system:serviceaccount:team-ab:app',
        'the subject must begin with system:serviceaccount:team-a:',
      ),
    },
    {
      name: 'deny-trust-by-pattern',
      object: role(
        irsa({
          StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:team-a:*' },
          StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' },
        }),
      ),
      message: trust('trusts any subject', 'compare :sub with one ServiceAccount by StringEquals'),
    },
    {
      name: 'deny-trust-of-any-audience',
      object: role(irsa({ StringEquals: { [`${issuer}:sub`]: own } })),
      message: trust('trusts a token of any audience', 'compare :aud with sts.amazonaws.com by StringEquals'),
    },
    {
      name: 'deny-trust-of-anyone',
      object: role(document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' })),
      message: trust('trusts anyone', 'name the principal'),
    },
    {
      name: 'deny-trust-without-json',
      object: role('trust me'),
      message: unreadable('Role', 'team-a/app-role', 'assumeRolePolicy'),
    },
    {
      name: 'deny-trust-of-another-web-identity',
      object: role(
        document({
          Effect: 'Allow',
          Principal: { Federated: 'accounts.google.com' },
          Action: 'sts:AssumeRoleWithWebIdentity',
        }),
      ),
      message: `${trust('trusts a token of any audience', 'compare :aud with sts.amazonaws.com by StringEquals')}; ${trust('trusts any subject', 'compare :sub with one ServiceAccount by StringEquals')}`,
    },
    { name: 'allow-pod-identity', object: role(pods({ 'aws:RequestTag/kubernetes-namespace': 'team-a' })) },
    {
      name: 'deny-pod-identity-of-any-namespace',
      object: role(pods({ 'aws:RequestTag/kubernetes-service-account': 'app' })),
      message: trust(
        'trusts pods of other namespaces',
        'compare aws:RequestTag/kubernetes-namespace with team-a by StringEquals',
      ),
    },
    {
      name: 'allow-claim',
      object: claim('IRSA', {
        serviceAccountName: 'app',
        policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
      }),
    },
    {
      name: 'deny-claim-of-administrator',
      object: claim('IRSA', {
        serviceAccountName: 'app',
        policyArns: ['arn:aws-cn:iam::aws:policy/AdministratorAccess'],
      }),
      operation: 'CREATE',
      user: users.developer,
      message:
        'IAM_ATTACHMENT: IRSA team-a/app: spec.policyArns attaches arn:aws-cn:iam::aws:policy/AdministratorAccess; attach a policy with the rights that are needed',
    },
    {
      name: 'deny-attachment-of-administrator',
      object: clusterScoped('iam', 'RolePolicyAttachment', {
        forProvider: { role: 'app', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
      message:
        'IAM_ATTACHMENT: RolePolicyAttachment app-x7k2p-rolepolicyattachment: spec.forProvider.policyArn attaches arn:aws:iam::aws:policy/AdministratorAccess; attach a policy with the rights that are needed',
    },
    {
      name: 'deny-without-boundary',
      object: role(irsa(subject(own))),
      parameters: { permissionsBoundaries: ['arn:aws:iam::111122223333:policy/boundary'] },
      message:
        'IAM_BOUNDARY: Role team-a/app-role: spec.forProvider.permissionsBoundary is nothing; allowed are arn:aws:iam::111122223333:policy/boundary',
    },
    {
      name: 'deny-update-that-adds-a-wildcard',
      object: policy(access({ Action: ['s3:*', 'ec2:*'] })),
      old: policy(access({ Action: ['s3:*'] })),
      user: users.crossplane,
      message: wildcard('ec2:*'),
    },
    { name: 'allow-other-claim', object: claim('ObjectStorage', { resourceConfig: { region: 'eu-west-1' } }) },
  ],
  badParameters: {
    'bad-account': { addonServiceAccounts: ['kube-system'] },
    'bad-boundary': { permissionsBoundaries: ['developer-boundary'] },
    'bad-exemption': { exemptGroups: [''] },
  },
};
