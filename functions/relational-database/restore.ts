import { Refusal } from '../core/errors.ts';
import { parseArn } from '../core/iam.ts';
import type { Database, DatabaseContext } from './context.ts';

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
