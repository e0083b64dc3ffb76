import { Refusal } from './errors.ts';
import type { FromSchema, ObjectSchema } from './schema.ts';

/** The input that a Composition gives to the function: what the platform decides for all claims. */
export const settingsSchema = {
  type: 'object',
  properties: {
    environmentConfigName: {
      type: 'string',
      description: 'Name of the EnvironmentConfig with the facts about the workload cluster. Default cluster.',
      default: 'cluster',
    },
    providerConfigName: {
      type: 'string',
      description: 'Name of the provider configuration where a claim names none. Default default.',
      default: 'default',
    },
    providerConfigKind: {
      type: 'string',
      description:
        'Kind of the provider configuration of namespaced managed resources; claims ignore it. Default ClusterProviderConfig.',
      enum: ['ProviderConfig', 'ClusterProviderConfig'],
      default: 'ClusterProviderConfig',
    },
    kubernetesProviderConfigName: {
      type: 'string',
      description:
        'Name of the ProviderConfig (claims) or ClusterProviderConfig (namespaced composites) by which provider-kubernetes reaches the cluster that Crossplane runs in. With it, ServiceAccounts get into workload clusters, and Secrets into the namespace of Argo CD. Without it, that provider is taken to be absent.',
    },
    argocdNamespace: {
      type: 'string',
      description:
        'Namespace of Argo CD, into which Secrets of clusters are handed over; of no effect without kubernetesProviderConfigName. Default argocd.',
      default: 'argocd',
    },
    defaultTags: {
      type: 'object',
      description: 'AWS tags for every resource that can carry tags; a tag of the claim wins. Default none.',
      additionalProperties: { type: 'string' },
      default: {},
    },
  },
} as const satisfies ObjectSchema;

export type Settings = FromSchema<typeof settingsSchema>;

export const settingsApiVersion = 'fn.awsblueprints.io/v1alpha1';
export const settingsKind = 'Settings';

const text = (input: Readonly<Record<string, unknown>>, key: string, fallback: string): string => {
  const value = input[key] ?? fallback;
  if (typeof value !== 'string' || value === '')
    throw new Refusal('SETTINGS', `input.${key}`, `is ${JSON.stringify(value)}, not a text`);
  return value;
};

/** Reads the input of the pipeline step; nothing has validated it before. */
export function parseSettings(input: Readonly<Record<string, unknown>> = {}): Settings {
  const properties: object = settingsSchema.properties;
  const unknownKey = Object.keys(input).find(
    (key) => !['apiVersion', 'kind', 'metadata'].includes(key) && !Object.hasOwn(properties, key),
  );
  if (unknownKey !== undefined) {
    throw new Refusal('SETTINGS', `input.${unknownKey}`, `is not one of ${Object.keys(properties).join(', ')}`);
  }
  const providerConfigKind = text(input, 'providerConfigKind', 'ClusterProviderConfig');
  if (providerConfigKind !== 'ProviderConfig' && providerConfigKind !== 'ClusterProviderConfig') {
    throw new Refusal(
      'SETTINGS',
      'input.providerConfigKind',
      `is "${providerConfigKind}", not ProviderConfig or ClusterProviderConfig`,
    );
  }
  return {
    environmentConfigName: text(input, 'environmentConfigName', 'cluster'),
    providerConfigName: text(input, 'providerConfigName', 'default'),
    providerConfigKind,
    ...(input.kubernetesProviderConfigName !== undefined && {
      kubernetesProviderConfigName: text(input, 'kubernetesProviderConfigName', ''),
    }),
    argocdNamespace: text(input, 'argocdNamespace', 'argocd'),
    defaultTags: parseTags(input.defaultTags ?? {}),
  };
}

function parseTags(tags: unknown): Record<string, string> {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    throw new Refusal('SETTINGS', 'input.defaultTags', 'is not a map of tag names to values');
  }
  for (const [name, value] of Object.entries(tags)) {
    if (typeof value !== 'string')
      throw new Refusal('SETTINGS', `input.defaultTags.${name}`, `is a ${typeof value}, not a string`);
  }
  return tags as Record<string, string>;
}
