import type { Form, ManagedKind } from './managed.ts';

/** Any Kubernetes object, as far as core looks into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly subresource?: string;
      readonly fieldsV1?: unknown;
    }[];
    readonly ownerReferences?: readonly { readonly uid?: string; readonly controller?: boolean }[];
  };
  readonly [field: string]: unknown;
}

/** A kind of the Kubernetes core API that blueprints compose beside managed resources. */
export interface PlainKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export const ServiceAccount: PlainKind = { apiVersion: 'v1', kind: 'ServiceAccount' };
/** Keeps Crossplane from deleting one object while another one needs it; the latter for cluster-scoped objects. */
export const Usage: PlainKind = { apiVersion: 'protection.crossplane.io/v1beta1', kind: 'Usage' };
export const ClusterUsage: PlainKind = { apiVersion: 'protection.crossplane.io/v1beta1', kind: 'ClusterUsage' };
export const Secret: PlainKind = { apiVersion: 'v1', kind: 'Secret' };

/** An object in another cluster, or in a namespace of somebody else, by way of provider-kubernetes. */
export const RemoteObject: ManagedKind<{ readonly manifest: KubernetesObject }> = {
  kind: 'Object',
  service: 'kubernetes',
  apiVersion: { claims: 'kubernetes.crossplane.io/v1alpha2', namespaced: 'kubernetes.m.crossplane.io/v1alpha1' },
  tags: false,
};
/** How provider-kubernetes reaches a cluster; in the claims form it is cluster-scoped. */
export const ProviderConfigs = {
  claims: { apiVersion: 'kubernetes.crossplane.io/v1alpha1', kind: 'ProviderConfig' },
  namespaced: { apiVersion: 'kubernetes.m.crossplane.io/v1alpha1', kind: 'ProviderConfig' },
} as const satisfies Record<Form, PlainKind>;

/**
 * A composed resource that a blueprint may make: its name (frozen once released) and its kind. A name that ends in
 * `*` stands for any number of resources, told apart by what follows.
 */
export interface Composed<Kind extends ManagedKind | PlainKind = ManagedKind | PlainKind> {
  readonly name: string;
  readonly kind: Kind;
}

export const composed = <Kind extends ManagedKind | PlainKind>(name: string, kind: Kind): Composed<Kind> => ({
  name,
  kind,
});

/** One of the resources that a name ending in `*` stands for. */
export const oneOf = <Kind extends ManagedKind | PlainKind>(many: Composed<Kind>, suffix: string): Composed<Kind> => ({
  name: many.name.slice(0, -1) + suffix,
  kind: many.kind,
});

export const isManaged = (kind: ManagedKind | PlainKind): kind is ManagedKind => 'service' in kind;

/** Whether a composed resource name is this declared name, or one of those that it stands for. */
export const declares = (declared: Composed, name: string): boolean =>
  declared.name.endsWith('*') ? name.startsWith(declared.name.slice(0, -1)) : name === declared.name;

/** API group of an apiVersion; empty for the core group. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
