import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheDirectory } from '../../engines/cache.ts';
import { CodedError } from '../../error.ts';

/** Where a platform of a name keeps everything. */
export interface Place {
  readonly name: string;
  readonly state: string;
  /** What its supervisor tells of it. */
  readonly record: string;
  readonly logs: string;
  readonly supervisorLog: string;
}

/** The place of a platform, whether it is there or not. */
export function placeOf(name: string): Place {
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw new CodedError(
      'PLATFORM_NAME',
      `--name "${name}"`,
      'is no name',
      'use at most 40 characters of a-z, 0-9 and -',
    );
  }
  const state = join(folder(), name);
  const logs = join(state, 'log');
  return { name, state, record: join(state, 'platform.json'), logs, supervisorLog: join(logs, 'supervisor.log') };
}

/** The names of all platforms of which something is left in the cache. */
export async function knownNames(): Promise<string[]> {
  if (!existsSync(folder())) return [];
  const entries = await readdir(folder(), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function folder(): string {
  return resolve(cacheDirectory(), 'platforms');
}
