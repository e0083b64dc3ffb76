import { CodedError } from '../error.ts';
import { rules } from './rules/index.ts';
import { split } from './rules/int-or-string.ts';
import type { ConvertOptions, Note, Rule, RuleContext } from './rules/rule.ts';
import type { JsonSchema, StructuralSchema } from './schema.ts';

/** A converted schema, and what it can't say. */
interface Converted {
  readonly schema: JsonSchema;
  readonly notes: readonly Note[];
}

/** Converts a structural schema into a JSON Schema that accepts what the API server accepts. */
export function convert(schema: StructuralSchema, options: ConvertOptions): Converted {
  if (options.target !== 'draft-07') {
    const seen = `target ${JSON.stringify(options.target)}`;
    throw new CodedError('OPENAPI_TARGET', '', seen, 'only draft-07 is written so far');
  }
  const run: Run = { options, notes: [] };
  const converted = new Place(run, { schema, base: schema, junction: false }).convert();
  return { schema: { $schema: 'http://json-schema.org/draft-07/schema#', ...converted }, notes: run.notes };
}

interface Run {
  readonly options: ConvertOptions;
  readonly notes: Note[];
}

interface Subject {
  readonly schema: StructuralSchema;
  readonly base: StructuralSchema;
  readonly junction: boolean;
}

/** One node of the source schema; its path is only put together when somebody asks. */
class Place implements RuleContext {
  readonly options: ConvertOptions;
  readonly base: StructuralSchema;
  readonly junction: boolean;
  readonly root: boolean;
  readonly #run: Run;
  readonly #schema: StructuralSchema;
  readonly #parent: Place | undefined;
  readonly #segment: string;

  constructor(run: Run, subject: Subject, parent?: Place, segment = '') {
    this.options = run.options;
    this.base = subject.base;
    this.junction = subject.junction;
    this.root = parent === undefined;
    this.#run = run;
    this.#schema = subject.schema;
    this.#parent = parent;
    this.#segment = segment;
  }

  convert(): JsonSchema {
    const schema = this.#schema;
    this.#assertTyped(schema);
    const out: JsonSchema = {};
    for (const rule of rulesFor(schema, this)) rule.apply(schema, out, this);
    return out;
  }

  path(): string {
    const segments: string[] = [];
    for (let place: Place = this; place.#parent; place = place.#parent) segments.unshift(place.#segment);
    return segments.join('.').replaceAll('.[]', '[]').replaceAll('.{}', '{}');
  }

  note(code: Note['code'], detail: string): void {
    this.#run.notes.push({ code, path: this.path(), detail });
  }

  part(schema: StructuralSchema, segment: string, base: StructuralSchema | undefined): JsonSchema {
    const inner = new Place(this.#run, { schema, base: base ?? schema, junction: this.junction }, this, segment);
    if (!this.junction) return inner.convert();
    if (!base) {
      const seen = 'described only inside allOf, anyOf, oneOf or not';
      throw new CodedError('OPENAPI_NOT_STRUCTURAL', inner.path(), seen, 'describe it outside too, with its type');
    }
    return typed(inner.convert(), base);
  }

  branch(schema: StructuralSchema, segment: string): JsonSchema {
    const out = new Place(this.#run, { schema, base: this.base, junction: true }, this, segment).convert();
    if (this.base['x-kubernetes-int-or-string'] && out.type === undefined) split(out);
    return out;
  }

  #assertTyped(schema: StructuralSchema): void {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      const seen = `${JSON.stringify(schema)} where a schema belongs`;
      throw new CodedError('OPENAPI_SCHEMA', this.path(), seen, 'write an object with a type');
    }
    if (this.junction || schema.type !== undefined) return;
    if (schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']) return;
    const remedy = 'add a type, x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields';
    throw new CodedError('OPENAPI_NOT_STRUCTURAL', this.path(), 'a schema without a type', remedy);
  }
}

/** Repeats the type that the schema outside the junction gives, since ajv in strict mode looks no further. */
function typed(out: JsonSchema, base: StructuralSchema): JsonSchema {
  if (out.type !== undefined) return out;
  if (base['x-kubernetes-int-or-string']) split(out);
  else if (base.type !== undefined) out.type = base.nullable ? [base.type, 'null'] : base.type;
  return out;
}

const ranks = new Map<string, number[]>();
for (const [rank, { keywords }] of rules.entries()) {
  for (const keyword of keywords) ranks.set(keyword, [...(ranks.get(keyword) ?? []), rank]);
}

// A document has some dozens of distinct sets of keywords on a hundred thousand nodes.
const rulesByKeywords = new Map<string, readonly Rule[]>();

function rulesFor(schema: StructuralSchema, context: RuleContext): readonly Rule[] {
  const keywords = Object.keys(schema);
  const key = keywords.join(' ');
  const known = rulesByKeywords.get(key);
  if (known) return known;
  const unknown = keywords.filter((keyword) => !ranks.has(keyword));
  for (const keyword of unknown) refuseUnlessExtension(keyword, context);
  const found = new Set(keywords.flatMap((keyword) => ranks.get(keyword) ?? []));
  const ordered = rules.filter((_, rank) => found.has(rank));
  // With an extension the note must come again next time.
  if (unknown.length === 0) rulesByKeywords.set(key, ordered);
  return ordered;
}

function refuseUnlessExtension(keyword: string, context: RuleContext): void {
  if (keyword.startsWith('x-') && !keyword.startsWith('x-kubernetes-')) {
    context.note('EXTENSION_DROPPED', keyword);
    return;
  }
  const remedy = 'OpenAPI 3.0 structural schemas do not have it, or no rule knows it yet; leave it out';
  throw new CodedError('OPENAPI_KEYWORD', context.path(), `keyword ${JSON.stringify(keyword)}`, remedy);
}
