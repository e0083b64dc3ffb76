import type { Composition, Condition, Identity } from '../blueprint.ts';
import type { Desired } from '../desired.ts';
import { isKnown, known } from '../known.ts';
import { member, type Observed } from '../observed.ts';
import type { JsonValue } from '../schema.ts';
import { approvalFlaws, approvalFor, canonical, type Subject, show } from './approval.ts';
import { isRecord, withField } from './differences.ts';
import {
  type Change,
  type Changeable,
  type ChangeTable,
  covers,
  type Fields,
  isDisruptive,
  judge,
  type Moment,
  type Running,
  type Spec,
} from './judge.ts';

/** What holding looks at. */
export interface HoldContext<Whole extends Spec = Spec> {
  readonly identity: Identity;
  readonly spec: Whole;
  readonly observed: Observed;
  readonly desired: Desired;
  /** `status.pendingChanges` as the last pass left it. */
  readonly pending: unknown;
}

/** A change that was made and has no effect yet, as `status.pendingChanges` has it. */
interface PendingChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly impact: string;
  readonly takesEffect: Moment;
  /** Of what needs a restart: what `changes.restarted` said when it was made. */
  readonly restarted?: string;
  readonly inferred: true;
}

/** What a pass goes on with. */
export interface Judged<Whole extends Spec> {
  /** The spec with every held field as it was last applied. */
  readonly spec: Whole;
  readonly conditions: readonly Condition[];
  readonly status: Composition['status'];
  /** Whether an approval is awaited, of which Crossplane does not tell. */
  readonly isAwaited: boolean;
}

/**
 * Takes out of a spec what AWS refuses, and what nobody has approved. The comparison is with what was last applied, so
 * that what was released stays released, whatever becomes of its approval.
 */
export function hold<Whole extends Spec>(
  kind: Changeable & { readonly kind: string; readonly changes: ChangeTable },
  context: HoldContext<Whole>,
): Judged<Whole> {
  const { spec, observed, identity, desired } = context;
  const subject = { kind: kind.kind, namespace: identity.namespace ?? '', name: identity.name };
  const waits = isGuarded(kind.changes, spec);
  const running = kind.changes.running?.(observed, spec);
  if (running === undefined) return judgedAs(kind, spec, [], [], waits);
  const asked = withFields(spec, running.asked);
  const changes = judge(kind, asked, spec, running.live);
  // Taking back what waits for a window disturbs nobody, and neither does asking for what runs already.
  const noticed = judge(kind, withFields(asked, running.inEffect), spec, running.live).filter(isHoldable);
  const held = changes
    .filter((change) => isHoldable(change) && noticed.some(({ field }) => field === change.field))
    .flatMap((change) => holding(change, waits, subject, desired))
    .map((one) => ({ ...one, companions: companionsOf(kind.changes, one.change, changes) }));
  const kept = new Set(held.flatMap(({ change, companions }) => [change, ...companions]));
  const effective = [...kept].reduce<Spec>(
    (rest, { path, from }) => withField(kind.spec, rest, path, from) as Spec,
    spec,
  );
  const released = changes.filter((change) => !kept.has(change));
  // Only fields that the schema has were set, to values that it allowed when they were applied.
  return judgedAs(kind, effective as Whole, held, pendingOf(kind, context, running, { effective, released }), waits);
}

function judgedAs<Whole extends Spec>(
  { changes }: { readonly changes: ChangeTable },
  spec: Whole,
  held: readonly Held[],
  pending: readonly PendingChange[],
  waits: boolean,
): Judged<Whole> {
  const isAwaited = held.some(({ awaits }) => awaits);
  if (!defers(changes)) return { spec, conditions: [heldCondition(held, waits)], status: {}, isAwaited };
  return {
    spec,
    conditions: [heldCondition(held, waits), restartCondition(pending, settingOf(spec, 'restarted'))],
    status: { pendingChanges: known(pending.map((one) => ({ ...one }))) },
    isAwaited,
  };
}

/** Whether there is anything that AWS takes now and that has an effect later. */
const defers = ({ rules }: ChangeTable): boolean =>
  rules.some(({ takesEffect }) => takesEffect === 'deferrable' || takesEffect === 'reboot');

interface Holding {
  readonly change: Change;
  /** How it can go on. */
  readonly advice: string;
  /** Whether an approval lets it through. */
  readonly awaits: boolean;
}

interface Held extends Holding {
  /** Changes that AWS takes only together with it. */
  readonly companions: readonly Change[];
}

const companionsOf = ({ rules }: ChangeTable, { rule }: Change, changes: readonly Change[]): Change[] => {
  const { companions = [] } = rules.find(({ id }) => id === rule) ?? {};
  return changes.filter(({ path }) => covers(companions, path));
};

const settingOf = (spec: Spec, key: 'approval' | 'restarted'): JsonValue | undefined =>
  isRecord(spec.changes) ? spec.changes[key] : undefined;

function isGuarded({ isGuarded: byDefault }: ChangeTable, spec: Spec): boolean {
  const approval = settingOf(spec, 'approval');
  return approval === undefined ? (byDefault?.(spec) ?? false) : approval === 'disruptive';
}

const isHoldable = (change: Change): boolean => change.impact === 'refused' || isDisruptive(change);

/** Nothing where a change may go on. */
function holding(change: Change, waits: boolean, subject: Subject, desired: Desired): Holding[] {
  if (change.impact === 'refused') return [{ change, advice: 'take it back', awaits: false }];
  if (!waits) return [];
  const requirement = approvalFor(subject, change);
  const { what, object } = desired.lookUp(requirement.name, requirement);
  if (!isKnown(object))
    return [{ change, advice: `approve it with ${what} (aws-blueprints day2 approve prints it)`, awaits: true }];
  const flaws = approvalFlaws(object.value, subject, change);
  if (flaws.length === 0) return [];
  return [{ change, advice: `${what} approves something else: correct ${flaws.join(', ')}`, awaits: true }];
}

function heldCondition(held: readonly Held[], waits: boolean): Condition {
  const none = waits ? 'no change is held; disruptive ones wait for an approval' : 'no change is held';
  return {
    type: 'ChangesHeld',
    status: held.length > 0,
    reason: held.length === 0 ? 'None' : held.some(({ awaits }) => awaits) ? 'AwaitingApproval' : 'Refused',
    message: held.length === 0 ? none : held.map(sentence).join(' | '),
  };
}

function restartCondition(pending: readonly PendingChange[], restarted: JsonValue | undefined): Condition {
  const reboots = pending.filter(({ takesEffect }) => takesEffect === 'reboot').map(({ field }) => `spec.${field}`);
  return {
    type: 'RestartPending',
    status: reboots.length > 0,
    reason: 'Inferred',
    message:
      reboots.length > 0
        ? `no effect before a restart, as far as can be inferred: ${reboots.join(', ')}`
        : `as far as can be inferred, no change waits for a restart${restarted === undefined ? '' : ` (restarted: ${restarted})`}`,
  };
}

const moments: Readonly<Record<Moment, string>> = {
  now: ' at once',
  window: ' in the maintenance window',
  reboot: ' at the next restart',
  never: '',
};

function sentence({ change, companions, advice }: Held): string {
  const { field, from, to, impact, interruption, takesEffect } = change;
  const others = companions.map((one) => `, and with it spec.${one.field}`).join('');
  return `spec.${field} from ${show(from)} to ${show(to)}: ${impact}${moments[takesEffect]} (${interruption})${others}; ${advice}`;
}

/** What waits for a window by what AWS reports, and what waits for a restart by what was released and not undone. */
function pendingOf(
  kind: Changeable,
  { pending }: HoldContext,
  { inEffect, live }: Running,
  { effective, released }: { readonly effective: Spec; readonly released: readonly Change[] },
): PendingChange[] {
  // Not what was asked: the provider fills in there what AWS has, and nobody asked for it to change.
  const runs = withFields(effective, inEffect);
  const windows = judge(kind, runs, effective, live).filter(({ takesEffect }) => takesEffect === 'window');
  const earlier = Array.isArray(pending) ? pending.filter(isPending) : [];
  const isAsked = ({ field, to }: PendingChange): boolean => canonical(valueAt(effective, field)) === to;
  // A change that restarts, that waited, is still asked for and waits no more has been made.
  const hasRestarted = earlier.some(
    (one) =>
      one.takesEffect === 'window' &&
      one.impact === 'restart' &&
      isAsked(one) &&
      !windows.some(({ field }) => field === one.field),
  );
  const restarted = canonical(settingOf(effective, 'restarted'));
  const waited = earlier.filter((one) => one.takesEffect === 'reboot' && !hasRestarted && one.restarted === restarted);
  const reboots = released
    .filter(({ takesEffect }) => takesEffect === 'reboot')
    .map((change) => ({ ...asPending(change), restarted }));
  const kept = waited.filter((one) => isAsked(one) && !reboots.some(({ field }) => field === one.field));
  // What runs is what ran before the first of two changes; a change that is taken back waits for nothing.
  const made = reboots
    .map((one) => ({ ...one, from: waited.find(({ field }) => field === one.field)?.from ?? one.from }))
    .filter(({ from, to }) => from !== to);
  return [...windows.map(asPending), ...kept, ...made].sort((a, b) => (a.field < b.field ? -1 : 1));
}

const asPending = ({ field, from, to, impact, takesEffect }: Change): PendingChange => ({
  field,
  from: canonical(from),
  to: canonical(to),
  impact,
  takesEffect,
  inferred: true,
});

const isPending = (value: unknown): value is PendingChange =>
  ['field', 'from', 'to', 'impact', 'takesEffect'].every((key) => typeof member(value, key) === 'string');

/** The value of a field, whose last step may have dots of its own. */
function valueAt(value: JsonValue | undefined, field: string): JsonValue | undefined {
  if (!isRecord(value)) return undefined;
  if (Object.hasOwn(value, field)) return value[field];
  const key = Object.keys(value).find((one) => field.startsWith(`${one}.`));
  return key === undefined ? undefined : valueAt(value[key], field.slice(key.length + 1));
}

/** A spec in which some fields are otherwise, or left out. */
const withFields = (spec: Spec, fields: Fields): Spec =>
  Object.fromEntries(
    Object.entries({ ...spec, ...fields }).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  );
