import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, place, withLock } from '../../tools/engines/cache.ts';
import { run, tail } from '../../tools/engines/run.ts';

/**
 * The packages of a manifest, installed once beside the engines: the project itself does not need them. `complete` does
 * what installing without scripts leaves open.
 */
export async function packagesOf(manifest: string, complete: (folder: string) => Promise<void>): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(manifest))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheDirectory(), 'portal', version);
  // Files of tests run side by side: one of them installs, and the others wait for it.
  await withLock(`${folder}.lock`, 1800, async () => {
    if (existsSync(folder)) return;
    await place(folder, async (temporary) => {
      await copyFile(manifest, join(temporary, 'package.json'));
      await npm(temporary, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock');
      await complete(temporary);
    });
  });
  return folder;
}

/** Runs npm in a folder, and gives what it prints. */
export async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('npm', [...args], { cwd, seconds: 900 });
  if (code !== 0) throw new Error(`npm ${args[0]} ended with ${code}:${tail(stderr)}`);
  return stdout.trim();
}
