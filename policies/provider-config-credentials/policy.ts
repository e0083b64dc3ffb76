import { message, valueAt, when } from '../core/cel.ts';
import { providerConfigs } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const config = (spec: object, kind = 'ClusterProviderConfig') => ({
  apiVersion: kind === 'ProviderConfig' ? 'aws.upbound.io/v1beta1' : 'aws.m.upbound.io/v1beta1',
  kind,
  metadata: { name: 'default' },
  spec,
});
const secret = config({
  credentials: { source: 'Secret', secretRef: { namespace: 'crossplane-system', name: 'aws', key: 'credentials' } },
});
const refusal =
  'CREDENTIALS_SOURCE: ClusterProviderConfig default: spec.credentials.source is Secret; allowed are IRSA, PodIdentity, WebIdentity';
const role = (account: string) => `arn:aws:iam::${account}:role/crossplane`;
const bad: Case = { name: 'deny', object: secret, message: refusal };
const accounts = { sources: ['IRSA'], accounts: ['111122223333'] };

const roles = (object: string) =>
  `(${valueAt(object, 'spec.assumeRoleChain', '[]')}.map(role, role.?roleARN.orValue(''))
    + [${valueAt(object, 'spec.credentials.webIdentity.roleARN', "''")}, ${valueAt(object, 'spec.credentials.upbound.webIdentity.roleARN', "''")}])
    .filter(role, role != '')`;

export const providerConfigCredentials: Policy = {
  name: 'provider-config-credentials',
  kind: 'AwsProviderConfigCredentials',
  title: 'Providers use short-lived AWS credentials, for accounts of ours.',
  why: 'Access keys in a Secret never expire and are read by everyone who reads Secrets.',
  controls: [],
  match: providerConfigs,
  parameters: {
    type: 'object',
    required: ['sources'],
    properties: {
      sources: {
        type: 'array',
        description: 'Where credentials may come from.',
        minItems: 1,
        // The enum of the provider's own definition (v2.5.0).
        items: { type: 'string', enum: ['IRSA', 'PodIdentity', 'WebIdentity', 'Upbound', 'Secret', 'None'] },
      },
      accounts: {
        type: 'array',
        description: 'AWS accounts, of 12 digits each, whose roles may be assumed. Without it, of any account.',
        items: { type: 'string', pattern: '^[0-9]{12}$' },
      },
    },
  },
  recommended: { sources: ['IRSA', 'PodIdentity', 'WebIdentity'] },
  rule: {
    engine: 'cel',
    findings: (object) => [
      when(
        `!(${valueAt(object, 'spec.credentials.source', "''")} in variables.params.sources)`,
        'CREDENTIALS_SOURCE',
        `'spec.credentials.source is ' + ${valueAt(object, 'spec.credentials.source', "'absent'")}`,
        "'allowed are ' + variables.params.sources.join(', ')",
      ),
      `(has(variables.params.accounts) ? ${roles(object)}
        .filter(role, size(role.split(':')) < 5 || !(role.split(':')[4] in variables.params.accounts))
        .map(role, ${message('CREDENTIALS_ACCOUNT', "'assumes ' + role", "'allowed are roles of ' + variables.params.accounts.join(', ')")}) : [])`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: config({ credentials: { source: 'IRSA' } }) },
    {
      name: 'allow-update-to-good',
      object: config({ credentials: { source: 'PodIdentity' } }),
      old: secret,
      user: users.developer,
    },
    { name: 'allow-legacy', object: config({ credentials: { source: 'PodIdentity' } }, 'ProviderConfig') },
    {
      name: 'deny-legacy',
      object: config({ credentials: { source: 'None' } }, 'ProviderConfig'),
      message:
        'CREDENTIALS_SOURCE: ProviderConfig default: spec.credentials.source is None; allowed are IRSA, PodIdentity, WebIdentity',
    },
    {
      name: 'deny-update-to-secret',
      object: secret,
      old: config({ credentials: { source: 'IRSA' } }),
      user: users.developer,
      message: refusal,
    },
    {
      name: 'deny-role-of-another-account',
      object: config({ credentials: { source: 'IRSA' }, assumeRoleChain: [{ roleARN: role('999999999999') }] }),
      parameters: accounts,
      message:
        'CREDENTIALS_ACCOUNT: ClusterProviderConfig default: assumes arn:aws:iam::999999999999:role/crossplane; allowed are roles of 111122223333',
    },
    {
      name: 'allow-role-of-our-account',
      object: config({ credentials: { source: 'IRSA' }, assumeRoleChain: [{ roleARN: role('111122223333') }] }),
      parameters: accounts,
    },
  ],
  badParameters: { 'bad-source': { sources: ['Env'] }, 'bad-account': { sources: ['IRSA'], accounts: ['1234'] } },
};
