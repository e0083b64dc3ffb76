import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { policies } from '../../policies/policies.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { run } from '../../tools/engines/run.ts';

let gator: string;

beforeAll(async () => {
  const directoryOf = await requireEngines(['gator']);
  gator = join(directoryOf('gator'), 'gator');
}, 900_000);

const verify = (path: string) => run(gator, ['verify', path, '-v'], { seconds: 120 });
const passed = (output: string) => [...output.matchAll(/^ *--- PASS: (\S+)/gm)].map(([, name]) => name);

test.each(policies)('gator agrees with every case of $name', async ({ name, cases, badParameters }) => {
  const { code, stdout } = await verify(`policies/${name}`);
  expect(stdout).not.toContain('--- FAIL');
  expect(code).toBe(0);
  expect(passed(stdout)).toEqual(
    expect.arrayContaining([...cases.map((one) => one.name), ...Object.keys(badParameters)]),
  );
});

test('a rule that does not compile fails its suite, since every case says its message', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-policy-'));
  try {
    cpSync('policies/allowed-regions', folder, { recursive: true });
    const template = join(folder, 'template.yaml');
    writeFileSync(template, readFileSync(template, 'utf8').replace('variables.exempt ||', 'variables.nothing ||'));
    const { code, stdout } = await verify(folder);
    expect(code).not.toBe(0);
    expect(stdout).toContain('--- FAIL: deny');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
