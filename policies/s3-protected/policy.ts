import { parameter, valueAt, when } from '../core/cel.ts';
import { bucketRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { isProtected, productionTag, protectedTag, stays } from '../core/protection.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const tags = { environment: 'production' };
const bucket = (own: object, given: object = {}) =>
  clusterScoped('s3', 'Bucket', { forProvider: { region: 'eu-west-1', tags, ...given }, ...own });
const code = (what: string, seen: string, allowed: string) => `S3_PROTECTION: ${what}: ${seen}; ${allowed}`;
const goes = code(
  'Bucket app-x7k2p-bucket',
  'deletion here deletes it in AWS',
  'use deletionPolicy Orphan, or managementPolicies without Delete',
);
const empties = code(
  'Bucket app-x7k2p-bucket',
  'spec.forProvider.forceDestroy is true',
  'deletion would remove all objects, so leave it out',
);
const versioning = (status: string) =>
  clusterScoped('s3', 'BucketVersioning', {
    forProvider: { region: 'eu-west-1', versioningConfiguration: { status } },
  });
const bad: Case = { name: 'deny', object: bucket({}), message: goes };
const production = (given: object, more: object = {}) => ({
  resourceConfig: { region: 'eu-west-1', tags, ...given },
  ...more,
});

export const s3Protected: Policy = {
  name: 's3-protected',
  kind: 'AwsS3Protected',
  title: 'Buckets that must not be lost survive the deletion of a manifest, keep versions and are never emptied.',
  why: 'kubectl delete, or a pruning GitOps tool, is one keystroke; the objects of a bucket do not come back.',
  controls: ['Security Hub S3.14'],
  match: [managed('s3', 'Bucket', 'BucketVersioning'), ...bucketRequests],
  parameters: { type: 'object', properties: { protectedTag } },
  recommended: { protectedTag: productionTag },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => {
      const isBucket = `${object}.kind == 'Bucket'`;
      const isRequest = `!(${object}.kind in ['Bucket', 'BucketVersioning'])`;
      const versioning = `${parameter(object, 'versioningConfiguration.status')}.orValue('Disabled')`;
      return [
        when(
          `${isBucket} && ${isProtected(object)} && ${parameter(object, 'forceDestroy')}.orValue(false)`,
          'S3_PROTECTION',
          "'spec.forProvider.forceDestroy is true'",
          "'deletion would remove all objects, so leave it out'",
        ),
        when(
          `${isBucket} && ${isProtected(object)} && !${stays(object)}`,
          'S3_PROTECTION',
          "'deletion here deletes it in AWS'",
          "'use deletionPolicy Orphan, or managementPolicies without Delete'",
        ),
        // It carries no tags, so a mark leaves it to the request that it comes from.
        when(
          `${object}.kind == 'BucketVersioning' && ${isProtected(object)} && ${versioning} != 'Enabled'`,
          'S3_PROTECTION',
          `'spec.forProvider.versioningConfiguration.status is ' + ${versioning}`,
          "'it must be Enabled'",
        ),
        when(
          `${isRequest} && ${isProtected(object)} && ${valueAt(object, 'spec.forceDestroy', 'false')}`,
          'S3_PROTECTION',
          "'spec.forceDestroy is true'",
          "'deletion would remove all objects, so leave it out'",
        ),
        when(
          `${isRequest} && ${isProtected(object)} && ${valueAt(object, 'spec.resourceConfig.deletionPolicy', "'Delete'")} != 'Orphan'`,
          'S3_PROTECTION',
          `'spec.resourceConfig.deletionPolicy is ' + ${valueAt(object, 'spec.resourceConfig.deletionPolicy', "'Delete'")}`,
          "'it must be Orphan'",
        ),
        when(
          `${isRequest} && ${isProtected(object)} && ${valueAt(object, 'spec.versioning', "'Enabled'")} != 'Enabled'`,
          'S3_PROTECTION',
          `'spec.versioning is ' + ${valueAt(object, 'spec.versioning', "'Enabled'")}`,
          "'it must be Enabled'",
        ),
      ];
    },
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: bucket({ deletionPolicy: 'Orphan' }) },
    { name: 'allow-create', object: bucket({ deletionPolicy: 'Orphan' }), operation: 'CREATE', user: users.crossplane },
    { name: 'allow-unmarked', object: bucket({}, { tags: { environment: 'test' } }) },
    { name: 'allow-without-tags', object: bucket({}, { tags: {} }) },
    {
      name: 'deny-suspended-where-all-count',
      object: versioning('Suspended'),
      parameters: { protectedTag: undefined },
      message: code(
        'BucketVersioning app-x7k2p-bucketversioning',
        'spec.forProvider.versioningConfiguration.status is Suspended',
        'it must be Enabled',
      ),
    },
    { name: 'allow-versions', object: versioning('Enabled'), parameters: { protectedTag: undefined } },
    {
      name: 'deny-unmarked-where-all-count',
      object: bucket({}, { tags: {} }),
      parameters: { protectedTag: undefined },
      message: goes,
    },
    {
      name: 'allow-management-without-delete',
      object: namespaced('s3', 'Bucket', {
        forProvider: { region: 'eu-west-1', tags },
        managementPolicies: ['Observe', 'Create', 'Update', 'LateInitialize'],
      }),
    },
    {
      name: 'deny-force-destroy',
      object: bucket({ deletionPolicy: 'Orphan' }, { forceDestroy: true }),
      message: empties,
    },
    {
      name: 'deny-force-destroy-by-init-provider',
      object: bucket({ deletionPolicy: 'Orphan', initProvider: { forceDestroy: true } }),
      message: empties,
    },
    {
      name: 'deny-update-that-lifts-it',
      object: bucket({}),
      old: bucket({ deletionPolicy: 'Orphan' }),
      user: users.crossplane,
      message: goes,
    },
    {
      name: 'allow-claim',
      object: claim('ObjectStorage', production({ deletionPolicy: 'Orphan' }, { versioning: 'Enabled' })),
    },
    { name: 'allow-claim-without-bucket', object: claim('IRSA', production({ deletionPolicy: 'Delete' })) },
    {
      name: 'deny-claim',
      object: claim('S3IRSA', production({})),
      operation: 'CREATE',
      user: users.developer,
      message: code('S3IRSA team-a/app', 'spec.resourceConfig.deletionPolicy is Delete', 'it must be Orphan'),
    },
    {
      name: 'deny-composite-without-versions',
      object: composite(
        'ObjectStorage',
        production({ deletionPolicy: 'Orphan' }, { versioning: 'Suspended', forceDestroy: true }),
      ),
      message: `${code('ObjectStorage team-a/app', 'spec.forceDestroy is true', 'deletion would remove all objects, so leave it out')}; ${code('ObjectStorage team-a/app', 'spec.versioning is Suspended', 'it must be Enabled')}`,
    },
  ],
  badParameters: { 'bad-tag': { protectedTag: { key: 'environment' } } },
};
