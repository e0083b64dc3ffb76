import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, run, temporaryFolder } from './support/process.ts';

const command = (...args: string[]) =>
  run(process.execPath, [repository('node_modules/tsx/dist/cli.mjs'), repository('tools/package/main.ts'), ...args]);

test.each([
  ['a registry without a dot', ['--registry', 'localhost/acme'], /--registry.*invalid/],
  ['a registry without an organisation', ['--registry', 'ghcr.io'], /--registry.*invalid/],
  ['an architecture without a runtime', ['--arch', 's390x'], /no runtime for "s390x"; there are amd64, arm64/],
  ['a blueprint that does not exist', ['--only', 'nope'], /no blueprint "nope"; there are object-storage/],
  ['a version that is none', ['--package-version', 'latest'], /semantic version/],
])('%s is wrong usage, and nothing is written', async (_, args, message) => {
  const folder = temporaryFolder();
  const out = join(folder.path, 'packages');
  const { code, stderr } = await command(...args, '--out', out);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(existsSync(out)).toBe(false);
  folder.remove();
});

test('a folder that is there already is left as it is', async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await command('--out', folder.path);
  expect(stderr).toMatch(/^PACKAGE_EXISTS: .*; give another --out, or --force to replace it\n$/);
  expect(code).toBe(1);
  folder.remove();
});
