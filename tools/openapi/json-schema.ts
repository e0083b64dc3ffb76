import { CodedError } from '../error.ts';
import { assertKeywords } from './keywords.ts';
import { resolveReference, segmentsOf } from './references.ts';
import { rules } from './rules/index.ts';
import { split } from './rules/int-or-string.ts';
import {
  type Converted,
  type ConvertOptions,
  type Dialect,
  isObject,
  maxDepth,
  type Note,
  type Rule,
  type RuleContext,
  tooDeep,
  unrepresentable,
} from './rules/rule.ts';
import type { JsonSchema, SourceSchema, Subschema } from './schema.ts';

const metaSchemas = {
  'draft-04': 'http://json-schema.org/draft-04/schema#',
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
} as const;

/**
 * Converts a schema of OpenAPI or of a CRD into a JSON Schema that accepts what its source accepts.
 *
 * Throws a CodedError for what is no schema in the dialect of the source.
 */
export function toJsonSchema(schema: Subschema, options: ConvertOptions): Converted<JsonSchema> {
  const run = new Run(options, schema);
  const converted = new Place(run, { schema, base: baseOf(schema), junction: false, root: true }).convert();
  const definitions = run.definitions();
  return { schema: { $schema: metaSchemas[options.target], ...converted, ...definitions }, notes: run.notes };
}

/** What was said while a schema was converted: notes, and what its references became. */
interface Findings {
  readonly notes: Note[];
  readonly references: Map<string, string | undefined>;
}

/** A converted definition. It holds in every schema of its document in which its references become the same. */
interface Definition extends Findings {
  readonly name: string;
  readonly schema: JsonSchema;
}

/**
 * Definitions of documents, by options: every schema of a document repeats what it refers to, and the 969 of GitHub's
 * API refer to each other so much that converting each of them anew takes three times as long.
 */
const definitionsOf = new WeakMap<object, Map<string, Map<Subschema, Definition>>>();

function definitionsFor(options: ConvertOptions, root: Subschema): Map<Subschema, Definition> {
  const document = options.document ?? root;
  if (typeof document !== 'object' || document === null) return new Map();
  const { target, dialect, structural, closed, keepDefaults, keepExtensions, unrepresentable } = options;
  const key = JSON.stringify([target, dialect, structural, closed, keepDefaults, keepExtensions, unrepresentable]);
  const all = definitionsOf.get(document) ?? new Map<string, Map<Subschema, Definition>>();
  definitionsOf.set(document, all);
  const its = all.get(key) ?? new Map<Subschema, Definition>();
  all.set(key, its);
  return its;
}

/** What all nodes of one conversion share. */
class Run {
  readonly options: ConvertOptions;
  readonly dialect: Dialect;
  readonly notes: Note[] = [];
  readonly #root: Subschema;
  readonly #known: Map<Subschema, Definition>;
  /** The definitions that are needed, in the order in which they were first asked for. */
  readonly #names = new Map<Subschema, string>();
  readonly #taken = new Set<string>();
  readonly #inlining = new Set<Subschema>();
  /** Of the root, or of the definition that is being converted. */
  #findings: Findings = { notes: this.notes, references: new Map() };

  constructor(options: ConvertOptions, root: Subschema) {
    this.options = options;
    this.dialect = options.dialect ?? 'kubernetes';
    this.#root = root;
    this.#known = definitionsFor(options, root);
  }

  note(note: Note): void {
    this.#findings.notes.push(note);
  }

  /** One after the other, since a chain of references may be longer than the stack is deep. */
  definitions(): JsonSchema {
    const made: [string, JsonSchema][] = [];
    // Those that are asked for on the way are visited too.
    for (const [target, name] of this.#names) {
      this.#findings = { notes: [], references: new Map() };
      const { schema, notes } = this.#earlier(target, name) ?? this.#definition(target, name);
      made.push([name, schema]);
      for (const note of notes) this.notes.push(note);
    }
    if (made.length === 0) return {};
    return { [this.#keyword()]: Object.fromEntries(made.sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  /** A pointer to the definition, which is converted later, or what it points to. */
  reference(pointer: string, path: string): JsonSchema {
    const target = resolveReference(this.options.document ?? this.#root, pointer, path);
    if (this.options.references === 'inline') return this.#inline(target, pointer, path);
    const $ref = target === this.#root ? '#' : `#/${this.#keyword()}/${this.#nameOf(target, pointer)}`;
    this.#findings.references.set(pointer, $ref);
    return { $ref };
  }

  #nameOf(target: Subschema, pointer: string): string {
    const known = this.#names.get(target);
    if (known !== undefined) return known;
    const plain = (segmentsOf(pointer).at(-1) ?? 'root').replaceAll(/[^\w.-]/g, '_');
    let name = plain;
    for (let count = 2; this.#taken.has(name); count++) name = `${plain}_${count}`;
    this.#taken.add(name);
    this.#names.set(target, name);
    return name;
  }

  /** A definition that another schema of the document needed already, if it is the same here. */
  #earlier(target: Subschema, name: string): Definition | undefined {
    const earlier = this.#known.get(target);
    if (earlier?.name !== name) return undefined;
    const isSame = ([pointer, $ref]: [string, string | undefined]) => this.reference(pointer, `#${name}`).$ref === $ref;
    return [...earlier.references].every(isSame) ? earlier : undefined;
  }

  #definition(target: Subschema, name: string): Definition {
    const definition = { ...this.#findings, name, schema: this.#convert(target, `#${name}`) };
    this.#known.set(target, definition);
    return definition;
  }

  #inline(target: Subschema, pointer: string, path: string): JsonSchema {
    if (this.#inlining.has(target) || target === this.#root) {
      const remedy = 'a schema that contains itself can only be kept as a definition';
      throw new CodedError('OPENAPI_REF_CYCLE', path, `$ref ${pointer} inlined into itself`, remedy);
    }
    if (this.#inlining.size > maxDepth) throw tooDeep(path);
    this.#inlining.add(target);
    const converted = this.#convert(target, path);
    this.#inlining.delete(target);
    return converted;
  }

  #convert(schema: Subschema, path: string): JsonSchema {
    return new Place(this, { schema, base: baseOf(schema), junction: false, root: false }, undefined, path).convert();
  }

  #keyword(): '$defs' | 'definitions' {
    return this.options.target === '2020-12' ? '$defs' : 'definitions';
  }
}

interface Subject {
  readonly schema: Subschema;
  readonly base: SourceSchema;
  readonly junction: boolean;
  readonly root: boolean;
}

function baseOf(schema: Subschema): SourceSchema {
  return isObject(schema) ? schema : {};
}

/** One node of the source schema; its path is only put together when somebody asks. */
class Place implements RuleContext {
  readonly options: ConvertOptions;
  readonly dialect: Dialect;
  readonly base: SourceSchema;
  readonly junction: boolean;
  readonly root: boolean;
  readonly #run: Run;
  readonly #schema: Subschema;
  readonly #parent: Place | undefined;
  readonly #segment: string;
  readonly #depth: number;

  constructor(run: Run, subject: Subject, parent?: Place, segment = '') {
    this.options = run.options;
    this.dialect = run.dialect;
    this.base = subject.base;
    this.junction = subject.junction;
    this.root = subject.root;
    this.#run = run;
    this.#schema = subject.schema;
    this.#parent = parent;
    this.#segment = segment;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
  }

  convert(): JsonSchema {
    const schema = this.#schema;
    if (typeof schema === 'boolean' && this.dialect === 'openapi-3.1') return schema ? {} : { not: {} };
    if (!isObject(schema)) {
      const seen = `${JSON.stringify(schema)} where a schema belongs`;
      throw new CodedError('OPENAPI_SCHEMA', this.path(), seen, 'write an object with a type');
    }
    assertKeywords(schema, () => this.path());
    this.#assertTyped(schema);
    if (this.#depth > maxDepth) throw tooDeep(this.path());
    const { known, chosen } = rulesFor(schema, this);
    const out: JsonSchema = {};
    for (const rule of chosen) rule.apply(known, out, this);
    return this.options.keepExtensions ? { ...out, ...extensionsOf(schema) } : out;
  }

  path(): string {
    const segments: string[] = [];
    let place: Place | undefined = this;
    for (; place; place = place.#parent) if (place.#segment !== '') segments.unshift(place.#segment);
    return segments.join('.').replaceAll('.[', '[').replaceAll('.{', '{');
  }

  note(code: Note['code'], detail: string): void {
    this.#run.note({ code, path: this.path(), detail, verdict: false });
  }

  lose(code: Note['code'], detail: string): void {
    if (this.options.unrepresentable === 'ignore') return;
    const note = { code, path: this.path(), detail, verdict: true };
    if (this.options.unrepresentable === 'error') throw unrepresentable(note, this.options.target);
    this.#run.note(note);
  }

  part(schema: Subschema, segment: string, base: Subschema | undefined): JsonSchema {
    const around = isObject(base) ? base : undefined;
    const inner = this.#inner(schema, segment, around ?? baseOf(schema), this.junction);
    if (!this.junction || !this.#isStructural()) return inner.convert();
    if (!around) {
      const seen = 'described only inside allOf, anyOf, oneOf or not';
      throw new CodedError('OPENAPI_NOT_STRUCTURAL', inner.path(), seen, 'describe it outside too, with its type');
    }
    return typed(inner.convert(), around);
  }

  branch(schema: Subschema, segment: string): JsonSchema {
    const out = this.#inner(schema, segment, this.base, true).convert();
    if (this.base['x-kubernetes-int-or-string'] && out.type === undefined) split(out);
    return out;
  }

  reference(pointer: string): JsonSchema {
    if (this.dialect === 'kubernetes') {
      const seen = `$ref ${JSON.stringify(pointer)}`;
      throw new CodedError('OPENAPI_NOT_STRUCTURAL', this.path(), seen, 'Kubernetes allows none; write it out');
    }
    return this.#run.reference(pointer, this.path());
  }

  #inner(schema: Subschema, segment: string, base: SourceSchema, junction: boolean): Place {
    return new Place(this.#run, { schema, base, junction, root: false }, this, segment);
  }

  #isStructural(): boolean {
    return this.dialect === 'kubernetes' && this.options.structural !== false;
  }

  #assertTyped(schema: SourceSchema): void {
    if (schema.type !== undefined || this.junction || !this.#isStructural()) return;
    if (schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']) return;
    const remedy = 'add a type, x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields';
    throw new CodedError('OPENAPI_NOT_STRUCTURAL', this.path(), 'a schema without a type', remedy);
  }
}

/** Repeats the type that the schema outside the junction gives, since ajv in strict mode looks no further. */
function typed(out: JsonSchema, base: SourceSchema): JsonSchema {
  if (out.type !== undefined) return out;
  if (base['x-kubernetes-int-or-string']) split(out);
  else {
    // A structural schema has one type, which was checked where it stands.
    const type = base.type as NonNullable<Exclude<JsonSchema['type'], unknown[]>> | undefined;
    if (type !== undefined) out.type = base.nullable ? [type, 'null'] : type;
  }
  return out;
}

const ranks = new Map<string, number[]>();
const since31 = new Set<string>();
for (const [rank, rule] of rules.entries()) {
  for (const keyword of rule.keywords) ranks.set(keyword, [...(ranks.get(keyword) ?? []), rank]);
  for (const keyword of rule.since31 ?? []) since31.add(keyword);
}

interface Chosen {
  /** The schema without what no rule knows. */
  readonly known: SourceSchema;
  readonly chosen: readonly Rule[];
}

// A document has some dozens of distinct sets of keywords on a hundred thousand nodes.
const rulesByKeywords = new Map<string, readonly Rule[]>();

function rulesFor(schema: SourceSchema, context: RuleContext): Chosen {
  const keywords = Object.keys(schema);
  const is31 = context.dialect === 'openapi-3.1';
  const key = `${is31} ${keywords.join(' ')}`;
  const met = rulesByKeywords.get(key);
  if (met) return { known: schema, chosen: met };
  const isKnown = (keyword: string) => ranks.has(keyword) && (is31 || !since31.has(keyword));
  const unknown = keywords.filter((keyword) => !isKnown(keyword));
  for (const keyword of unknown) dropUnknown(keyword, context);
  const known = keywords.filter(isKnown);
  const found = new Set(known.flatMap((keyword) => ranks.get(keyword) ?? []));
  const chosen = rules.filter((_, rank) => found.has(rank));
  if (unknown.length === 0) rulesByKeywords.set(key, chosen);
  // With an unknown keyword the note must come again next time.
  const rest = unknown.length === 0 ? schema : Object.fromEntries(Object.entries(schema).filter(([k]) => isKnown(k)));
  return { known: rest, chosen };
}

/** Keywords that Kubernetes knows and forbids in CRDs (apiextensions v1, JSONSchemaProps and its validation). */
const forbidden = new Set(['additionalItems', 'dependencies', 'id', 'patternProperties']);

/** A keyword that the dialect does not have judges nothing: the API server drops it too when it reads a CRD. */
function dropUnknown(keyword: string, context: RuleContext): void {
  if (keyword.startsWith('x-') && !keyword.startsWith('x-kubernetes-')) {
    if (!context.options.keepExtensions) context.note('EXTENSION_DROPPED', keyword);
    return;
  }
  const isKubernetes = context.dialect === 'kubernetes';
  if (isKubernetes && (forbidden.has(keyword) || keyword.startsWith('x-kubernetes-'))) {
    const remedy = 'structural schemas do not have it, or no rule knows it yet; leave it out';
    throw new CodedError('OPENAPI_KEYWORD', context.path(), `keyword ${JSON.stringify(keyword)}`, remedy);
  }
  const owner = isKubernetes ? 'Kubernetes' : `OpenAPI ${context.dialect.slice(-3)}`;
  context.note('KEYWORD_DROPPED', `${keyword}, which ${owner} does not have`);
}

function extensionsOf(schema: SourceSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword.startsWith('x-')));
}
