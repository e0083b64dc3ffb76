import type { Composition, Condition } from '../core/blueprint.ts';
import { Refusal } from '../core/errors.ts';
import { given, known } from '../core/known.ts';
import { cluster, composeCluster } from './cluster.ts';
import { type Database, type DatabaseContext, type DatabaseFacts, databaseOf } from './context.ts';
import { credentialsOf } from './credentials.ts';
import { composeInstance, instance } from './instance.ts';
import { effectOf } from './parameters.ts';
import { composeProxy } from './proxy.ts';
import { checkRestore, restored } from './restore.ts';
import { composeSnapshots } from './snapshots.ts';
import { checkWindows } from './windows.ts';

export function compose(context: DatabaseContext): Composition {
  const { spec, observed } = context;
  checkWindows(spec.backupWindow, spec.maintenanceWindow);
  const database = databaseOf(context, observed.parameter(instance, 'identifier') ?? observed.externalName(cluster));
  checkParameters(context, database);
  checkRestore(context, database, observed.observation(instance, 'engine') ?? observed.observation(cluster, 'engine'));
  const credentials = credentialsOf(context);
  const composeDatabase = database.engine.cluster ? composeCluster : composeInstance;
  const facts = composeDatabase(context, database, credentials);
  const { endpoint, readerEndpoint, port, databaseName, username, engineVersionActual, parameterGroup, storageGB } =
    facts;
  const { securityGroupId } = facts.network;
  const secretArn = credentials.password === undefined ? facts.secretArn : undefined;
  const proxyEndpoint = spec.proxy && composeProxy(context, database, facts, spec.proxy);
  return {
    status: {
      endpoint,
      readerEndpoint,
      port,
      databaseName,
      secretArn,
      engineVersionActual,
      parameterGroup,
      storageGB,
      securityGroupId,
      proxyEndpoint,
      snapshots: spec.snapshots && known(composeSnapshots(context, database, spec.snapshots)),
    },
    connection: {
      host: endpoint,
      endpoint,
      ...(readerEndpoint !== undefined && { readerHost: readerEndpoint }),
      ...(proxyEndpoint !== undefined && { proxyHost: proxyEndpoint }),
      port: given([port], (number) => String(number)),
      database: databaseName,
      username,
      ...(credentials.password !== undefined && { password: credentials.password }),
      ...(secretArn !== undefined && { secretArn }),
    },
    conditions: [
      deletable(context, facts),
      parametersKnown(context, database),
      ...restored(context, facts, observed.get(database.engine.cluster ? cluster : instance)),
    ],
  };
}

/** Refuses what the family of the parameter group is known to lack, which would keep the group from ever being made. */
function checkParameters({ spec }: DatabaseContext, { engine, major }: Database): void {
  const absent = Object.keys(spec.parameters ?? {}).filter((name) => effectOf(engine, major, name) === 'absent');
  const [name] = absent.sort();
  if (name === undefined) return;
  throw new Refusal('DATABASE_PARAMETER', `spec.parameters["${name}"]`, `is no parameter of ${engine.family}${major}`);
}

/** Says which parameters count as static only because no list has them. */
function parametersKnown({ spec }: DatabaseContext, { engine, major }: Database): Condition {
  const type = 'ParametersKnown';
  const unknown = Object.keys(spec.parameters ?? {}).filter((name) => effectOf(engine, major, name) === 'unknown');
  if (unknown.length === 0) {
    return { type, status: true, reason: 'Known', message: 'it is known of every parameter when it takes effect' };
  }
  const message = `no list has these, so they count as static and take effect when the database restarts: ${unknown.sort().join(', ')}`;
  return { type, status: false, reason: 'Unknown', message };
}

/** Says from the start what it takes to delete the database, since Crossplane stops asking once deletion has begun. */
function deletable({ spec }: DatabaseContext, { protected: protectedByAws }: DatabaseFacts): Condition {
  const type = 'Deletable';
  if (spec.resourceConfig.deletionPolicy === 'Orphan') {
    return { type, status: true, reason: 'Orphan', message: 'deletion leaves the database in AWS' };
  }
  if (spec.deletionProtection) {
    const message =
      'AWS refuses the deletion: set spec.deletionProtection to false first, and delete when this is True';
    return { type, status: false, reason: 'Protected', message };
  }
  if (protectedByAws) {
    return {
      type,
      status: false,
      reason: 'Unprotecting',
      message: 'AWS still protects the database; wait until this is True',
    };
  }
  const message = spec.skipFinalSnapshot ? 'deletion loses the data' : 'deletion takes a last snapshot first';
  return { type, status: true, reason: 'Unprotected', message };
}
