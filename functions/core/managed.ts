/** The two forms in which every blueprint is installed: claims (cluster-scoped resources) and namespaced composites. */
export type Form = 'claims' | 'namespaced';

/**
 * A kind of managed resource as provider-aws serves it in both scopes, generated into `functions/aws`.
 *
 * `spec.forProvider` is the same in both scopes: only references differ, and blueprints pass plain values.
 */
export interface ManagedKind<Parameters extends object = object, Observation extends object = object> {
  readonly kind: string;
  /** The AWS service, which is also the first label of the API group. */
  readonly service: string;
  /** The newest served version of each scope, as group/version. */
  readonly apiVersion: Readonly<Record<Form, string>>;
  /** Whether `spec.forProvider.tags` exists. */
  readonly tags: boolean;
  /** Carries the type of `spec.forProvider`; never set. */
  readonly parameters?: Parameters;
  /** Carries the type of `status.atProvider`; never set. */
  readonly observation?: Observation;
}

/** The type of `spec.forProvider` of a kind. */
export type ParametersOf<Kind> = Kind extends ManagedKind<infer Parameters> ? Parameters : never;
