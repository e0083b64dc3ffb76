import type { Condition } from '../core/blueprint.ts';
import { Refusal } from '../core/errors.ts';
import { parseArn } from '../core/iam.ts';
import { isKnown } from '../core/known.ts';
import { member } from '../core/observed.ts';
import type { KubernetesObject } from '../core/resource.ts';
import type { Database, DatabaseContext, DatabaseFacts } from './context.ts';

/**
 * Refuses a source of another region, which its ARN tells, or engine. That only AWS knows: it refuses to restore a
 * snapshot as an engine that cannot read it, and restores a point in time as whatever the source is, which shows when the
 * database exists.
 */
export function checkRestore({ spec }: DatabaseContext, { region }: Database, actualEngine: unknown): void {
  if (spec.restore === undefined) return;
  const { snapshotIdentifier = '' } = spec.restore;
  const snapshot = parseArn(snapshotIdentifier);
  if (snapshot !== undefined && snapshot.region !== region) {
    throw new Refusal('RESTORE_SOURCE', 'spec.restore', `is ${snapshotIdentifier} for a database in ${region}`);
  }
  if (typeof actualEngine !== 'string' || actualEngine === spec.engine) return;
  const saw = `gave a database of ${actualEngine}, and spec.engine is ${spec.engine}`;
  throw new Refusal('RESTORE_SOURCE', 'spec.restore', saw);
}

/** Says how the restore goes, in AWS's own words where it refuses; nothing for a database that begins empty. */
export function restored(
  { spec }: DatabaseContext,
  facts: DatabaseFacts,
  made: KubernetesObject | undefined,
): Condition[] {
  if (spec.restore === undefined) return [];
  const type = 'Restored';
  if (isKnown(facts.endpoint)) {
    return [{ type, status: true, reason: 'Restored', message: 'the database began with the data of its source' }];
  }
  const refused = refusalOf(made);
  if (refused === undefined) {
    return [{ type, status: false, reason: 'Restoring', message: 'AWS has not made the database yet' }];
  }
  const { message } = new Refusal('RESTORE_SOURCE', 'spec.restore', `is refused by AWS (${refused})`);
  return [{ type, status: false, reason: 'Refused', message }];
}

/** What AWS last answered, without the id of the request, which differs each time (smithy-go, OperationError). */
function refusalOf(made: KubernetesObject | undefined): string | undefined {
  const conditions = member(made?.status, 'conditions');
  const messages = Array.isArray(conditions)
    ? conditions.map((one) => member(one, 'message')).filter((message) => typeof message === 'string')
    : [];
  return messages.map((message) => /\bapi error (\w+: [^\n[\]{}]*[^\s[\]{}.])/.exec(message)?.[1]).find(Boolean);
}
