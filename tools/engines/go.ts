import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { EngineError, messageOf } from './error.ts';
import { fields, textOf } from './fields.ts';
import { run, tail } from './run.ts';

/** Settings under which every Go command runs: the same everywhere, so that Go's build cache serves them all. */
export const goEnvironment = {
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false -trimpath -mod=readonly',
  GOWORK: 'off',
} as const;

const install = 'install Go from https://go.dev/dl and put it on the PATH';

/** Check that a Go command good enough for `moduleDirectory` is on the PATH, and return its version. */
export async function requireGo(moduleDirectory: string): Promise<string> {
  const goMod = await readFile(join(moduleDirectory, 'go.mod'), 'utf8');
  const needed = /^go (\S+)/m.exec(goMod)?.[1] ?? '';
  const answer = await run('go', ['env', 'GOVERSION'], {
    cwd: moduleDirectory,
    env: goEnvironment,
    seconds: 300,
  }).catch((thrown: unknown) => {
    const seen = `no Go command to build it with (${messageOf(thrown)})`;
    const todo = `${install}: version ${needed} or newer`;
    throw new EngineError({ code: 'ENGINE_GO_MISSING', path: moduleDirectory, seen, todo, cause: thrown });
  });
  const version = answer.stdout.trim();
  if (answer.code === 0 && !olderThan(version.replace(/^go/, ''), needed)) return version;
  const own = await run('go', ['version'], { cwd: dirname(moduleDirectory), seconds: 60 });
  throw new EngineError({
    code: 'ENGINE_GO_VERSION',
    path: moduleDirectory,
    seen: `needs Go ${needed}, the one on the PATH is ${own.stdout.trim() || 'of an unknown version'}`,
    todo: `${install} (or allow Go to fetch its own newer self: GOTOOLCHAIN=auto)`,
  });
}

function olderThan(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (const [index, part] of (want ?? []).entries()) {
    const difference = (have?.[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** A Go module at an exact version, with the checksum that its content must have. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** As `go mod download -json` says it: `h1:` and a digest. */
  readonly sum: string;
}

/** The folder that holds a Go module's content, downloaded if need be; remembered, so that a second call needs no Go. */
export async function goModule(module: GoModule, cache = cacheDirectory()): Promise<string> {
  const record = join(cache, 'modules', `${module.path.replaceAll('/', '_')}@${module.version}.path`);
  const known = await readFile(record, 'utf8').catch(() => '');
  if (known !== '' && existsSync(known)) return known;
  await mkdir(dirname(record), { recursive: true });
  const directory = await download(module, dirname(record));
  await writeFile(record, directory);
  return directory;
}

async function download(module: GoModule, cwd: string): Promise<string> {
  const name = `${module.path}@${module.version}`;
  const fail = (seen: string, cause?: unknown) => {
    const todo = `check that Go is installed and its module proxy answers, then try: go mod download ${name}`;
    return new EngineError({ code: 'ENGINE_MODULE', path: name, seen, todo, cause });
  };
  const env = { ...goEnvironment, GOFLAGS: '' };
  const answer = await run('go', ['mod', 'download', '-json', name], { cwd, env, seconds: 900 }).catch(
    (thrown: unknown) => {
      throw fail(`cannot run Go (${messageOf(thrown)})`, thrown);
    },
  );
  if (answer.code !== 0) throw fail(`go mod download failed:${tail(answer.stdout + answer.stderr)}`);
  const told = fields(JSON.parse(answer.stdout));
  if (told.Sum !== module.sum) throw fail(`its checksum is ${told.Sum}, not ${module.sum}`);
  return textOf(told.Dir);
}
