import type { KubeObject } from '../../tools/engines/kube.ts';

/** The function that the Compositions below call. */
export const functionName = 'stack-function';

/** The kind that the function composes for a claim. */
export const legacyBucket = { apiVersion: 's3.aws.upbound.io/v1beta2', kind: 'Bucket' } as const;

/** The kind that the function composes for a namespaced composite. */
export const namespacedBucket = { apiVersion: 's3.aws.m.upbound.io/v1beta1', kind: 'Bucket' } as const;

/** Where claims and namespaced composites are made. */
export const team: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } };

const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { region: { type: 'string' }, deletionPolicy: { type: 'string' } } },
    status: { type: 'object', properties: { arn: { type: 'string' } } },
  },
};
const versions = [{ name: 'v1', served: true, referenceable: true, schema: { openAPIV3Schema: schema } }];

/** A definition with claims, and its Composition. */
export const legacy = {
  definition: definition('v1', 'claims.example.org', 'XBox', {
    claimNames: { kind: 'Box', plural: 'boxes' },
    defaultCompositeDeletePolicy: 'Foreground',
  }),
  composition: composition('claims.example.org', 'XBox'),
};

/** A definition of namespaced composites, and its Composition. */
export const namespaced = {
  definition: definition('v2', 'example.org', 'Box', { scope: 'Namespaced' }),
  composition: composition('example.org', 'Box'),
};

/** A claim with a spec. */
export function claim(spec: Readonly<Record<string, unknown>>, name = 'box'): KubeObject {
  return { apiVersion: 'claims.example.org/v1', kind: 'Box', metadata: { name, namespace: 'team-a' }, spec };
}

/** A namespaced composite with a spec. */
export function composite(spec: Readonly<Record<string, unknown>>, name = 'box'): KubeObject {
  return { apiVersion: 'example.org/v1', kind: 'Box', metadata: { name, namespace: 'team-a' }, spec };
}

function definition(version: string, group: string, kind: string, more: Readonly<Record<string, unknown>>): KubeObject {
  const plural = `${kind.toLowerCase()}es`;
  return {
    apiVersion: `apiextensions.crossplane.io/${version}`,
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, names: { kind, plural }, versions, ...more },
  };
}

function composition(group: string, kind: string): KubeObject {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: `${kind.toLowerCase()}es.${group}` },
    spec: {
      compositeTypeRef: { apiVersion: `${group}/v1`, kind },
      mode: 'Pipeline',
      pipeline: [{ step: 'compose', functionRef: { name: functionName } }],
    },
  };
}
