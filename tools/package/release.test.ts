import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import { functionProcess } from './build.ts';
import { nodePath } from './runtime.ts';

test('an image by Docker starts as the one of the packages does, and has what the build makes', () => {
  const text = readFileSync('tools/package/Dockerfile', 'utf8');
  const instruction = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  const [node, ...rest] = JSON.parse(instruction('ENTRYPOINT'));
  expect([`/${nodePath}`, ...rest]).toEqual(functionProcess.Entrypoint);
  // Where the base image has it; its tag says that it is of the same major version, and runs as nobody.
  expect(node).toBe('/nodejs/bin/node');
  const { node: pinned } = JSON.parse(readFileSync('tools/package/runtime.json', 'utf8'));
  expect(instruction('FROM')).toBe(`gcr.io/distroless/nodejs${pinned.version.split('.')[0]}-debian12:nonroot`);
  const ports = instruction('EXPOSE')
    .split(' ')
    .map((port) => `${port}/tcp`);
  expect(ports).toEqual(Object.keys(functionProcess.ExposedPorts));
  const copied = [...text.matchAll(/^COPY (\S+) /gm)].map(([, path = '']) => path);
  expect(copied.filter((path) => !existsSync(path) && !path.startsWith('dist/'))).toEqual([]);
});

test('the release runs commands that exist', () => {
  const { jobs } = Object(yaml.load(readFileSync('.github/workflows/release.yaml', 'utf8')));
  const runs: string[] = Object(jobs).release.steps.flatMap(({ run }: { run?: string }) => run ?? []);
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const names = runs.flatMap((run) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(scripts).toHaveProperty([name ?? '']);
  expect(runs).toContain('.ci/run');
  expect(existsSync('.ci/run')).toBe(true);
});

test.skipIf(!existsSync('.git'))('nothing that is built is committed', () => {
  expect(execFileSync('git', ['ls-files', '--cached', '--ignored', '--exclude-standard'], { encoding: 'utf8' })).toBe(
    '',
  );
});
