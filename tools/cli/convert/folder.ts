import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../../error.ts';

/** What every file says that we wrote, so that no other is overwritten. */
export const signature = 'Converted by aws-blueprints';

/** A folder that schemas are written to: each file whole or not at all, and each name once. */
export class Folder {
  readonly #path: string;
  readonly #writers = new Map<string, string>();
  readonly #folders = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  write(name: string, text: string, source: string): void {
    // Some file systems do not tell upper from lower case.
    const key = name.toLowerCase();
    const writer = this.#writers.get(key);
    if (writer !== undefined) {
      const remedy = 'leave one out, or tell them apart with --name-template';
      throw new CodedError('CONVERT_COLLISION', name, `already written from ${writer}`, remedy);
    }
    this.#writers.set(key, source);
    const path = join(this.#path, name);
    try {
      this.#replace(path, text);
    } catch (error) {
      if (error instanceof CodedError || !(error instanceof Error && 'code' in error)) throw error;
      throw new CodedError(
        'CONVERT_WRITE',
        path,
        `cannot be written (${error.code})`,
        'check the folder given by --out',
      );
    }
  }

  #replace(path: string, text: string): void {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    assertOurs(path);
    const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
}

function assertOurs(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  try {
    const head = Buffer.alloc(256);
    const length = readSync(file, head);
    if (head.toString('utf8', 0, length).includes(signature)) return;
  } finally {
    closeSync(file);
  }
  const remedy = 'move it away, or give another --out';
  throw new CodedError('CONVERT_NOT_OURS', path, 'a file that this command did not write', remedy);
}
