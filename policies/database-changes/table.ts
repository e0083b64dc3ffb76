import type { ChangeRule, ChangeTable, Spec } from '../../functions/core/day2/judge.ts';
import type { CrdSchema, JsonValue } from '../../functions/core/schema.ts';
import { type EngineName, engineNames, engines } from '../../functions/relational-database/engines.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';

/** One field whose change may have to be refused, with the rules that judge it, in order. */
interface Field {
  readonly path: readonly string[];
  /** `object` where only coming and going is one change, and the members are fields of their own. */
  readonly kind: 'value' | 'set' | 'object';
  readonly rules: readonly Verdict[];
}

type Verdict = Pick<ChangeRule, 'impact' | 'interruption' | 'takesEffect'> & Partial<Pick<ChangeRule, 'when'>>;

const { rules, assumed } = relationalDatabase.changes as ChangeTable;
const refusable = ['failover', 'restart', 'refused'];

/** What the annotation of the schema says where no rule holds, as the function has it. */
const bySchema: Readonly<Record<string, readonly Verdict[]>> = {
  restart: [{ impact: 'restart', interruption: 'what uses it restarts, or is interrupted', takesEffect: 'now' }],
  never: [{ impact: 'refused', interruption: 'it stays as it is; make another one beside it', takesEffect: 'never' }],
};

function kindOf({ properties, ...schema }: CrdSchema): Field['kind'] {
  if (properties !== undefined) return 'object';
  return schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'value';
}

function fieldsOf(schema: CrdSchema, path: readonly string[] = [], inherited = 'live'): Field[] {
  const impact = schema['x-change-impact'] ?? inherited;
  const kind = kindOf(schema);
  const [first = ''] = path;
  const isEntry = path.length === 2 || schema.additionalProperties !== undefined;
  const names = [path.join('.'), ...(isEntry ? [`${first}.*`] : [])];
  const own = rules
    .filter(({ fields }) => fields.some((field) => names.includes(field)))
    .map(({ impact: what, interruption, takesEffect, when }) => ({
      impact: what,
      interruption,
      takesEffect,
      ...(when && { when }),
    }));
  // What stands after a rule that always holds never judges.
  const all = [...own, ...(bySchema[impact] ?? [])];
  const last = all.findIndex(({ when }) => when === undefined);
  const field = { path, kind, rules: last < 0 ? all : all.slice(0, last + 1) };
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    fieldsOf(member, [...path, name], impact),
  );
  const isJudged = path.length > 0 && field.rules.some((rule) => refusable.includes(rule.impact));
  return [...(isJudged ? [field] : []), ...members];
}

const defaults = Object.fromEntries(
  Object.entries<CrdSchema>(relationalDatabase.spec.properties).flatMap(([name, member]) =>
    member.default === undefined ? [] : [[name, member.default]],
  ),
);

/** What compose takes where a claim of an engine leaves fields out. */
const assumptions = (engine: EngineName, more: Spec = {}): JsonValue => assumed?.({ engine, ...more }) ?? {};

const perEngine = engineNames.map((name) => {
  const { versions } = engines[name];
  return [name, { versions, fresh: assumptions(name), restored: assumptions(name, { restore: {} }) }];
});

/** The table of changes of the blueprint, as data for the rule. */
export const table = {
  fields: fieldsOf(relationalDatabase.spec),
  defaults,
  engines: Object.fromEntries(perEngine),
};
