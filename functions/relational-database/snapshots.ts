import { ClusterSnapshot, Snapshot } from '../aws/index.ts';
import { known } from '../core/known.ts';
import type { ManagedKind } from '../core/managed.ts';
import { shortHash } from '../core/names.ts';
import { type Composed, composed, oneOf } from '../core/resource.ts';
import { cluster } from './cluster.ts';
import type { Database, DatabaseContext } from './context.ts';
import { instance } from './instance.ts';

export const snapshot = composed('snapshot-*', Snapshot);
export const clusterSnapshot = composed('cluster-snapshot-*', ClusterSnapshot);

type Asked = NonNullable<DatabaseContext['spec']['snapshots']>;

/**
 * Composes the snapshots that were asked for by name, and gives the identifiers of those that AWS has, oldest first.
 *
 * A snapshot outlives its claim and its name in the claim: it is composed as an orphan, which Crossplane can only let
 * go of. What is beyond `keep` loses that first, and is left out, which deletes it, when it is observed without.
 */
export function composeSnapshots(context: DatabaseContext, database: Database, { names, keep }: Asked): string[] {
  const { observed } = context;
  const asked = [...new Set(names)];
  const kept = asked.slice(-keep);
  const many: Composed<ManagedKind> = database.engine.cluster ? clusterSnapshot : snapshot;
  // Until AWS has every one that stays, none goes.
  const isTaken = kept.every((name) => observed.ready(oneOf(many, name)));
  return asked.flatMap((name) => {
    const one = oneOf(many, name);
    const isKept = kept.includes(name);
    if (!isKept && observed.get(one) === undefined) return [];
    const goes = isTaken && !isKept;
    if (goes && observed.isDeletable(one)) return [];
    const identifier = observed.externalName(one) ?? snapshotIdentifier(context, database, name);
    composeSnapshot(context, database, name, { externalName: identifier, orphan: !goes });
    return !goes && observed.ready(one) ? [identifier] : [];
  });
}

/** Of this database and no other one of the same name: the snapshot of an earlier one must not be taken for this. */
const snapshotIdentifier = ({ identity }: DatabaseContext, { identifier }: Database, name: string): string =>
  `${identifier}-${name}-${shortHash(identity.unique)}`;

function composeSnapshot(
  { desired }: DatabaseContext,
  { engine, region, identifier }: Database,
  name: string,
  options: { readonly externalName: string; readonly orphan: boolean },
): void {
  if (engine.cluster) {
    desired.managed(
      oneOf(clusterSnapshot, name),
      known({ region, dbClusterIdentifier: identifier, dbClusterSnapshotIdentifier: options.externalName }),
      { ...options, after: [cluster] },
    );
    return;
  }
  desired.managed(oneOf(snapshot, name), known({ region, dbInstanceIdentifier: identifier }), {
    ...options,
    after: [instance],
  });
}
