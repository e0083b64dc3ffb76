import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { type Letter, writeTable } from './parameter-table.ts';

interface Server {
  readonly version: string;
  readonly parameters: ReadonlyMap<string, Letter>;
}

/** Asks the server of a Debian release, run with the libraries of that release, what it takes while it runs. */
function serverOf(release: string, packageName: string): Server {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-parameters-'));
  try {
    const root = unpack(folder, release, packageName);
    const libraries = globSync('**/*.so*', { cwd: root, absolute: true });
    const loader = libraries.find((file) => file.endsWith('/ld-linux-x86-64.so.2')) ?? 'no loader';
    const path = [...new Set(libraries.map(dirname))].join(':');
    const run = (...flags: string[]): string =>
      execFileSync(loader, ['--library-path', path, join(root, 'usr/sbin/mariadbd'), '--no-defaults', ...flags], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const variables = join(folder, 'variables');
    run(...placeOf(folder, root), `--init-file=${queryInto(variables, folder)}`);
    return {
      version: / Ver ([\d.]+)/.exec(run('--version'))?.[1] ?? '',
      parameters: new Map(readFileSync(variables, 'utf8').trim().split('\n').map(parameterOf)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function queryInto(variables: string, folder: string): string {
  const file = join(folder, 'query.sql');
  const columns = 'LOWER(variable_name), read_only, variable_scope';
  const query = `SELECT ${columns} FROM information_schema.system_variables INTO OUTFILE '${variables}'`;
  writeFileSync(file, `${query};\nSHUTDOWN;\n`);
  return file;
}

const placeOf = (folder: string, root: string): string[] => [
  `--datadir=${join(folder, 'data')}`,
  `--socket=${join(folder, 'socket')}`,
  `--pid-file=${join(folder, 'pid')}`,
  `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
  '--user=root',
  '--skip-grant-tables',
  '--skip-networking',
];

/** What only a session has is no parameter of a server. */
function parameterOf(line: string): [string, Letter] {
  const [name = '', readOnly, scope] = line.split('\t');
  if (scope === 'SESSION ONLY') return [name, '-'];
  return [name, readOnly === 'YES' ? 's' : 'd'];
}

/** Unpacks a package and all that it depends on, from lists of packages that belong to nobody else. */
function unpack(folder: string, release: string, packageName: string): string {
  const root = join(folder, 'root');
  for (const made of ['root', 'data', 'packages', 'apt/lists/partial', 'apt/cache/archives/partial']) {
    mkdirSync(join(folder, made), { recursive: true });
  }
  const list = join(folder, 'sources.list');
  writeFileSync(list, `deb http://deb.debian.org/debian ${release} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State': join(folder, 'apt'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'apt/cache'),
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = (command: string, ...rest: string[]): string =>
    execFileSync(command, [...options, ...rest], { encoding: 'utf8', cwd: join(folder, 'packages'), stdio: 'pipe' });
  apt('apt-get', 'update');
  // Virtual packages are in angle brackets, and what a package is only recommended with is not important.
  const needed = apt('apt-cache', 'depends', '--recurse', '--important', packageName).match(/^\w[\w.+-]*$/gm) ?? [];
  apt('apt-get', 'download', ...new Set(needed));
  for (const file of globSync('*.deb', { cwd: join(folder, 'packages'), absolute: true })) {
    execFileSync('dpkg-deb', ['--extract', file, root]);
  }
  return root;
}

/** Between two versions that agree nothing else is thought possible; where they do not, nothing is known. */
function between(older: Server['parameters'], newer: Server['parameters']): Map<string, Letter> {
  const names = [...new Set([...older.keys(), ...newer.keys()])];
  return new Map(
    names.map((name) => {
      const letter = older.get(name);
      return [name, letter !== undefined && letter === newer.get(name) ? letter : '?'];
    }),
  );
}

const oldest = serverOf('bullseye', 'mariadb-server-core-10.5');
const middle = serverOf('bookworm', 'mariadb-server-core');
const newest = serverOf('trixie', 'mariadb-server-core');
const versions = [oldest, middle, newest].map(({ version }) => version).join(', ');
writeTable('mariadb', `information_schema.system_variables of the servers of Debian: ${versions}`, {
  '10.6': between(oldest.parameters, middle.parameters),
  '10.11': middle.parameters,
  '11.4': between(middle.parameters, newest.parameters),
  '11.8': newest.parameters,
});
