import type { Engine } from './engines.ts';
import postgresql from './postgresql-parameters.json' with { type: 'json' };

// A map, since a person may name a parameter as an object names its own members.
const postmaster: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(postgresql.static));
const dynamicPostgresql: ReadonlySet<string> = new Set(postgresql.dynamic);

/**
 * System variables of MySQL and MariaDB that are dynamic in every version that we offer, and that parameter groups
 * have. Sources: MySQL 8.0 and 8.4 reference manuals, "Dynamic System Variables", and MariaDB documentation, "Server
 * System Variables" (property "Dynamic"); reviewed 2026-11-23. What is not here counts as static, which is always safe.
 */
export const dynamicMysql: ReadonlySet<string> = new Set([
  'character_set_server',
  'collation_server',
  'event_scheduler',
  'general_log',
  'group_concat_max_len',
  'innodb_lock_wait_timeout',
  'interactive_timeout',
  'log_bin_trust_function_creators',
  'log_output',
  'long_query_time',
  'max_allowed_packet',
  'max_connections',
  'max_heap_table_size',
  'net_read_timeout',
  'net_write_timeout',
  'slow_query_log',
  'sql_mode',
  'time_zone',
  'tmp_table_size',
  'wait_timeout',
]);

/** What is known of when a parameter takes effect: while the server runs, when it starts, or nothing. */
export type Effect = 'dynamic' | 'static' | 'unknown';

/** When a parameter takes effect in a major version of an engine. */
export function effectOf({ proxyFamily }: Engine, major: string, name: string): Effect {
  if (proxyFamily === 'MYSQL') return dynamicMysql.has(name) ? 'dynamic' : 'unknown';
  if (postmaster.get(name)?.includes(major)) return 'static';
  return dynamicPostgresql.has(name) ? 'dynamic' : 'unknown';
}

/** How Amazon RDS is told: it refuses to apply a static parameter at once, and takes a dynamic one either way. */
export const applyMethodOf = (effect: Effect): 'immediate' | 'pending-reboot' =>
  effect === 'dynamic' ? 'immediate' : 'pending-reboot';
