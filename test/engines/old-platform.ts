import type { KubeObject } from '../../tools/engines/kube.ts';

/** The function that stands for the Compositions of the old platform. */
export const oldFunctionName = 'old-platform';

const strings = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const properties = {
  spec: {
    type: 'object',
    properties: { resourceConfig: open, ...strings('serviceAccountName', 'resourceArn', 'roleName') },
  },
  status: { type: 'object', properties: strings('bucketName', 'bucketArn', 'roleName', 'roleArn') },
};
const schema = { openAPIV3Schema: { type: 'object', properties } };

/** Definitions of crossplane-on-eks by their kinds and names, with a Composition for each. */
export const oldPlatform: readonly KubeObject[] = [
  ...definition('XObjectStorage', 'xobjectstorages', { kind: 'ObjectStorage', plural: 'objectstorages' }),
  ...definition('XIRSA', 'xirsas', { kind: 'IRSA', plural: 'irsas' }),
  ...definition('IAMPolicy', 'iampolicies'),
  ...definition('XS3IRSA', 'xs3irsas', { kind: 'S3IRSA', plural: 's3irsas' }),
];

function definition(kind: string, plural: string, claimNames?: { kind: string; plural: string }): KubeObject[] {
  const group = 'awsblueprints.io';
  const versions = [{ name: 'v1alpha1', served: true, referenceable: true, schema }];
  return [
    {
      apiVersion: 'apiextensions.crossplane.io/v1',
      kind: 'CompositeResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: { group, names: { kind, plural }, versions, ...(claimNames && { claimNames }) },
    },
    {
      apiVersion: 'apiextensions.crossplane.io/v1',
      kind: 'Composition',
      metadata: { name: `old-${plural}` },
      spec: {
        compositeTypeRef: { apiVersion: `${group}/v1alpha1`, kind },
        writeConnectionSecretsToNamespace: 'crossplane-system',
        mode: 'Pipeline',
        pipeline: [{ step: 'compose', functionRef: { name: oldFunctionName } }],
      },
    },
  ];
}

/** A claim of the old platform. */
export function oldClaim(kind: string, name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  const resourceConfig = { providerConfigName: 'default', region: 'eu-west-1', tags: { team: 'a' } };
  return {
    apiVersion: 'awsblueprints.io/v1alpha1',
    kind,
    metadata: { name, namespace: 'team-a' },
    spec: { resourceConfig, ...spec },
  };
}
