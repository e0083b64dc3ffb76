import type { Blueprint } from '../../../functions/core/blueprint.ts';
import { approvalData, approvalFor } from '../../../functions/core/day2/approval.ts';
import { type Change, isDisruptive } from '../../../functions/core/day2/judge.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import type { Changed } from './comparison.ts';

/** What people add to an approval. */
export interface Note {
  readonly ticket?: string;
  /** Time in UTC, as the admission policy reads it. */
  readonly expires?: string;
}

/** The ConfigMaps by which every disruptive change that waits for one is approved. */
export function approvalsOf(changed: readonly Changed[], { ticket, expires }: Note): KubernetesObject[] {
  const approvals = changed
    // Only changes of a kind that can be guarded are ever held.
    .filter(({ blueprint }) => blueprint.changes?.isGuarded !== undefined)
    .flatMap(({ blueprint, subject, changes }) =>
      changes
        .filter((change) => isDisruptive(change) && isHeld(blueprint, change))
        .map((change) => {
          const { apiVersion, kind, name, namespace } = approvalFor(subject, change);
          const note = { ...(ticket !== undefined && { ticket }), ...(expires !== undefined && { expires }) };
          return {
            apiVersion,
            kind,
            metadata: { name, namespace },
            data: { ...approvalData(subject, change), ...note },
          };
        }),
    );
  if (approvals.length > 0) return approvals;
  const refused = changed.some(({ changes }) => changes.some(({ impact }) => impact === 'refused'));
  const seen = refused ? 'AWS refuses what changes' : 'no change waits for an approval';
  throw new CodedError('APPROVAL_NONE', 'changes', seen, 'see them with aws-blueprints day2 check');
}

const isHeld = ({ changes }: Blueprint, { rule }: Change): boolean =>
  changes?.rules.find(({ id }) => id === rule)?.isHeld ?? true;

/** A day, which is good to its end, or a time in UTC; undefined for anything else. */
export function timeOf(text: string): string | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text;
  const date = new Date(time);
  // A day that a month does not have would be one of the next month.
  const isExact = !Number.isNaN(date.getTime()) && date.toISOString().replace('.000Z', 'Z') === time;
  return isExact ? time : undefined;
}
