import { expect, test } from 'vitest';
import { engines } from './engines.ts';
import { applyMethodOf, effectOf } from './parameters.ts';

// Each from the PostgreSQL documentation, "Server Configuration": what needs a restart, and since when it does not.
test.each([
  ['16', 'max_connections', 'static'],
  ['16', 'shared_buffers', 'static'],
  ['16', 'work_mem', 'dynamic'],
  ['17', 'autovacuum_max_workers', 'static'],
  ['18', 'autovacuum_max_workers', 'dynamic'],
  ['16', 'rds.logical_replication', 'unknown'],
  ['16', 'constructor', 'unknown'],
] as const)('PostgreSQL %s: %s is %s', (major, name, effect) => {
  expect(effectOf(engines.postgres, major, name)).toBe(effect);
  expect(effectOf(engines['aurora-postgresql'], major, name)).toBe(effect);
});

// From the manuals and servers that the lists name.
test.each([
  ['mysql', '8.0', 'max_connections', 'dynamic'],
  ['mysql', '8.4', 'innodb_buffer_pool_size', 'dynamic'],
  ['mysql', '8.4', 'innodb_ft_min_token_size', 'static'],
  ['mysql', '8.0', 'default_authentication_plugin', 'static'],
  ['mysql', '8.4', 'default_authentication_plugin', 'absent'],
  ['mysql', '8.4', 'work_mem', 'absent'],
  ['mysql', '8.4', 'tls_version', 'unknown'],
  ['mysql', '8.4', 'server_audit_logging', 'unknown'],
  ['aurora-mysql', '8.0', 'binlog_format', 'static'],
  ['aurora-mysql', '8.0', 'aurora_parallel_query', 'unknown'],
  ['mariadb', '10.11', 'slow_query_log', 'dynamic'],
  ['mariadb', '10.6', 'innodb_log_file_size', 'unknown'],
  ['mariadb', '11.8', 'innodb_log_file_size', 'dynamic'],
  ['mariadb', '11.8', 'innodb_change_buffering', 'absent'],
  ['mariadb', '11.4', 'innodb_redo_log_capacity', 'absent'],
  ['postgres', '16', 'timezone', 'dynamic'],
  ['postgres', '16', 'TimeZone', 'dynamic'],
  ['postgres', '17', 'io_method', 'absent'],
  ['postgres', '18', 'io_method', 'static'],
  ['postgres', '16', 'innodb_buffer_pool_size', 'absent'],
] as const)('%s %s: %s is %s', (engine, major, name, effect) => {
  expect(effectOf(engines[engine], major, name)).toBe(effect);
});

test('every version of every engine is in its list', () => {
  for (const engine of Object.values(engines)) {
    for (const major of engine.versions) expect(effectOf(engine, major, 'max_connections')).not.toBe('unknown');
  }
});

test('only what is known to be dynamic is applied at once', () => {
  expect((['dynamic', 'static', 'absent', 'unknown'] as const).map(applyMethodOf)).toEqual([
    'immediate',
    'pending-reboot',
    'pending-reboot',
    'pending-reboot',
  ]);
});
