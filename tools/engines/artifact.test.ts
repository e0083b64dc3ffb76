import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Artifact, haveArtifact } from './artifact.ts';
import { EngineError } from './error.ts';

/** More than any process has. */
const noProcess = 2 ** 30;

let cache: string;
let builds: number;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'aws-blueprints-cache-'));
  builds = 0;
});
afterEach(() => rm(cache, { recursive: true }));

const artifact = (make: (directory: string) => Promise<void>): Artifact => ({
  engine: 'thing',
  version: 'v1',
  target: join(cache, 'engines', 'thing-v1'),
  program: 'thing',
  command: 'make thing',
  require: async () => {},
  make: async (directory) => {
    builds++;
    await make(directory);
  },
});
const good = () => artifact((directory) => writeFile(join(directory, 'thing'), 'whole'));
const have = (one: Artifact, build = true) => haveArtifact(one, { cache, build, log: () => {} });
const placed = () => readdir(join(cache, 'engines'));

test('it is built once, however many ask at the same time', async () => {
  const outcomes = await Promise.all([have(good()), have(good())]);
  expect(outcomes.map(({ state }) => state).sort()).toEqual(['built', 'reused']);
  expect(await have(good(), false)).toMatchObject({ state: 'reused' });
  expect(builds).toBe(1);
});

test('what a build that was killed left is neither used nor kept', async () => {
  const left = join(cache, 'engines', `thing-v1.tmp-${noProcess}`);
  await mkdir(left, { recursive: true });
  await writeFile(join(left, 'thing'), 'half');
  await mkdir(join(cache, 'engines', `thing-v0.tmp-${noProcess}`));
  await writeFile(join(cache, 'build.lock'), String(noProcess));
  expect(await have(good())).toMatchObject({ state: 'built' });
  expect(await placed()).toEqual(['thing-v1']);
  expect(await readFile(join(cache, 'engines', 'thing-v1', 'thing'), 'utf8')).toBe('whole');
});

test('what lacks its program is built again', async () => {
  await have(good());
  await rm(join(cache, 'engines', 'thing-v1', 'thing'));
  expect(await have(good(), false)).toMatchObject({ state: 'impossible', why: { code: 'ENGINE_MISSING' } });
  expect(await have(good())).toMatchObject({ state: 'built' });
  expect(await placed()).toEqual(['thing-v1']);
});

test('a build that fails is told, and leaves nothing', async () => {
  const why = new EngineError({ code: 'ENGINE_BUILD', path: 'thing', seen: 'no disk', todo: 'make room' });
  const bad = artifact(async (directory) => {
    await writeFile(join(directory, 'thing'), 'half');
    throw why;
  });
  expect(await have(bad)).toEqual({ engine: 'thing', version: 'v1', state: 'impossible', why });
  expect(await placed()).toEqual([]);
});
