import { expect, test } from 'vitest';
import { microseconds, policyNotes, policyRows } from './policies.ts';

test('durations are read as Go writes them', () => {
  expect(['140ns', '9.5µs', '97.25ms', '1.5s', '1m2s'].map(microseconds)).toEqual([
    0.14, 9.5, 97_250, 1_500_000, 62_000_000,
  ]);
});

test('figures say what was measured', () => {
  const figures = { name: 'mine', engine: 'rego', objects: 3, compile: 2400, mean: 160.4, p95: 301 } as const;
  expect(policyRows([figures])[1]).toEqual(['mine', 'Rego', '3', '2', '160', '301']);
  const notes = policyNotes(
    [{ judge: 'native', seconds: 0.44 }],
    [{ what: 'a Bucket', p50: 7.11, p95: 10 }],
    'A machine',
  );
  expect(notes.slice(0, 2)).toEqual([
    'A machine. `aws-blueprints check` of a claim and what it composes, the whole command: 0.4 s (native).',
    'A dry-run request to a real API server, a Bucket: p50 7.1 ms, p95 10.0 ms.',
  ]);
});
