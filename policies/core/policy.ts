import type { KubernetesObject } from '../../functions/core/resource.ts';
import type { JsonValue, ObjectSchema } from '../../functions/core/schema.ts';

/** Kinds of some API groups; `*` stands for every kind of them. */
export interface KindMatch {
  readonly apiGroups: readonly string[];
  readonly kinds: readonly string[];
}

/** Who asks the API server. */
export interface User {
  readonly username: string;
  readonly groups?: readonly string[];
}

/** An object or admission request, and what the policy says about it. */
export interface Case {
  /** Names the sample file. */
  readonly name: string;
  readonly object: KubernetesObject;
  /** Makes it an update. */
  readonly old?: KubernetesObject;
  /** Without it, the object is judged as audit would: no operation and nobody who asks. */
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly user?: User;
  /** What else is in the cluster, for policies that look. */
  readonly inventory?: readonly KubernetesObject[];
  /** Parameters that replace the recommended ones; an undefined one is left out. */
  readonly parameters?: Readonly<Record<string, JsonValue | undefined>>;
  /** The whole message; without it, the object is let pass. */
  readonly message?: string;
}

/** A rule in CEL, which the API server itself can judge without Gatekeeper (ValidatingAdmissionPolicy). */
export interface CelRule {
  readonly engine: 'cel';
  /** Whether a managed resource that only observes is let pass: nothing in AWS is made as it says. */
  readonly sparesObserved?: true;
  /** Named expressions that `findings` may use, in order. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Expressions of the object under judgement: each a list of texts, what is wrong with it. */
  readonly findings: (object: string) => readonly string[];
}

/** A rule in CEL about the request as a whole, which judges every operation, deletion too. */
export interface CelRequestRule {
  readonly engine: 'cel-request';
  /** Named expressions that `findings` may use, in order. */
  readonly variables: Readonly<Record<string, string>>;
  /** A list of texts. */
  readonly findings: string;
}

/** A rule in Rego, for documents in JSON and for looking at other objects. */
export interface RegoRule {
  readonly engine: 'rego';
  /** Whether a managed resource that only observes is let pass: nothing in AWS is made as it says. */
  readonly sparesObserved?: true;
  /** A function `found(o)`: the set of texts, what is wrong with an object. */
  readonly rego: string;
  /** The kinds that must be synchronised into the inventory. */
  readonly inventory?: Inventory;
}

/** Kinds in the versions in which Gatekeeper keeps their objects. */
export type Inventory = readonly { readonly group: string; readonly version: string; readonly kind: string }[];

/** One guard: what it judges, by which rule, with which parameters, and the cases that show it. */
export interface Policy {
  /** Folder, and name of the constraint. */
  readonly name: string;
  /** Kind of the constraint; in lower case the name of the template. */
  readonly kind: string;
  /** One sentence. */
  readonly title: string;
  /** What goes wrong without it. */
  readonly why: string;
  /** Controls of others that ask for the same, as their catalogues name them. */
  readonly controls: readonly string[];
  readonly match: readonly KindMatch[];
  readonly parameters: ObjectSchema;
  readonly recommended: Readonly<Record<string, JsonValue>>;
  readonly rule: CelRule | CelRequestRule | RegoRule;
  readonly cases: readonly Case[];
  /** Parameters that the template refuses, by what is wrong with them. */
  readonly badParameters: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
}

/** Parameters that every policy has beside its own: who is let pass. */
export const exemptions = {
  exemptGroups: {
    type: 'array',
    description:
      'Groups whose members are let pass in an emergency; audit still reports what they leave behind. Without it, nobody.',
    items: { type: 'string', minLength: 1 },
  },
  exemptUserPrefixes: {
    type: 'array',
    description:
      'Beginnings of user names that are let pass: the providers, which copy what AWS says into the object. Without it, nobody.',
    items: { type: 'string', minLength: 1 },
  },
} as const satisfies ObjectSchema['properties'];

/** Recommended exemptions. Crossplane names a provider's ServiceAccount after its revision, and a revision after its package. */
export const recommendedExemptions = {
  exemptGroups: ['aws-blueprints:break-glass'],
  exemptUserPrefixes: [
    'system:serviceaccount:crossplane-system:provider-aws-',
    'system:serviceaccount:crossplane-system:upbound-provider-aws-',
  ],
} as const;
