import { groups } from '../../functions/core/blueprint.ts';
import { valueAt, when } from '../core/cel.ts';
import { everyManaged } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const spec = { forProvider: { region: 'eu-west-1' } };
const reference = { kind: 'XS3IRSA', name: 'app-x7k2p', uid: '6f1d2c3b-0000-4000-8000-000000000001', controller: true };
const refusal = (what = 'Bucket app-x7k2p-bucket') =>
  `MANAGED_RESOURCE_OWNER: ${what}: belongs to no composite; its controller must be a composite of awsblueprints.io, m.awsblueprints.io that its label crossplane.io/composite names`;
const bad: Case = {
  name: 'deny',
  object: clusterScoped('s3', 'Bucket', spec, { ownerReferences: [] }),
  message: refusal(),
};

const owned = (object: string) =>
  `${valueAt(object, 'metadata.ownerReferences', '[]')}.exists(owner,
    owner.?controller.orValue(false)
      && owner.apiVersion.split('/')[0] in variables.params.apiGroups
      && owner.name == ${valueAt(object, 'metadata.labels', '{}')}[?'crossplane.io/composite'].orValue(''))`;

export const managedResourceOwned: Policy = {
  name: 'managed-resource-owned',
  kind: 'AwsManagedResourceOwned',
  title: 'Managed resources belong to a composite.',
  why: 'What belongs to no composite is deleted by nobody. It is what audit can find of resources made by hand, since audit does not see who wrote them.',
  controls: [],
  match: [everyManaged],
  parameters: {
    type: 'object',
    required: ['apiGroups'],
    properties: {
      apiGroups: {
        type: 'array',
        description: 'API groups of the composites that may own managed resources.',
        minItems: 1,
        items: { type: 'string', pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+)+$' },
      },
    },
  },
  recommended: { apiGroups: [groups.claims, groups.namespaced] },
  rule: {
    engine: 'cel',
    findings: (object) => [
      when(
        `!${owned(object)}`,
        'MANAGED_RESOURCE_OWNER',
        "'belongs to no composite'",
        "'its controller must be a composite of ' + variables.params.apiGroups.join(', ') + ' that its label crossplane.io/composite names'",
      ),
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: clusterScoped('s3', 'Bucket', spec) },
    { name: 'allow-namespaced', object: namespaced('s3', 'Bucket', spec), operation: 'CREATE', user: users.crossplane },
    {
      name: 'deny-lookalike-group',
      object: clusterScoped('s3', 'Bucket', spec, {
        ownerReferences: [{ ...reference, apiVersion: 'awsblueprints.io.evil.example/v1alpha1' }],
      }),
      message: refusal(),
    },
    {
      name: 'deny-label-of-another-composite',
      object: clusterScoped('s3', 'Bucket', spec, { labels: { 'crossplane.io/composite': 'another' } }),
      message: refusal(),
    },
    {
      name: 'deny-owner-that-does-not-control',
      object: namespaced('s3', 'Bucket', spec, {
        ownerReferences: [{ ...reference, apiVersion: 'm.awsblueprints.io/v1alpha1', name: 'app', controller: false }],
      }),
      message: refusal('Bucket team-a/app-bucket'),
    },
    {
      name: 'deny-update-that-removes-the-owner',
      object: bad.object,
      old: clusterScoped('s3', 'Bucket', spec),
      user: users.crossplane,
      message: refusal(),
    },
  ],
  badParameters: { 'bad-without-groups': { apiGroups: [] }, 'bad-group': { apiGroups: ['*'] } },
};
