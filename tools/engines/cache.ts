import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from './error.ts';

const temporary = '.tmp-';

/** The folder in which built engines and extracted files are kept between runs. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.AWS_BLUEPRINTS_CACHE) return environment.AWS_BLUEPRINTS_CACHE;
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aws-blueprints');
}

/** Fill `target` (a folder) at once or not at all: under a temporary name, renamed when `fill` succeeds. */
export async function place(target: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const directory = `${target}${temporary}${process.pid}`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  try {
    await fill(directory);
    await rename(directory, target);
  } catch (thrown) {
    await rm(directory, { recursive: true, force: true });
    // Another process may have placed the same content meanwhile: the name is a digest of it.
    if (!existsSync(target)) throw thrown;
  }
}

/** Remove from a folder what runs that were broken off left there, whatever they were to place. */
export async function sweep(folder: string): Promise<void> {
  const leftovers = (await readdir(folder).catch(() => [])).filter((name) => {
    const [, pid] = name.split(temporary);
    return pid !== undefined && !alive(Number(pid));
  });
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Do `work` while no other process holds the lock file; a lock whose process is gone is taken over. */
export async function withLock<T>(file: string, seconds: number, work: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  await mkdir(dirname(file), { recursive: true });
  while (!(await tryLock(file))) {
    if (Date.now() > end) {
      const seen = `held by process ${await holder(file)} for more than ${seconds} s`;
      throw new EngineError({ code: 'ENGINE_LOCKED', path: file, seen, todo: 'wait for it, or remove the file' });
    }
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Take a lock file, which holds the number of its process; one whose process is gone counts as free. */
export async function tryLock(file: string): Promise<boolean> {
  const pid = await holder(file);
  if (pid > 0 && !alive(pid)) await rm(file, { force: true });
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

async function holder(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8').catch(() => '0'));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it runs, as somebody else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
