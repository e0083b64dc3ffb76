import type { JsonSchema, StructuralSchema } from '../schema.ts';

/** Something that the converted schema can't say, left out with a reason. */
export interface Note {
  readonly code: 'CEL_DROPPED' | 'EXTENSION_DROPPED' | 'FORMAT_DROPPED' | 'KEYWORD_DROPPED';
  readonly path: string;
  readonly detail: string;
}

/** The dialects that the converter knows by name. */
type Target = 'draft-04' | 'draft-07' | '2020-12' | 'structural' | 'backstage';

/** What a caller of the converter chooses. */
export interface ConvertOptions {
  /** Only `draft-07` is written so far; the others are refused by name. */
  readonly target: Target;
  /** Refuse unknown fields where the API server prunes them. */
  readonly closed: boolean;
  /** Keep `default`; without it a default still frees its property from `required`. */
  readonly keepDefaults?: boolean;
  /** The schema is a whole resource, so Kubernetes defines its apiVersion, kind and metadata. */
  readonly resource?: boolean;
}

/** What a rule may ask of the conversion while it stands on one schema node. */
export interface RuleContext {
  readonly options: ConvertOptions;
  /** The node that describes the same value outside allOf, anyOf, oneOf and not; the node itself elsewhere. */
  readonly base: StructuralSchema;
  /** Whether the node stands inside allOf, anyOf, oneOf or not. */
  readonly junction: boolean;
  /** Whether the node is the root of the schema. */
  readonly root: boolean;
  /** Where the node is, as `spec.rules[].name`. */
  path(): string;
  /** Records what the output can't say. */
  note(code: Note['code'], detail: string): void;
  /** Converts a schema that describes a part of the value. */
  part(schema: StructuralSchema, segment: string, base: StructuralSchema | undefined): JsonSchema;
  /** Converts a schema inside allOf, anyOf, oneOf or not. */
  branch(schema: StructuralSchema, segment: string): JsonSchema;
}

/** One keyword, or keywords that only mean something together, of the source schema. */
export interface Rule {
  readonly keywords: readonly (string & keyof StructuralSchema)[];
  /** What `compact` does with the keywords: a verdict is kept, prose goes. */
  readonly kind: 'verdict' | 'prose';
  readonly apply: (schema: StructuralSchema, out: JsonSchema, context: RuleContext) => void;
}
