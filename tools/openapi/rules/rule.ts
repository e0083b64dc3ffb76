import { CodedError } from '../../error.ts';
import type { JsonSchema, SourceSchema, Subschema } from '../schema.ts';

/** Something that the converted schema can't say, left out with a reason. */
export interface Note {
  readonly code:
    | 'CEL_DROPPED'
    | 'EXTENSION_DROPPED'
    | 'FORM_UNCHECKED'
    | 'FORMAT_APPROXIMATED'
    | 'FORMAT_DROPPED'
    | 'KEYWORD_DROPPED'
    | 'NULLABLE_IDLE'
    | 'PATTERN_DROPPED'
    | 'REF_SIBLING_IGNORED';
  readonly path: string;
  readonly detail: string;
  /** Whether the converted schema may judge a value otherwise than its source because of it. */
  readonly verdict: boolean;
}

/** What the converter wrote, and what that can't say. */
export interface Converted<Schema> {
  readonly schema: Schema;
  readonly notes: readonly Note[];
}

/** The drafts of JSON Schema that the converter writes. */
export const drafts = ['draft-04', 'draft-07', '2020-12'] as const;

/** A draft of JSON Schema that the converter writes. */
export type Draft = (typeof drafts)[number];

/** What the converter writes: also the schemas of CRDs, and the parameters of Backstage templates. */
export type Target = Draft | 'structural' | 'backstage';

/** The dialects that the converter reads; they differ in what `nullable`, `$ref`, `default` and `format` do. */
export type Dialect = 'kubernetes' | 'openapi-3.0' | 'openapi-3.1';

/** The type of a whole resource, which the API server demands to the letter. */
export interface ResourceIdentity {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What a caller of the converter chooses. What is said of `closed`, `keepDefaults`, `keepExtensions`, `resource` and
 * `references` holds for drafts: a structural schema keeps its defaults, and neither it nor a form has the rest.
 */
export interface ConvertOptions<T extends Target = Draft> {
  readonly target: T;
  /** How the source is to be read; `kubernetes` unless set. */
  readonly dialect?: Dialect;
  /** False for definitions of the v1beta1 API, which need not be structural. */
  readonly structural?: boolean;
  /** Refuse unknown fields where the API server prunes them. */
  readonly closed?: boolean;
  /** Keep `default`; without it a default still frees its property from `required`. */
  readonly keepDefaults?: boolean;
  /** Keep vendor keywords (`x-…`) as they are. */
  readonly keepExtensions?: boolean;
  /** The schema is a whole resource, so Kubernetes defines its apiVersion, kind and metadata. */
  readonly resource?: boolean | ResourceIdentity;
  /** What to do about constraints that the target can't say: note them (unless set), refuse, or neither. */
  readonly unrepresentable?: 'report' | 'error' | 'ignore';
  /** Where `$ref` points into. */
  readonly document?: unknown;
  /** What becomes of `$ref`: definitions of the output (unless set), or the schema itself in its place. */
  readonly references?: 'definitions' | 'inline';
}

/** What a rule may ask of the conversion while it stands on one schema node. */
export interface RuleContext {
  readonly options: ConvertOptions;
  readonly dialect: Dialect;
  /** The node that describes the same value outside allOf, anyOf, oneOf and not; the node itself elsewhere. */
  readonly base: SourceSchema;
  /** Whether the node stands inside allOf, anyOf, oneOf or not. */
  readonly junction: boolean;
  /** Whether the node is the root of the schema. */
  readonly root: boolean;
  /** Where the node is, as `spec.rules[].name`. */
  path(): string;
  /** Records what does not reach the output though no verdict depends on it. */
  note(code: Note['code'], detail: string): void;
  /** Records a constraint that the target can't say, or refuses it, as the options want. */
  lose(code: Note['code'], detail: string): void;
  /** Converts a schema that describes a part of the value. */
  part(schema: Subschema, segment: string, base: Subschema | undefined): JsonSchema;
  /** Converts a schema inside allOf, anyOf, oneOf or not. */
  branch(schema: Subschema, segment: string): JsonSchema;
  /** The keyword's value of the output for a reference: a pointer to a definition, or the schema in its place. */
  reference(pointer: string): JsonSchema;
}

/** One keyword, or keywords that only mean something together, of the source schema. */
export interface Rule {
  readonly keywords: readonly (string & keyof SourceSchema)[];
  /** Those of them that came with OpenAPI 3.1: elsewhere they are unknown keywords. */
  readonly since31?: readonly (string & keyof SourceSchema)[];
  /** What `compact` does with the keywords: a verdict is kept, prose goes. */
  readonly kind: 'verdict' | 'prose';
  readonly apply: (schema: SourceSchema, out: JsonSchema, context: RuleContext) => void;
}

/** The error for a constraint that the target can't say, where a caller wants none lost. */
export function unrepresentable({ path, detail }: Note, target: Target): CodedError {
  const seen = `${target} can't say ${detail}`;
  return new CodedError('OPENAPI_UNREPRESENTABLE', path, seen, 'choose another target, or have it reported');
}

/** Schemas are a dozen levels deep; what descends by recursion must end before the stack does. */
export const maxDepth = 500;

/** The error for a schema that goes on after that. */
export function tooDeep(path: string): CodedError {
  const start = path.length > 60 ? `${path.slice(0, 60)}...` : path;
  return new CodedError('OPENAPI_DEPTH', start, `more than ${maxDepth} levels`, 'write a flatter schema');
}

/** Whether a schema is written as an object and not in the short form of OpenAPI 3.1. */
export function isObject(schema: Subschema | undefined): schema is SourceSchema {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema);
}

/** Adds to `allOf`, where every constraint finds room beside what is already said. */
export function alsoAll(out: JsonSchema, ...more: JsonSchema[]): void {
  out.allOf = [...(out.allOf ?? []), ...more];
}
