import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildBundles, repository, run, stackTrace, temporaryFolder } from './support/process.ts';

// A limit on the size of files stands in for a full disk: it needs no rights, and a write fails in the middle as well.
const blocks = 1;

const bundles = temporaryFolder();
let folder = temporaryFolder();
let cli = '';

beforeAll(async () => {
  cli = (await buildBundles(bundles.path)).cli;
});
beforeEach(() => {
  folder.remove();
  folder = temporaryFolder();
});
afterAll(() => {
  bundles.remove();
  folder.remove();
});

const onFullDisk = (...args: string[]) =>
  run('sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, cli, ...args]);

const definition = repository('xrds/claims/s3-irsa.yaml');

test.each([
  ['convert', definition, '--to', 'draft-07'],
  ['xrd', definition, '--group', 'a.io', '--kind', 'Thing'],
  ['template', definition],
  ['migrate', repository('test/migrate/claims.yaml'), '--to', 'namespaced'],
])('%s says what the disk said, and leaves nothing behind', async (...args) => {
  const out = join(folder.path, 'out');
  const { code, stderr } = await onFullDisk(...args, '--out', out);
  expect(stderr).toMatch(/^OUTPUT_UNWRITABLE: .*cannot be written \(EFBIG\); write to another folder\n$/m);
  expect(stderr).not.toMatch(stackTrace);
  const entries = readdirSync(out, { recursive: true, withFileTypes: true });
  expect({ code, files: entries.filter((entry) => entry.isFile()) }).toEqual({ code: 1, files: [] });
});
