import { expect, test } from 'vitest';
import { claimRows, extrapolated } from './claims.ts';

const figures = (name: string, objects: number) => ({
  name,
  claims: 10,
  objects,
  bytes: 1024 * objects,
  coreCalls: 100,
  providerCalls: 200,
  awsCalls: 50,
  corePoll: 0,
  providerPoll: 12,
  awsPoll: 6,
});
const result = { figures: [figures('cheap', 2), figures('dear', 20)], watches: { core: 1, provider: 2 }, kinds: 3 };

test('a row for each kind, one claim at a time', () => {
  const [heading, ...body] = claimRows(result);
  for (const row of body) expect(row).toHaveLength(heading?.length ?? 0);
  expect(body[1]).toEqual(['dear', '20.0', '20.0', '100', '200', '50', '0.0', '12.0', '6.0']);
});

test('many claims are as many times the dearest, divided among control planes', () => {
  const lines = extrapolated(result);
  expect(lines.join('\n')).toContain('`dear`');
  // 100 claims each: 2,000 objects; 1,200 calls and 600 calls to AWS in 600 s.
  expect(lines).toContain('| 10,000 on 100 | 2,000 | 0.0 | 2.0 | 1.0 |');
  expect(lines).toContain('| 50,000 on 1 | 1,000,000 | 1.0 | 1,000.0 | 500.0 |');
});
