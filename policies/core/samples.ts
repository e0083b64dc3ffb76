import { apiVersionName, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import type { User } from './policy.ts';

const owner = { claims: 'app-x7k2p', namespaced: 'app' } as const;
const uid = '6f1d2c3b-0000-4000-8000-000000000001';

type Metadata = Readonly<Record<string, unknown>>;

const versions: Readonly<Record<string, string>> = {
  'claims/Bucket': 'v1beta2',
  'claims/Cluster': 'v1beta2',
  'claims/Instance': 'v1beta3',
  'claims/BucketServerSideEncryptionConfiguration': 'v1beta2',
  'claims/BucketVersioning': 'v1beta2',
};

/** A managed resource of the claims form, with the labels and the owner that Crossplane writes. */
export const clusterScoped = (service: string, kind: string, spec: object, metadata: Metadata = {}): KubernetesObject =>
  composed('claims', service, kind, spec, metadata);

/** A managed resource of the namespaced form, with the label and the owner that Crossplane writes. */
export const namespaced = (service: string, kind: string, spec: object, metadata: Metadata = {}): KubernetesObject =>
  composed('namespaced', service, kind, spec, metadata);

function composed(form: Form, service: string, kind: string, spec: object, metadata: Metadata): KubernetesObject {
  const group = `${service}.aws.${form === 'namespaced' ? 'm.' : ''}upbound.io`;
  const claim = { 'crossplane.io/claim-name': 'app', 'crossplane.io/claim-namespace': 'team-a' };
  const reference = {
    apiVersion: `${groups[form]}/${apiVersionName}`,
    kind: form === 'claims' ? 'XS3IRSA' : 'S3IRSA',
    name: owner[form],
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: `${group}/${versions[`${form}/${kind}`] ?? 'v1beta1'}`,
    kind,
    metadata: {
      name: `${owner[form]}-${kind.toLowerCase()}`,
      ...(form === 'namespaced' && { namespace: 'team-a' }),
      annotations: { 'crossplane.io/composition-resource-name': kind.toLowerCase() },
      labels: { 'crossplane.io/composite': owner[form], ...(form === 'claims' && claim) },
      ownerReferences: [reference],
      ...metadata,
    },
    spec,
  };
}

/** A claim. */
export const claim = (kind: string, spec: object, metadata: Metadata = {}): KubernetesObject => ({
  apiVersion: `${groups.claims}/${apiVersionName}`,
  kind,
  metadata: { name: 'app', namespace: 'team-a', ...metadata },
  spec,
});

/** A namespaced composite. */
export const composite = (kind: string, spec: object, metadata: Metadata = {}): KubernetesObject => ({
  ...claim(kind, spec, metadata),
  apiVersion: `${groups.namespaced}/${apiVersionName}`,
});

/** The object while it is being deleted and a finalizer holds it. */
export const deleting = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...{ deletionTimestamp: '2026-01-01T00:00:00Z' } },
});

/** Another controller's finalizer on the object. */
export const finalized = (object: KubernetesObject, ...finalizers: readonly string[]): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...{ finalizers } },
});

/** The object with an annotation more: an update that changes nothing that counts. */
export const annotated = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, note: 'touched' } },
});

const authenticated = 'system:authenticated';

/** Who asks, in the cases. */
export const users = {
  developer: { username: 'alice', groups: ['developers', authenticated] },
  breakGlass: { username: 'bob', groups: ['aws-blueprints:break-glass', authenticated] },
  crossplane: serviceAccount('crossplane-system', 'crossplane'),
  provider: serviceAccount('crossplane-system', 'provider-aws-s3-1a2b3c4d5e6f'),
  garbageCollector: serviceAccount('kube-system', 'generic-garbage-collector'),
  namespaceController: serviceAccount('kube-system', 'namespace-controller'),
} as const satisfies Record<string, User>;

function serviceAccount(namespace: string, name: string): User {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticated],
  };
}
