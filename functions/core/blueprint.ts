import type { ChangeTable } from './day2/judge.ts';
import type { Desired } from './desired.ts';
import type { Environment } from './environment.ts';
import type { Known } from './known.ts';
import type { Form } from './managed.ts';
import type { Observed } from './observed.ts';
import type { Composed } from './resource.ts';
import type { FromSchema, JsonValue, ObjectSchema, ResourceConfig } from './schema.ts';
import type { Settings } from './settings.ts';

/** Who asks: the composite, and the claim behind it where there is one. */
export interface Identity {
  /** Name that the developer gave. */
  readonly name: string;
  /** Namespace of the developer; absent for a cluster-scoped composite that no claim made. */
  readonly namespace: string | undefined;
  /** Tells this composite from every other one, also from an earlier one of the same name. */
  readonly unique: string;
}

/** Everything that compose may look at, and where it puts what it wants. */
export interface ComposeContext<Spec> {
  readonly form: Form;
  readonly identity: Identity;
  readonly spec: Spec;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly observed: Observed;
  readonly desired: Desired;
}

/** What a person should know about a composite, on it and on its claim. */
export interface Condition {
  readonly type: string;
  readonly status: boolean;
  /** One CamelCase word. */
  readonly reason: string;
  /** Stable: sorted, no times, no counters. */
  readonly message: string;
}

/** What one pass makes known to people and applications. An unknown value keeps what was last published. */
export interface Composition {
  readonly status: Readonly<Record<string, Known<JsonValue> | undefined>>;
  /** Conditions beside DependenciesReady; the same types in every pass, since Crossplane keeps what is not returned. */
  readonly conditions?: readonly Condition[];
  /** Connection details, published when all of them are known. */
  readonly connection?: Readonly<Record<string, Known<string>>>;
}

/** A column of `kubectl get`. */
interface Column {
  readonly name: string;
  readonly jsonPath: string;
}

/** A claim to begin with. */
interface Example {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * The smallest claim, one with every field, and one for production; generated into examples/. Fields that exclude
 * others stand in further ones.
 */
export type Examples = Readonly<Record<'claim' | 'full' | 'production', Example> & Record<string, Example>>;

/** An AWS building block that a developer asks for with one claim. */
export interface Blueprint {
  /** Folder under functions/, and name in the documentation. */
  readonly name: string;
  /** Kind of the claim and of the namespaced composite; the composite of a claim has an X before it. */
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** One or two sentences for the reference page and the XRD. */
  readonly description: string;
  readonly spec: ObjectSchema;
  readonly status: ObjectSchema;
  readonly connectionKeys: readonly string[];
  readonly columns: readonly Column[];
  /** Every resource it may compose. What is observed beyond that is not ours, and is never deleted. */
  readonly resources: readonly Composed[];
  /** The Composition of the claims form: existing claims may select it by this name or by these labels. */
  readonly composition: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  /** Whether compose reads the environment. */
  readonly usesEnvironment: boolean;
  readonly examples: Examples;
  /** What changing a field does beyond what its annotation says. */
  readonly changes?: ChangeTable;
  compose(context: ComposeContext<ResourceSpec>): Composition;
}

interface ResourceSpec {
  readonly resourceConfig: ResourceConfig;
}

/** Binds compose to the type of its own schema. The API server has validated the spec and applied its defaults. */
export function blueprint<Spec extends ObjectSchema>(
  definition: Omit<Blueprint, 'spec' | 'compose'> & {
    readonly spec: Spec;
    compose(context: ComposeContext<FromSchema<Spec>>): Composition;
  },
): Blueprint {
  return definition as unknown as Blueprint;
}

/** API group of each form; two groups, since one CRD cannot belong to two XRDs and both forms run side by side. */
export const groups: Readonly<Record<Form, string>> = {
  claims: 'awsblueprints.io',
  namespaced: 'm.awsblueprints.io',
};

export const apiVersionName = 'v1alpha1';

/** Kind of the composite resource in a form. */
export const compositeKind = (one: Blueprint, form: Form): string => (form === 'claims' ? `X${one.kind}` : one.kind);
