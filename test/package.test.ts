import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-pack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('npm pack gives a package whose command works from an empty folder, without any dependency', () => {
  npm('.', 'pack', '--pack-destination', folder);
  const [archive] = readdirSync(folder);
  if (archive === undefined) throw new Error('npm pack wrote nothing');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  npm(empty, 'install', '--offline', '--no-audit', '--no-fund', join(folder, archive));
  expect(readdirSync(join(empty, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['aws-blueprints']);
  cpSync('examples', join(empty, 'examples'), { recursive: true });
  const command = resolve(empty, 'node_modules/.bin/aws-blueprints');
  const output = execFileSync(command, ['render', 'examples/s3-irsa/claim.yaml', '-o', 'tree'], {
    cwd: empty,
    encoding: 'utf8',
  });
  expect(output).toContain('XS3IRSA invoices-');
  // The one command with a parser that is a file beside the bundle.
  writeFileSync(join(empty, 'main.tf'), 'variable "size" {\n  type = number\n}\n');
  const form = execFileSync(command, ['template', '--raw', 'main.tf'], { cwd: empty, encoding: 'utf8' });
  expect(form).toContain('size:\n    type: number\n');
  expect(execFileSync(command, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});
