import { expect, test } from 'vitest';
import { median, percentile, spread } from './statistics.ts';

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_value, index) => 100 - index);
  expect([1, 50, 95, 99, 100].map((percent) => percentile(values, percent))).toEqual([1, 50, 95, 99, 100]);
  expect(percentile([7], 50)).toBe(7);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
  expect(median([3])).toBe(3);
});

test('spread is relative to the median', () => {
  expect(spread([2, 2, 2])).toBe(0);
  expect(spread([8, 9, 10, 11, 12])).toBeCloseTo(0.2);
});
