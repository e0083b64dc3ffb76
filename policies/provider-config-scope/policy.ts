import { message, valueAt } from '../core/cel.ts';
import { everyManaged, requests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const spec = (providerConfigRef?: object) => ({
  forProvider: { region: 'eu-west-1' },
  ...(providerConfigRef && { providerConfigRef }),
});
const refusal = (what: string, seen: string, where = 'team-a') =>
  `PROVIDER_CONFIG: ${what}: provider configuration ${seen} is not for namespace ${where}; allowed there are default`;
const other = clusterScoped('s3', 'Bucket', spec({ name: 'payments' }));
const bad: Case = { name: 'deny', object: other, message: refusal('Bucket app-x7k2p-bucket', 'payments') };

const isRequest = (object: string) => `${object}.apiVersion.contains('awsblueprints.io/')`;

/** The name in use; a claim that names none takes the platform's. The API server defaults a managed resource's. */
const used = (object: string) =>
  `${isRequest(object)} ? ${valueAt(object, 'spec.resourceConfig.providerConfigName', "''")} : ${valueAt(object, 'spec.providerConfigRef.name', "'default'")}`;

/** Whether the name is one of the object's own namespace. */
const own = (object: string) =>
  `${isRequest(object)}
    ? ${object}.apiVersion.startsWith('m.') && variables.params.?namespacedUseOwn.orValue(false)
    : ${valueAt(object, 'spec.providerConfigRef.kind', "''")} == 'ProviderConfig'`;

const namespaceOf = (object: string) =>
  valueAt(
    object,
    'metadata.namespace',
    `${valueAt(object, 'metadata.labels', '{}')}[?'crossplane.io/claim-namespace'].orValue('')`,
  );
const allowed = (object: string) =>
  `variables.params.shared.filter(one, !has(one.namespaces) || ${namespaceOf(object)} in one.namespaces).map(one, one.name)`;

export const providerConfigScope: Policy = {
  name: 'provider-config-scope',
  kind: 'AwsProviderConfigScope',
  title: 'A namespace uses the AWS credentials that are for it.',
  why: 'The provider configuration decides in which account and with which rights AWS is called; naming that of another team is acting as that team.',
  controls: [],
  match: [everyManaged, ...requests],
  parameters: {
    type: 'object',
    required: ['shared'],
    properties: {
      shared: {
        type: 'array',
        description:
          'Provider configurations of the whole cluster, and who may use them. A ProviderConfig in the namespace of a namespaced resource may always be used.',
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', description: 'Name of the provider configuration.', minLength: 1 },
            namespaces: {
              type: 'array',
              description: 'Namespaces that may use it. Without it, all may.',
              items: { type: 'string', minLength: 1 },
            },
          },
        },
      },
      namespacedUseOwn: {
        type: 'boolean',
        description:
          'Whether the Compositions of namespaced composites have the input providerConfigKind: ProviderConfig, so that a composite names one of its own namespace. Default false.',
      },
    },
  },
  recommended: { shared: [{ name: 'default' }] },
  rule: {
    engine: 'cel',
    findings: (object) => [
      `([${used(object)}].filter(name, name != '' && !(name in ${allowed(object)}) && !(${own(object)}))
        .map(name, ${message(
          'PROVIDER_CONFIG',
          `'provider configuration ' + name + ' is not for namespace ' + ${namespaceOf(object)}`,
          `'allowed there are ' + ${allowed(object)}.join(', ')`,
        )}))`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: clusterScoped('s3', 'Bucket', spec({ name: 'default' })) },
    { name: 'allow-default', object: namespaced('s3', 'Bucket', spec()), operation: 'CREATE', user: users.crossplane },
    { name: 'allow-own', object: namespaced('s3', 'Bucket', spec({ kind: 'ProviderConfig', name: 'team-a' })) },
    {
      name: 'deny-cluster-provider-config',
      object: namespaced('s3', 'Bucket', spec({ kind: 'ClusterProviderConfig', name: 'payments' })),
      message: refusal('Bucket team-a/app-bucket', 'payments'),
    },
    {
      name: 'deny-default-that-is-for-others',
      object: namespaced('s3', 'Bucket', spec()),
      parameters: {
        shared: [
          { name: 'default', namespaces: ['team-b'] },
          { name: 'a', namespaces: ['team-a'] },
        ],
      },
      message:
        'PROVIDER_CONFIG: Bucket team-a/app-bucket: provider configuration default is not for namespace team-a; allowed there are a',
    },
    {
      name: 'deny-claim',
      object: claim('IRSA', { resourceConfig: { providerConfigName: 'payments' } }),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('IRSA team-a/app', 'payments'),
    },
    {
      name: 'deny-composite',
      object: composite('IRSA', { resourceConfig: { providerConfigName: 'payments' } }),
      message: refusal('IRSA team-a/app', 'payments'),
    },
    {
      name: 'allow-composite-that-uses-its-own',
      object: composite('IRSA', { resourceConfig: { providerConfigName: 'mine' } }),
      parameters: { shared: [{ name: 'default' }], namespacedUseOwn: true },
    },
    { name: 'allow-claim', object: claim('IRSA', { resourceConfig: {} }) },
    {
      name: 'deny-update-to-another',
      object: other,
      old: clusterScoped('s3', 'Bucket', spec({ name: 'default' })),
      user: users.crossplane,
      message: refusal('Bucket app-x7k2p-bucket', 'payments'),
    },
  ],
  badParameters: { 'bad-list': { shared: ['default'] }, 'bad-without-name': { shared: [{ namespaces: ['team-a'] }] } },
};
