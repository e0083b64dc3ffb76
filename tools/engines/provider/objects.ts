import { crossplaneNamespace } from '../chart.ts';
import { fields, textOf } from '../fields.ts';
import type { KubeObject } from '../kube.ts';
import type { SimulatedAws } from './simulators.ts';

// Crossplane names the account of a provider after its package, with more behind it: by that, policies know providers.
const name = 'provider-aws-local';
const secret = { namespace: crossplaneNamespace, name: 'simulated-aws', key: 'credentials' };

/** The user name of the provider's service account, as roles are bound to it. */
export const providerAccount = { namespace: crossplaneNamespace, name };

/** Where the API server reaches the provider's conversion webhook. */
export interface ConversionWebhook {
  readonly port: number;
  /** The certificate of the authority, in PEM form. */
  readonly authority: string;
}

/** A definition as Crossplane would install it: between its versions converts the provider's webhook, on loopback. */
export function withWebhook(definition: KubeObject, { port, authority }: ConversionWebhook): KubeObject {
  const versions = definition.spec?.versions;
  if (!Array.isArray(versions) || versions.length < 2) return definition;
  const clientConfig = {
    url: `https://127.0.0.1:${port}/convert`,
    caBundle: Buffer.from(authority).toString('base64'),
  };
  const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } };
  return { ...definition, spec: { ...definition.spec, conversion } };
}

/**
 * The provider's service account and its rights, rule for rule those that the RBAC manager of Crossplane 2.3 gives to a
 * provider revision with these definitions: no deletion of managed resources, and nothing beyond them but Secrets,
 * ConfigMaps, Events, Leases and, for its safe start, a look at definitions.
 */
export function providerRights(definitions: readonly KubeObject[]): KubeObject[] {
  const plurals = new Map<string, string[]>();
  for (const { spec } of definitions) {
    const group = textOf(spec?.group);
    const plural = textOf(fields(spec?.names).plural);
    plurals.set(group, [...(plurals.get(group) ?? []), plural, `${plural}/status`]);
  }
  const groups = [...plurals.keys()];
  const verbs = ['get', 'list', 'watch', 'update', 'patch', 'create'];
  const rules = [
    ...groups.map((group) => ({ apiGroups: [group], resources: plurals.get(group), verbs })),
    { apiGroups: groups, resources: ['*/finalizers'], verbs: ['update'] },
    {
      apiGroups: ['', 'coordination.k8s.io'],
      resources: ['secrets', 'configmaps', 'events', 'leases'],
      verbs: ['*'],
    },
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      verbs: ['get', 'list', 'watch'],
    },
  ];
  const role = `crossplane:provider:${name}:system`;
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: providerAccount },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: role }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...providerAccount }],
    },
  ];
}

/** Configurations named `default` of each kind that leads the provider to a simulated AWS, and the Secret behind them. */
export function providerConfigs(
  aws: Pick<SimulatedAws, 'credentials'>,
  services: readonly string[],
  namespaces: readonly string[],
): KubeObject[] {
  const { accessKeyId, secretAccessKey } = aws.credentials;
  const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  const spec = {
    credentials: { source: 'Secret', secretRef: secret },
    endpoint: {
      hostnameImmutable: true,
      services,
      source: 'Custom',
      // No such host exists, so that every call needs the proxy; a loopback address would go past it.
      url: { type: 'Static', static: 'http://aws.invalid' },
    },
    s3_use_path_style: true,
    skip_metadata_api_check: true,
    skip_region_validation: true,
  };
  const metadata = { name: 'default' };
  const namespaced = namespaces.map((namespace) => ({ ...metadata, namespace }));
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: secret.namespace, name: secret.name },
      stringData: { [secret.key]: text },
    },
    { apiVersion: 'aws.upbound.io/v1beta1', kind: 'ProviderConfig', metadata, spec },
    { apiVersion: 'aws.m.upbound.io/v1beta1', kind: 'ClusterProviderConfig', metadata, spec },
    ...namespaced.map((one) => ({
      apiVersion: 'aws.m.upbound.io/v1beta1',
      kind: 'ProviderConfig',
      metadata: one,
      spec,
    })),
  ];
}
