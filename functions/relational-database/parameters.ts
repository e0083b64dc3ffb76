import type { Engine } from './engines.ts';
import mariadb from './mariadb-parameters.json' with { type: 'json' };
import mysql from './mysql-parameters.json' with { type: 'json' };
import postgresql from './postgresql-parameters.json' with { type: 'json' };

/**
 * For each parameter one letter for each version: d where the server takes it while it runs, s where it starts with it,
 * - where it has or sets no such one, ? where nobody looked. The files say which servers or manuals were read, and when.
 */
interface Table {
  readonly versions: readonly string[];
  readonly effects: ReadonlyMap<string, string>;
}

// A map, since a person may name a parameter as an object names its own members.
const tableOf = ({ versions, effects }: { versions: readonly string[]; effects: object }): Table => ({
  versions,
  effects: new Map(Object.entries(effects)),
});

const tables = { postgresql: tableOf(postgresql), mysql: tableOf(mysql), mariadb: tableOf(mariadb) };

/** Whose parameters an engine has. */
export type ParameterTable = keyof typeof tables;

/**
 * The lists that prove, by what only they have, that a parameter is of another engine. The one of MySQL is read from a
 * manual and has gaps, so what it lacks and MariaDB has may be MySQL's all the same.
 */
const foreign: Readonly<Record<ParameterTable, readonly ParameterTable[]>> = {
  postgresql: ['mysql', 'mariadb'],
  mysql: ['postgresql'],
  mariadb: ['mysql', 'postgresql'],
};

/**
 * What Amazon RDS may restart for, although MySQL and MariaDB would take it at once: TLS, the binary log and replication
 * (binlog_format of Aurora, tls_version), and a default for timestamps. To call a static parameter dynamic is an error,
 * to call a dynamic one static only a delay.
 */
const restartsOnRds =
  /^(admin_|binlog_|enforce_gtid|explicit_defaults_for_timestamp$|gtid|group_replication|master_|performance_schema|relay_|replica_|rpl_|slave_|source_|ssl_|tls_|wsrep_)/;

/** What is known of a parameter: effective while the server runs, when it starts, of no such version, or nothing. */
export type Effect = 'dynamic' | 'static' | 'absent' | 'unknown';

/** When a parameter takes effect in a major version of an engine. */
export function effectOf({ parameters }: Engine, major: string, asked: string): Effect {
  const name = asked.toLowerCase();
  const { versions, effects } = tables[parameters];
  const letters = effects.get(name);
  if (letters === undefined) return isForeign(parameters, name) ? 'absent' : 'unknown';
  const letter = letters[versions.indexOf(major)];
  if (letter === '-') return 'absent';
  if (letter === 'd') return parameters !== 'postgresql' && restartsOnRds.test(name) ? 'static' : 'dynamic';
  return letter === 's' ? 'static' : 'unknown';
}

/** The parameters that take effect at once: in every major version of an engine, and in some. */
export interface DynamicParameters {
  readonly always: readonly string[];
  /** The versions, by name. */
  readonly sometimes: Readonly<Record<string, readonly string[]>>;
}

export function dynamicParameters(engine: Engine): DynamicParameters {
  const names = [...tables[engine.parameters].effects.keys()];
  const versionsOf = (name: string) => engine.versions.filter((major) => effectOf(engine, major, name) === 'dynamic');
  const byName = names.map((name) => [name, versionsOf(name)] as const).filter(([, versions]) => versions.length > 0);
  const isAlways = (versions: readonly string[]) => versions.length === engine.versions.length;
  return {
    always: byName.filter(([, versions]) => isAlways(versions)).map(([name]) => name),
    sometimes: Object.fromEntries(byName.filter(([, versions]) => !isAlways(versions))),
  };
}

function isForeign(own: ParameterTable, name: string): boolean {
  if (own === 'mysql' && tables.mariadb.effects.has(name)) return false;
  return foreign[own].some((table) => tables[table].effects.has(name));
}

/** How Amazon RDS is told: it refuses to apply a static parameter at once, and takes a dynamic one either way. */
export const applyMethodOf = (effect: Effect): 'immediate' | 'pending-reboot' =>
  effect === 'dynamic' ? 'immediate' : 'pending-reboot';
