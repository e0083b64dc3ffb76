import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { managedKinds } from '../functions/aws/index.ts';
import { suites, unread } from './engines/provider-readers.ts';

const composed = managedKinds.map(({ service, kind }) => `${service}/${kind}`);
const read = Object.values(suites).flatMap((kinds) => Object.keys(kinds));

test('every kind that blueprints compose is read back from AWS, or it is said why not', () => {
  const told = new Set([...read, ...Object.keys(unread)]);
  const missing = composed.filter((kind) => !told.has(kind));
  expect(
    missing,
    'tell in test/engines/provider-readers.ts how AWS is asked for these, or why not and what stands in for it',
  ).toEqual([]);
});

test('nothing is told twice, or of a kind that nobody composes', () => {
  expect([...read, ...Object.keys(unread)].sort()).toEqual([...new Set(composed)].sort());
});

test('the files that read back, and those that stand in, are there', () => {
  const files = [
    ...Object.keys(suites).map((file) => `test/engines/${file}`),
    ...Object.values(unread).map(({ instead }) => instead),
  ];
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
