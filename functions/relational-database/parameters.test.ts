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

test.each([
  ['max_connections', 'dynamic'],
  ['innodb_log_file_size', 'unknown'],
  ['autovacuum_max_workers', 'unknown'],
] as const)('MySQL: %s is %s', (name, effect) => {
  expect(effectOf(engines.mysql, '8.4', name)).toBe(effect);
  expect(effectOf(engines.mariadb, '11.4', name)).toBe(effect);
});

test('only what is known to be dynamic is applied at once', () => {
  expect((['dynamic', 'static', 'unknown'] as const).map(applyMethodOf)).toEqual([
    'immediate',
    'pending-reboot',
    'pending-reboot',
  ]);
});
