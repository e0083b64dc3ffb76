import { at, isRequest, message } from '../core/cel.ts';
import { managedWhere, requests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const tags = (object: string) =>
  `${isRequest(object)} ? ${at(object, 'spec.resourceConfig.tags')}[?rule.key] : ${at(object, 'spec.forProvider.tags')}[?rule.key].or(${at(object, 'spec.initProvider.tags')}[?rule.key])`;

const bucket = (given?: object) =>
  clusterScoped('s3', 'Bucket', { forProvider: { region: 'eu-west-1', ...(given && { tags: given }) } });
const missing = (what: string, seen = 'nothing') =>
  `TAG_MISSING: ${what}: tag team is ${seen}; it must match ^[a-z][a-z0-9-]{1,62}$`;
const bad: Case = { name: 'deny', object: bucket(), message: missing('Bucket app-x7k2p-bucket') };

export const requiredTags: Policy = {
  name: 'required-tags',
  kind: 'AwsRequiredTags',
  title: 'What blueprints make, and can carry AWS tags, carries the ones that the platform needs.',
  why: 'Cost, ownership and clean-up go by tags; a resource without them belongs to nobody.',
  controls: [],
  match: [...managedWhere((kind) => kind.tags), ...requests],
  parameters: {
    type: 'object',
    required: ['tags'],
    properties: {
      tags: {
        type: 'array',
        description: 'Tags that must be there.',
        minItems: 1,
        items: {
          type: 'object',
          required: ['key', 'pattern'],
          properties: {
            key: { type: 'string', description: 'Name of the tag.', minLength: 1, maxLength: 128 },
            pattern: {
              type: 'string',
              description: 'Regular expression (RE2) for the whole value; an empty value never passes.',
              minLength: 1,
            },
            byPlatform: {
              type: 'boolean',
              description:
                "Whether the platform's default tags supply it, so that claims need not name it. Default false.",
            },
          },
        },
      },
    },
  },
  recommended: { tags: [{ key: 'team', pattern: '[a-z][a-z0-9-]{1,62}' }] },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => [
      `variables.params.tags
        .filter(rule, !(${isRequest(object)} && rule.?byPlatform.orValue(false) && !(${tags(object)}).hasValue()))
        .filter(rule, !(${tags(object)}).orValue('').matches('^(' + rule.pattern + ')$') || (${tags(object)}).orValue('') == '')
        .map(rule, ${message('TAG_MISSING', `'tag ' + rule.key + ' is ' + (${tags(object)}).orValue('nothing')`, "'it must match ^' + rule.pattern + '$'")})`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: bucket({ team: 'ledger' }) },
    { name: 'allow-create', object: bucket({ team: 'ledger' }), operation: 'CREATE', user: users.crossplane },
    { name: 'deny-empty', object: bucket({ team: '' }), message: missing('Bucket app-x7k2p-bucket', '') },
    {
      name: 'deny-other-value',
      object: bucket({ team: 'Ledger Team' }),
      message: missing('Bucket app-x7k2p-bucket', 'Ledger Team'),
    },
    {
      name: 'allow-init-provider',
      object: namespaced('s3', 'Bucket', {
        forProvider: { region: 'eu-west-1' },
        initProvider: { tags: { team: 'ledger' } },
      }),
    },
    {
      name: 'deny-update-that-removes-it',
      object: bucket({}),
      old: bucket({ team: 'ledger' }),
      user: users.crossplane,
      message: missing('Bucket app-x7k2p-bucket'),
    },
    {
      name: 'allow-kind-without-tags',
      object: namespaced('s3', 'BucketPublicAccessBlock', { forProvider: { region: 'eu-west-1' } }),
    },
    {
      name: 'allow-claim',
      object: claim('ObjectStorage', { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' } } }),
    },
    {
      name: 'deny-claim',
      object: claim('ObjectStorage', { resourceConfig: { region: 'eu-west-1' } }),
      operation: 'CREATE',
      user: users.developer,
      message: missing('ObjectStorage team-a/app'),
    },
    {
      name: 'allow-composite-by-platform',
      object: composite('ObjectStorage', { resourceConfig: { region: 'eu-west-1' } }),
      parameters: { tags: [{ key: 'team', pattern: '.+', byPlatform: true }] },
    },
    {
      // It would win over that of the platform.
      name: 'deny-composite-in-place-of-platform',
      object: composite('ObjectStorage', { resourceConfig: { region: 'eu-west-1', tags: { team: '7' } } }),
      parameters: { tags: [{ key: 'team', pattern: '[a-z][a-z0-9-]{1,62}', byPlatform: true }] },
      message: missing('ObjectStorage team-a/app', '7'),
    },
  ],
  badParameters: {
    'bad-without-tags': { tags: [] },
    'bad-without-pattern': { tags: [{ key: 'team' }] },
  },
};
