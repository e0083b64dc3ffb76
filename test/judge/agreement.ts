import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { convert, type Draft, type JsonSchema, type Source, sourcesOf } from '../../tools/openapi/index.ts';
import type { SourceSchema } from '../../tools/openapi/schema.ts';
import { type Instance, mutate, type Resource, sampleResource } from './instances.ts';
import { judge, type Verdict } from './judge.ts';

// CommonJS, whose types say otherwise or are not there.
const require = createRequire(import.meta.url);
const Ajv4: typeof Ajv = require('ajv-draft-04').default;
const formats: (ajv: Ajv) => Ajv = require('ajv-formats').default;
const contrib: (schema: unknown) => JsonSchema = require('@openapi-contrib/openapi-schema-to-json-schema').default;
const old: (schema: unknown) => JsonSchema = require('openapi-schema-to-json-schema');

/** How often a converter says of an instance what the API server says. */
interface Score {
  agreed: number;
  total: number;
}

/** An instance on which a converter and the API server disagree. */
export interface Disagreement {
  readonly contestant: string;
  readonly source: string;
  readonly class: string;
  readonly path: string;
  readonly accepted: boolean;
  readonly reason: string;
  readonly instance: unknown;
}

/** What came of all instances of all definitions. */
export interface Agreement {
  /** By class of instances, then by contestant. */
  readonly scores: ReadonlyMap<string, ReadonlyMap<string, Score>>;
  readonly disagreements: readonly Disagreement[];
  /** Schemas that do not compile, by contestant. */
  readonly uncompiled: readonly string[];
  /** Definitions that the judge refuses, or without an instance that is valid. */
  readonly unjudged: readonly string[];
  readonly definitions: number;
  readonly instances: number;
}

interface Contestant {
  readonly name: string;
  readonly compile: (source: Source, closed: boolean) => ValidateFunction;
}

const strict = {
  strictSchema: true,
  strictNumbers: true,
  strictRequired: false,
  strictTypes: false,
  logger: false,
} as const;
const drafts: Readonly<Record<Draft, () => Ajv>> = {
  'draft-04': () => new Ajv4(strict),
  'draft-07': () => new Ajv(strict),
  '2020-12': () => new Ajv2020(strict),
};

/** Ours in every draft, strictly; the others in the one draft that they write, as leniently as it goes. */
const ours = (['draft-04', 'draft-07', '2020-12'] as const).map(
  (target): Contestant => ({
    name: target,
    compile: (source, closed) =>
      drafts[target]().compile(convert(source.schema, { ...source.options, target, closed }).schema),
  }),
);
const lenient = () => formats(new Ajv4({ strict: false, logger: false }));
const peers: readonly Contestant[] = [
  { name: 'contrib', compile: ({ schema }) => lenient().compile(contrib(structuredClone(schema))) },
  { name: 'old', compile: ({ schema }) => lenient().compile(old(structuredClone(schema))) },
];

/** Whether the contestant is one of our drafts. */
export const isOurs = (name: string): boolean => ours.some((one) => one.name === name);

/** A definition, of which at most `most` instances of a class are judged. */
interface Definition {
  readonly crd: object;
  readonly most: number;
  /** A `spec` that is valid, where one with all fields is not. */
  readonly spec?: unknown;
}

/** Judges instances of definitions by Kubernetes and by every converter. */
export async function agreement(definitions: readonly Definition[]): Promise<Agreement> {
  const all = definitions.flatMap((one) => sourcesOf(one.crd).sources.map((source) => ({ ...one, source })));
  const candidates = all.map(({ crd, source, spec }) => samples(resourceOf(crd, source), spec));
  const first = await judge(
    all.map(({ crd, source }, at) => ({ crd, version: source.version, instances: candidates[at] ?? [] })),
  );
  const unjudged: string[] = [];
  const judged = all.flatMap(({ crd, most, source }, at) => {
    const valid = candidates[at]?.find((_, index) => first[at]?.verdicts?.[index]?.valid);
    if (valid !== undefined)
      return [{ crd, source, instances: [...valids(valid), ...mutate(resourceOf(crd, source), valid, most)] }];
    unjudged.push(`${source.kind}: ${first[at]?.error ?? first[at]?.verdicts?.at(-1)?.reason}`);
    return [];
  });
  const values = judged.map(({ crd, source, instances }) => ({
    crd,
    version: source.version,
    instances: instances.map(({ value }) => value),
  }));
  const answers = await judge(values);
  const tally = new Tally();
  for (const [at, { source, instances }] of judged.entries()) tally.add(source, instances, answers[at]?.verdicts ?? []);
  return { ...tally, unjudged, definitions: judged.length };
}

class Tally {
  readonly scores = new Map<string, Map<string, Score>>();
  readonly disagreements: Disagreement[] = [];
  readonly uncompiled: string[] = [];
  instances = 0;

  add(source: Source, instances: readonly Instance[], verdicts: readonly Verdict[]): void {
    this.instances += instances.length;
    for (const contestant of [...ours, ...peers]) {
      const validate = this.#compiled(contestant, source, false);
      for (const [at, instance] of instances.entries())
        this.#count(contestant.name, source, instance, verdicts[at], validate);
    }
    for (const contestant of ours) {
      const validate = this.#compiled(contestant, source, true);
      for (const [at, instance] of instances.entries()) {
        // What no draft can say is counted once.
        if (instance.class === 'map, equal keys') continue;
        const verdict = verdicts[at];
        const valid = verdict?.valid === true && verdict.pruned === undefined;
        const closed = { ...instance, class: 'nothing unknown (closed)' };
        this.#count(contestant.name, source, closed, { valid, reason: verdict?.reason ?? 'unknown field' }, validate);
      }
    }
  }

  #compiled(contestant: Contestant, source: Source, closed: boolean): ValidateFunction | undefined {
    try {
      return contestant.compile(source, closed);
    } catch (error) {
      this.uncompiled.push(`${contestant.name} ${source.kind}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  #count(
    name: string,
    source: Source,
    instance: Instance,
    verdict: Verdict | undefined,
    validate: ValidateFunction | undefined,
  ): void {
    const byName = this.scores.get(instance.class) ?? new Map<string, Score>();
    this.scores.set(instance.class, byName);
    const score = byName.get(name) ?? { agreed: 0, total: 0 };
    byName.set(name, score);
    score.total += 1;
    const accepted = validate?.(instance.value);
    if (accepted === verdict?.valid) score.agreed += 1;
    else if (accepted !== undefined) {
      const reason = verdict?.reason ?? '';
      this.disagreements.push({
        contestant: name,
        source: source.kind,
        class: instance.class,
        path: instance.path,
        accepted,
        reason,
        instance: at(instance),
      });
    }
  }
}

function at({ path, value }: Instance): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, step) => (inner === undefined ? inner : Reflect.get(Object(inner), step)), value);
}

function valids(valid: unknown): Instance[] {
  return [{ class: 'valid', path: '', value: valid }];
}

function samples(resource: Resource, spec: unknown): Record<string, unknown>[] {
  const full = sampleResource(resource, true);
  if (spec !== undefined) return [{ ...full, spec }];
  const { status: _status, ...rest } = full;
  const { status: _, ...least } = sampleResource(resource, false);
  return [full, rest, least];
}

function resourceOf(crd: object, source: Source): Resource {
  const { resource } = source.options;
  const identity = typeof resource === 'object' ? resource : { apiVersion: '', kind: '' };
  // A definition's schema is an object, or the judge refuses it.
  return {
    ...identity,
    namespaced: JSON.stringify(crd).includes('"scope":"Namespaced"'),
    schema: source.schema as SourceSchema,
  };
}

/** The share of agreement: over the instances of one class, or the mean over classes. */
export function share(agreementOf: Agreement, contestant: string, classes: readonly string[]): number {
  const shares = classes.flatMap((name) => {
    const score = agreementOf.scores.get(name)?.get(contestant);
    return score === undefined ? [] : [score.agreed / score.total];
  });
  return shares.reduce((sum, one) => sum + one, 0) / shares.length;
}
