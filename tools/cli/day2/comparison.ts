import { isDeepStrictEqual } from 'node:util';
import type { Blueprint } from '../../../functions/core/blueprint.ts';
import { canonical, type Subject } from '../../../functions/core/day2/approval.ts';
import {
  type Change,
  type Impact,
  isDisruptive,
  judge,
  type Moment,
  type Spec,
} from '../../../functions/core/day2/judge.ts';
import type { JsonValue } from '../../../functions/core/schema.ts';
import { type Composite, compositeOf } from '../claim.ts';
import type { Document, Place } from '../load.ts';
import { keyOf, type Sides } from './sides.ts';

/** What a change, or the removal of a whole claim, does: `deleted` for what AWS deletes with the claim. */
export interface Effect {
  /** Kind, namespace and name. */
  readonly object: string;
  readonly place?: Place;
  /** Within the spec; absent where the claim is removed. */
  readonly field?: string;
  readonly from?: JsonValue | undefined;
  readonly to?: JsonValue | undefined;
  readonly impact: Impact | 'deleted';
  readonly interruption: string;
  readonly takesEffect: Moment;
  /** Address of the documentation that says so. */
  readonly source?: string | undefined;
  readonly rule: string;
}

/** A claim or composite that is on both sides and differs. */
export interface Changed {
  readonly blueprint: Blueprint;
  readonly subject: Subject;
  readonly document: Document;
  readonly changes: readonly Change[];
}

/** What becomes of all claims and composites between two sides. */
export interface Comparison {
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  readonly passedOver: Sides['passedOver'];
  /** Sorted by object, then by field. */
  readonly effects: readonly Effect[];
}

/** Judges every claim and composite by what it was; namespace is that of manifests that name none. */
export function compare(blueprints: readonly Blueprint[], sides: Sides, namespace: string): Comparison {
  const pairs = pairsOf(sides, namespace);
  const changed = changedOf(blueprints, pairs, namespace);
  const removed = pairs.flatMap(({ from, to }) => (from !== undefined && to === undefined ? [from] : []));
  const effects = [
    ...changed.flatMap(effectsOf),
    ...removed.map((document) => removal(composite(blueprints, document, namespace), document)),
  ];
  return {
    changed: changed.length,
    added: pairs.filter(({ from }) => from === undefined).length,
    removed: removed.length,
    passedOver: sides.passedOver,
    effects: effects.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
  };
}

/** Every claim and composite that differs, with what each change does. */
export const changesOf = (blueprints: readonly Blueprint[], sides: Sides, namespace: string): Changed[] =>
  changedOf(blueprints, pairsOf(sides, namespace), namespace);

const sortKey = ({ object, field = '' }: Effect): string => `${object} ${field}`;

/** The same object on both sides, whatever the name of its file; one side where it comes or goes. */
interface Pair {
  readonly from?: Document;
  readonly to?: Document;
}

function pairsOf({ from, to, elsewhere }: Sides, namespace: string): Pair[] {
  const before = byKey(from, namespace);
  const after = byKey(to, namespace);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const pairs = matched(before.get(key) ?? [], after.get(key) ?? []);
    if (pairs.every(({ from, to }) => from !== undefined && to !== undefined)) return pairs;
    const [any] = [...(before.get(key) ?? []), ...(after.get(key) ?? [])];
    const same = elsewhere(String(any?.object.metadata?.name)).find(({ object }) => keyOf(object, namespace) === key);
    // What another file goes on to say, or said before, neither goes nor comes.
    return same === undefined ? pairs : pairs.map((pair) => ({ from: same, to: same, ...pair }));
  });
}

/** Of several manifests of one object those in the same file belong together, as a base and its overlays. */
function matched(before: readonly Document[], after: readonly Document[]): Pair[] {
  const left = [...before];
  const take = (fits: (one: Document) => boolean): Document | undefined => {
    const index = left.findIndex(fits);
    return index === -1 ? undefined : left.splice(index, 1)[0];
  };
  const inFile = after.map((to) => take(({ place }) => place?.file === to.place?.file));
  const pairs = after.map((to, index): Pair => {
    const from = inFile[index] ?? take(() => true);
    return from === undefined ? { to } : { from, to };
  });
  return [...pairs, ...left.map((from) => ({ from }))];
}

function byKey(documents: readonly Document[], namespace: string): Map<string, Document[]> {
  const all = new Map<string, Document[]>();
  for (const document of documents) {
    const key = keyOf(document.object, namespace);
    all.set(key, [...(all.get(key) ?? []), document]);
  }
  return all;
}

function changedOf(blueprints: readonly Blueprint[], pairs: readonly Pair[], namespace: string): Changed[] {
  return pairs.flatMap(({ from, to }) => {
    if (to === undefined) return [];
    const next = composite(blueprints, to, namespace);
    if (from === undefined || isDeepStrictEqual(from.object.spec, to.object.spec)) return [];
    const { blueprint } = next;
    const subject = subjectOf(next);
    const changes = judge(blueprint, specOf(composite(blueprints, from, namespace)), specOf(next));
    return [{ blueprint, subject, document: to, changes }];
  });
}

const effectsOf = ({ subject, document, changes }: Changed): Effect[] =>
  changes.map(({ path: _path, ...change }) => ({ ...locationOf(subject, document), ...change }));

const locationOf = ({ kind, namespace, name }: Subject, { place }: Document): Pick<Effect, 'object' | 'place'> => ({
  object: `${kind} ${[namespace, name].filter((part) => part !== '').join('/')}`,
  ...(place && { place }),
});

function composite(blueprints: readonly Blueprint[], document: Document, namespace: string): Composite {
  const { object } = document;
  const isCluster = object.kind.startsWith('X') && blueprints.every(({ kind }) => kind !== object.kind);
  const metadata = { ...(!isCluster && { namespace }), ...object.metadata };
  return compositeOf(blueprints, { ...document, object: { ...object, metadata } }, undefined);
}

/** Crossplane gives the claim's name to what it composes for it, and so do approvals. */
function subjectOf({ blueprint: { kind }, xr: { metadata, spec } }: Composite): Subject {
  const { claimRef } = spec as { readonly claimRef?: { readonly namespace: string; readonly name: string } };
  const { namespace = '', name = '' } = claimRef ?? metadata ?? {};
  return { kind, namespace, name };
}

/** Validated by compositeOf, and read from YAML. */
const specOf = ({ xr }: Composite): Spec => xr.spec as Spec;

function removal(one: Composite, document: Document): Effect {
  const spec = specOf(one);
  const { resourceConfig } = spec;
  const where = locationOf(subjectOf(one), document);
  if (canonical(resourceConfig).includes('"deletionPolicy":"Orphan"')) {
    const interruption = 'it stays in AWS, and nothing manages it any more';
    return { ...where, impact: 'none', interruption, takesEffect: 'now', rule: 'removed-orphan' };
  }
  if (spec.deletionProtection === true) {
    const interruption = 'AWS deletes nothing that is protected; switch deletionProtection off first, then remove it';
    return { ...where, impact: 'refused', interruption, takesEffect: 'never', rule: 'removed-protected' };
  }
  const kept = spec.skipFinalSnapshot === false ? ', and a last snapshot is taken' : '';
  const interruption = `what was made for it in AWS is deleted${kept}`;
  return { ...where, impact: 'deleted', interruption, takesEffect: 'now', rule: 'removed' };
}

/** Exit code: 4 for what AWS does not do, 3 for what somebody notices, else 0. */
export function exitCodeOf(effects: readonly Effect[]): 0 | 3 | 4 {
  if (effects.some(({ impact }) => impact === 'refused')) return 4;
  return effects.some(isNoticed) ? 3 : 0;
}

/** Whether it interrupts what runs, or deletes it. */
export const isNoticed = ({ impact }: Effect): boolean => impact === 'deleted' || isDisruptive({ impact });
