import type { Observed } from '../observed.ts';
import type { JsonValue, ObjectSchema } from '../schema.ts';
import { type Difference, differences, fieldOf } from './differences.ts';

/**
 * What a change does to what runs:
 * - `none`: nothing at all, since nothing uses the field,
 * - `live`: it takes effect while everything goes on,
 * - `degraded`: everything goes on, more slowly or without some of what is beside it,
 * - `failover`: connections break once, for about a minute,
 * - `restart`: it cannot be reached while it restarts or is upgraded,
 * - `pendingReboot`: it is accepted and has no effect until somebody restarts it,
 * - `refused`: AWS does not make this change.
 */
export type Impact = 'none' | 'live' | 'degraded' | 'failover' | 'restart' | 'pendingReboot' | 'refused';

/** When a change takes effect: `reboot` for when somebody restarts what it concerns. */
export type Moment = 'now' | 'window' | 'reboot' | 'never';

/** A spec as the API server has it, with its defaults. */
export type Spec = { readonly [field: string]: JsonValue };

/** What is known of what runs beside its spec, for instance `engineVersionActual`. */
export type Live = Readonly<Record<string, unknown>>;

/** When a rule holds; every member that is there must. */
interface RuleCondition {
  /** What kind of step it is: `added`, `removed`, `grows`, `shrinks`, `on`, `off`, or what the blueprint tells apart. */
  readonly step?: readonly string[];
  readonly from?: readonly JsonValue[];
  readonly to?: readonly JsonValue[];
  /** Other fields of the old spec, and the values that they may have. */
  readonly running?: Readonly<Record<string, readonly JsonValue[]>>;
  /** Fields that the old spec has, with whatever value. */
  readonly has?: readonly string[];
}

/** One row of the table of a blueprint: of the rows for a field the first that holds judges. */
export interface ChangeRule {
  readonly id: string;
  /** Fields within the spec; a step `*` stands for every member, entry of a map, or item of a list with keys. */
  readonly fields: readonly string[];
  readonly when?: RuleCondition;
  readonly impact: Impact;
  /** What users notice, and for how long. */
  readonly interruption: string;
  /** `deferrable`: in the maintenance window, or at once where `changes.apply` is `now`. */
  readonly takesEffect: Moment | 'deferrable';
  /** Where AWS says so. */
  readonly source: string;
  /** Fields, named as `fields` are, that AWS takes only together with this change: they are held with it. */
  readonly companions?: readonly string[];
  /** False where nobody can tell what was last asked for: it is judged on the pull request only. */
  readonly isHeld?: false;
}

/** What a blueprint knows of changes beyond the annotations of its schema. */
export interface ChangeTable {
  readonly rules: readonly ChangeRule[];
  /** The spec with what compose takes where a field is left out. */
  assumed?(spec: Spec): Spec;
  /** The kind of step, where only the blueprint can tell; undefined leaves it to the values. */
  step?(
    difference: Difference,
    specs: { readonly from: Spec; readonly to: Spec; readonly live: Live },
  ): string | undefined;
  /** What runs; undefined before there is anything that a change could disturb. */
  running?(observed: Observed, spec: Spec): Running | undefined;
  /** Whether disruptive changes wait for an approval where the spec does not say. */
  isGuarded?(spec: Spec): boolean;
}

/** What runs, as far as composed resources tell, in the words of the spec. */
export interface Running {
  /** Fields as they were last asked of AWS; undefined where none was asked, and no member where nobody can tell. */
  readonly asked: Fields;
  /** Fields as AWS says that they are, which a change that waits for the window is not. */
  readonly inEffect: Fields;
  readonly live: Live;
}

/** Some fields of a spec. */
export type Fields = { readonly [field: string]: JsonValue | undefined };

/** A kind whose changes can be judged: every blueprint is one. */
export interface Changeable {
  readonly spec: ObjectSchema;
  readonly changes?: ChangeTable;
}

/** One field that changes, and what comes of it. */
export interface Change {
  /** Within the spec, for instance `instanceClass` or `parameters.max_connections`. */
  readonly field: string;
  readonly path: readonly string[];
  readonly from: JsonValue | undefined;
  readonly to: JsonValue | undefined;
  readonly impact: Impact;
  readonly interruption: string;
  readonly takesEffect: Moment;
  /** Address of the documentation that says so; undefined where only the schema does. */
  readonly source: string | undefined;
  /** Id of the rule, or `schema-live`, `schema-restart`, `schema-never`. */
  readonly rule: string;
}

/** Judges what becomes of `to` where `from` runs, sorted by field. Both have the defaults of the schema. */
export function judge({ spec: schema, changes }: Changeable, from: Spec, to: Spec, live: Live = {}): Change[] {
  const specs = { from: assumed(changes, from), to: assumed(changes, to), live };
  return differences(schema, specs.from, specs.to)
    .map((difference) => judged(changes, difference, specs))
    .sort((a, b) => (a.field < b.field ? -1 : 1));
}

/** Whether somebody notices: these changes want an approval. */
export const isDisruptive = ({ impact }: Pick<Change, 'impact'>): boolean =>
  impact === 'failover' || impact === 'restart';

interface Specs {
  readonly from: Spec;
  readonly to: Spec;
  readonly live: Live;
}

const assumed = (table: ChangeTable | undefined, spec: Spec): Spec => table?.assumed?.(spec) ?? spec;

function judged(table: ChangeTable | undefined, difference: Difference, specs: Specs): Change {
  const { path, from, to } = difference;
  const step = table?.step?.(difference, specs) ?? stepOf(difference);
  const rule = table?.rules.find(
    ({ fields, when }) => covers(fields, path) && holds(when, difference, step, specs.from),
  );
  const { id, source, ...verdict } = rule ?? { ...bySchema[difference.impact ?? 'live'], source: undefined };
  return {
    field: fieldOf(path),
    path,
    from,
    to,
    impact: verdict.impact,
    interruption: verdict.interruption,
    takesEffect: momentOf(verdict.takesEffect, specs.to),
    source,
    rule: id,
  };
}

/** Verdicts where no rule holds, from the annotation of the schema alone. */
const bySchema = {
  live: { id: 'schema-live', impact: 'live', interruption: 'none', takesEffect: 'now' },
  restart: {
    id: 'schema-restart',
    impact: 'restart',
    interruption: 'what uses it restarts, or is interrupted',
    takesEffect: 'now',
  },
  never: {
    id: 'schema-never',
    impact: 'refused',
    interruption: 'it stays as it is; make another one beside it',
    takesEffect: 'never',
  },
} as const;

/** Whether one of some fields, as rules name them, is this one. */
export const covers = (fields: readonly string[], path: readonly string[]): boolean =>
  fields.some((field) => {
    const steps = field.split('.');
    return steps.length === path.length && steps.every((step, index) => step === '*' || step === path[index]);
  });

function holds(when: RuleCondition = {}, { from, to }: Difference, step: string, running: Spec): boolean {
  return (
    (when.step?.includes(step) ?? true) &&
    (when.from?.some((value) => value === from) ?? true) &&
    (when.to?.some((value) => value === to) ?? true) &&
    (when.has?.every((field) => running[field] !== undefined) ?? true) &&
    Object.entries(when.running ?? {}).every(([field, values]) => values.some((value) => value === running[field]))
  );
}

function stepOf({ from, to }: Difference): string {
  if (from === undefined) return 'added';
  if (to === undefined) return 'removed';
  if (typeof from === 'number' && typeof to === 'number') return to > from ? 'grows' : 'shrinks';
  if (typeof to === 'boolean') return to ? 'on' : 'off';
  return 'other';
}

function momentOf(takesEffect: ChangeRule['takesEffect'], { changes }: Spec): Moment {
  if (takesEffect !== 'deferrable') return takesEffect;
  return typeof changes === 'object' && changes !== null && 'apply' in changes && changes.apply === 'now'
    ? 'now'
    : 'window';
}
