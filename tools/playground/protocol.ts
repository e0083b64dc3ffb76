/** What the page asks about: a claim, or a namespaced composite, by what was entered. */
export interface Ask {
  readonly kind: string;
  readonly form: 'claims' | 'namespaced';
  readonly name: string;
  readonly namespace: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** What runs, of which this is a change. */
  readonly running: Readonly<Record<string, unknown>>;
}

/** What comes of one field that is not as it runs. */
export interface ChangedField {
  readonly field: string;
  /** As JSON, or a word for nothing. */
  readonly from: string;
  readonly to: string;
  readonly impact: string;
  readonly interruption: string;
  readonly takesEffect: string;
  /** Where AWS says so. */
  readonly source?: string;
}

/** Why something cannot be shown. */
export interface Fault {
  readonly message: string;
  /** Where in what was entered. */
  readonly field?: readonly string[];
}

/** One pass of the reconcile loop. */
export interface Pass {
  readonly ready: readonly string[];
  readonly composed: readonly string[];
  readonly gated: readonly { readonly name: string; readonly kind: string; readonly awaits: readonly string[] }[];
  /** How far it is, in a line. */
  readonly message: string;
}

/** What would be made of a claim, pass by pass until nothing changes any more. */
export interface Preview {
  /** The claim as YAML. */
  readonly manifest: string;
  readonly fault?: Fault;
  readonly passes: readonly Pass[];
  readonly changes: readonly ChangedField[];
  /** Kinds of what is composed in the end, by name. */
  readonly kinds: Readonly<Record<string, string>>;
  /** The composite, and what is composed for it, as YAML by name; the composite has none. */
  readonly objects: readonly { readonly name?: string; readonly title: string; readonly yaml: string }[];
}

/** What the policies say, or why nobody can tell. */
export type Verdict =
  | { readonly unknown: string }
  | {
      readonly objects: number;
      readonly policies: number;
      readonly findings: readonly { readonly policy: string; readonly action: string; readonly message: string }[];
    };
