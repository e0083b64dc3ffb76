import { message, valueAt } from '../core/cel.ts';
import { everyManaged, requests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

// No kind of the provider has a region in initProvider (v2.5.0).
const paths = ['spec.forProvider.region', 'spec.resourceConfig.region'];

const bad: Case = {
  name: 'deny',
  object: clusterScoped('s3', 'Bucket', { forProvider: { region: 'us-east-1' } }),
  message:
    'REGION_NOT_ALLOWED: Bucket app-x7k2p-bucket: spec.forProvider.region is us-east-1; allowed are eu-central-1, eu-west-1',
};
const good = namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', engine: 'postgres' } });

export const allowedRegions: Policy = {
  name: 'allowed-regions',
  kind: 'AwsAllowedRegions',
  title: 'Resources are made in allowed AWS regions only.',
  why: 'Data that must stay in a region, and resources that nobody watches, begin with a region in a manifest. What names no region, as an IAM role, is let pass.',
  controls: [],
  match: [everyManaged, ...requests],
  parameters: {
    type: 'object',
    required: ['regions'],
    properties: {
      regions: {
        type: 'array',
        description: 'AWS regions that are allowed, for instance eu-west-1.',
        minItems: 1,
        items: { type: 'string', pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]+$' },
      },
    },
  },
  recommended: { regions: ['eu-central-1', 'eu-west-1'] },
  rule: {
    engine: 'cel',
    findings: (object) => [
      `[${paths.map((path) => `[dyn('${path}'), ${valueAt(object, path, "''")}]`).join(', ')}]
        .filter(field, field[1] != '' && !(field[1] in variables.params.regions))
        .map(field, ${message('REGION_NOT_ALLOWED', "field[0] + ' is ' + field[1]", "'allowed are ' + variables.params.regions.join(', ')")})`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: good },
    { name: 'allow-create', object: good, operation: 'CREATE', user: users.crossplane },
    { name: 'allow-without-region', object: clusterScoped('iam', 'Role', { forProvider: { assumeRolePolicy: '{}' } }) },
    { name: 'allow-claim', object: claim('ObjectStorage', { resourceConfig: { region: 'eu-west-1' } }) },
    {
      name: 'deny-claim',
      object: claim('ObjectStorage', { resourceConfig: { region: 'us-east-1' } }),
      operation: 'CREATE',
      user: users.developer,
      message:
        'REGION_NOT_ALLOWED: ObjectStorage team-a/app: spec.resourceConfig.region is us-east-1; allowed are eu-central-1, eu-west-1',
    },
    {
      name: 'deny-composite',
      object: composite('ObjectStorage', { resourceConfig: { region: 'us-east-1' } }),
      message:
        'REGION_NOT_ALLOWED: ObjectStorage team-a/app: spec.resourceConfig.region is us-east-1; allowed are eu-central-1, eu-west-1',
    },
    {
      name: 'deny-update-to-another-bad-one',
      object: clusterScoped('s3', 'Bucket', { forProvider: { region: 'us-west-2' } }),
      old: bad.object,
      user: users.crossplane,
      message:
        'REGION_NOT_ALLOWED: Bucket app-x7k2p-bucket: spec.forProvider.region is us-west-2; allowed are eu-central-1, eu-west-1',
    },
    {
      name: 'allow-update-to-good',
      object: clusterScoped('s3', 'Bucket', { forProvider: { region: 'eu-west-1' } }),
      old: bad.object,
      user: users.crossplane,
    },
  ],
  badParameters: {
    'bad-without-regions': { regions: [] },
    'bad-type': { regions: 'eu-west-1' },
    'bad-region': { regions: ['Europe'] },
  },
};
