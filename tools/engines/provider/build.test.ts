import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { managedKinds } from '../../../functions/aws/index.ts';
import { buildProvider } from './build.ts';
import { planProvider } from './plan.ts';
import { havePython } from './python.ts';
import { buildSimulators } from './simulators.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'aws-blueprints-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

test('what the cache lacks is named, with the command that builds it, when nothing may be built', async () => {
  const outcomes = [
    await buildProvider({ kinds: managedKinds, cache, build: false }),
    ...(await buildSimulators({ cache, build: false })),
  ];
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ state: 'impossible', why: { code: 'ENGINE_MISSING', path: outcome.engine } });
  }
  expect(await readdir(cache)).toEqual([]);
});

test('without Python it is said what to install', async () => {
  vi.stubEnv('PATH', cache);
  for (const outcome of await buildSimulators({ cache })) {
    expect(outcome).toMatchObject({ state: 'impossible', why: { code: 'PYTHON_MISSING' } });
    expect(outcome.state === 'impossible' && outcome.why.message).toContain('apt install python3-venv');
  }
});

test('a Python that is too old or too new, or without venv, is told apart', async () => {
  vi.stubEnv('PATH', `${cache}:${process.env.PATH}`);
  const program = { name: 'some', version: '1', requirements: 'moto.txt', python: [3, 11], below: [3, 14] } as const;
  const whyOf = async (script: string) => {
    await writeFile(join(cache, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const outcome = await havePython(program, { cache, build: false, log: () => {} });
    return outcome.state === 'impossible' ? outcome.why.message : outcome.state;
  };
  expect(await whyOf('echo /usr/bin/python3 3 9 2')).toContain('the python3 on the PATH is 3.9');
  expect(await whyOf('echo /usr/bin/python3 3 14 0')).toMatch(
    /PATH is 3\.14; .* 3\.11 or newer, but older than 3\.14$/,
  );
  expect(await whyOf('echo /usr/bin/python3 3 13 9')).toContain('ENGINE_MISSING');
  expect(await whyOf('echo No module named ensurepip >&2; exit 1')).toContain('No module named ensurepip');
});

test('without Go it is said what to install', async () => {
  vi.stubEnv('PATH', cache);
  const outcome = await buildProvider({ kinds: managedKinds, cache });
  expect(outcome).toMatchObject({ state: 'impossible', why: { code: 'ENGINE_MODULE' } });
  expect(outcome.state === 'impossible' && outcome.why.message).toContain('check that Go is installed');
});

test('a kind that the provider lacks is named', async () => {
  await mkdir(join(cache, 'apis'));
  await expect(planProvider(cache, [{ service: 's3', kind: 'Bukket' }])).rejects.toMatchObject({
    code: 'PROVIDER_SOURCE',
    path: 'internal/controller/cluster/s3/bukket',
  });
});
