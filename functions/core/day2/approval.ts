import { createHash } from 'node:crypto';
import type { Requirement } from '../desired.ts';
import { member } from '../observed.ts';
import type { KubernetesObject } from '../resource.ts';
import type { JsonValue } from '../schema.ts';
import type { Change } from './judge.ts';

/** Only approvers may write here; what this protects from is in DESIGN.md. */
export const approvalNamespace = 'aws-blueprints-approvals';

/** What an approval is for: a claim, or a composite that no claim made. */
export interface Subject {
  /** Kind of the claim, for instance RelationalDatabase, in both forms. */
  readonly kind: string;
  /** Empty where it has none. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * What an approval says, as the `data` of its ConfigMap: exactly one change of exactly one thing. `from` and `to` are
 * JSON, and empty where the spec leaves the field out.
 */
export interface ApprovalData {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly impact: string;
}

type Approvable = Pick<Change, 'field' | 'from' | 'to' | 'impact'>;

/** What an approval of a change must say. */
export const approvalData = ({ kind, namespace, name }: Subject, change: Approvable): ApprovalData => ({
  kind,
  namespace,
  name,
  field: change.field,
  from: canonical(change.from),
  to: canonical(change.to),
  impact: change.impact,
});

/** Sixteen hexadecimal digits of SHA-256 that no other change of this or another thing has. */
export const digestOf = (subject: Subject, change: Approvable): string =>
  createHash('sha256')
    .update(canonical({ ...approvalData(subject, change) }))
    .digest('hex')
    .slice(0, 16);

/** The ConfigMap by which a change is approved, as Crossplane is asked for it. */
export const approvalFor = (subject: Subject, change: Approvable): Requirement & { readonly namespace: string } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: approvalNamespace,
  // The digest alone tells approvals apart; the rest is for people, and is cut where a name must end.
  name: `${[subject.namespace, subject.name]
    .filter((part) => part !== '')
    .join('-')
    .slice(0, 200)}-${digestOf(subject, change)}`,
});

/** Which members of the data keep a ConfigMap from being an approval of this change, sorted; none if it is one. */
export function approvalFlaws(approval: KubernetesObject, subject: Subject, change: Approvable): string[] {
  const wanted = Object.entries(approvalData(subject, change));
  return wanted
    .filter(([key, value]) => member(approval.data, key) !== value)
    .map(([key]) => key)
    .sort();
}

/** How messages write what a spec has or leaves out. */
export const show = (value: JsonValue | undefined): string => (value === undefined ? 'nothing' : canonical(value));

/** JSON with sorted keys; empty for what is left out. */
export function canonical(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
