import { message } from '../core/cel.ts';
import { everyManaged } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { annotated, clusterScoped, deleting, finalized, namespaced, users } from '../core/samples.ts';

const bucket = namespaced('s3', 'Bucket', { forProvider: { region: 'eu-west-1' } });
const legacy = clusterScoped('dynamodb', 'Table', { forProvider: { region: 'eu-west-1' } });
const refusal = (operation: string, what = 'Bucket team-a/app-bucket', who = 'alice') =>
  `MANAGED_RESOURCE_AUTHOR: ${what}: ${operation} by ${who}; managed resources are written by Crossplane, so change the claim or composite`;
const forged = clusterScoped('s3', 'Bucket', { forProvider: { region: 'eu-west-1' } });

const cases: readonly Case[] = [
  { name: 'deny-create', object: bucket, operation: 'CREATE', user: users.developer, message: refusal('CREATE') },
  { name: 'deny-update', object: annotated(bucket), old: bucket, user: users.developer, message: refusal('UPDATE') },
  { name: 'deny-delete', object: bucket, operation: 'DELETE', user: users.developer, message: refusal('DELETE') },
  {
    name: 'deny-create-with-forged-owner',
    object: forged,
    operation: 'CREATE',
    user: users.developer,
    message: refusal('CREATE', 'Bucket app-x7k2p-bucket'),
  },
  {
    name: 'deny-kind-that-no-blueprint-composes',
    object: legacy,
    operation: 'CREATE',
    user: users.developer,
    message: refusal('CREATE', 'Table app-x7k2p-table'),
  },
  {
    name: 'deny-lookalike-service-account',
    object: bucket,
    operation: 'CREATE',
    user: { username: 'system:serviceaccount:team-a:crossplane', groups: ['system:serviceaccounts'] },
    message: refusal('CREATE', 'Bucket team-a/app-bucket', 'system:serviceaccount:team-a:crossplane'),
  },
  {
    name: 'deny-user-named-like-the-beginning',
    object: bucket,
    operation: 'CREATE',
    user: { username: 'system:serviceaccount:crossplane-system:crossplane-evil' },
    message: refusal('CREATE', 'Bucket team-a/app-bucket', 'system:serviceaccount:crossplane-system:crossplane-evil'),
  },
  {
    name: 'deny-finalizer-removal',
    object: deleting(bucket),
    old: deleting(finalized(bucket, 'finalizer.managedresource.crossplane.io')),
    user: users.developer,
    message: refusal('UPDATE'),
  },
  { name: 'allow', object: bucket },
  { name: 'allow-create', object: bucket, operation: 'CREATE', user: users.crossplane },
  { name: 'allow-update', object: annotated(bucket), old: bucket, user: users.crossplane },
  { name: 'allow-delete', object: bucket, operation: 'DELETE', user: users.crossplane },
  { name: 'allow-garbage-collection', object: legacy, operation: 'DELETE', user: users.garbageCollector },
  { name: 'allow-namespace-deletion', object: bucket, operation: 'DELETE', user: users.namespaceController },
  { name: 'allow-exempt-provider', object: annotated(bucket), old: bucket, user: users.provider },
  {
    name: 'allow-finalizer-removal',
    object: deleting(bucket),
    old: deleting(finalized(bucket, 'finalizer.managedresource.crossplane.io')),
    user: users.provider,
  },
  { name: 'allow-exempt-break-glass', object: bucket, operation: 'DELETE', user: users.breakGlass },
];

export const managedResourceAuthor: Policy = {
  name: 'managed-resource-author',
  kind: 'AwsManagedResourceAuthor',
  title:
    'Managed resources are created, changed and deleted by Crossplane, its providers and the controllers of Kubernetes only.',
  why: 'Who may write a managed resource may do in AWS whatever the provider may, past every blueprint. Labels and owner references can be forged; the name of who asks cannot.',
  controls: [],
  match: [everyManaged],
  parameters: {
    type: 'object',
    required: ['users'],
    properties: {
      users: {
        type: 'array',
        description: 'User names, whole, that may write managed resources.',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      },
    },
  },
  recommended: {
    users: [
      'system:serviceaccount:crossplane-system:crossplane',
      'system:serviceaccount:kube-system:generic-garbage-collector',
      'system:serviceaccount:kube-system:namespace-controller',
      // Controllers that run without credentials of their own.
      'system:kube-controller-manager',
    ],
  },
  rule: {
    engine: 'cel-request',
    // Audit and tools without a cluster name nobody: they judge objects, and this is about who writes.
    variables: { user: "request.userInfo.?username.orValue('')" },
    findings: `variables.user == '' || variables.user in variables.params.users
      ? []
      : [${message(
        'MANAGED_RESOURCE_AUTHOR',
        "request.operation + ' by ' + variables.user",
        "'managed resources are written by Crossplane, so change the claim or composite'",
      )}]`,
  },
  cases,
  badParameters: { 'bad-without-users': { users: [] }, 'bad-empty-user': { users: [''] } },
};
