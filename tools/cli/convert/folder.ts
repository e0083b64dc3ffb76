import { CodedError } from '../../error.ts';
import { writeFiles } from '../output.ts';

/** What every file says that we wrote, so that no other is overwritten. */
export const signature = 'Converted by aws-blueprints';

/** A folder that schemas are written to, each name once. */
export class Folder {
  readonly #path: string;
  readonly #writers = new Map<string, string>();

  constructor(path: string) {
    this.#path = path;
  }

  write(path: string, text: string, source: string): void {
    // Some file systems do not tell upper from lower case.
    const key = path.toLowerCase();
    const writer = this.#writers.get(key);
    if (writer !== undefined) {
      const remedy = 'leave one out, or tell them apart with --name-template';
      throw new CodedError('CONVERT_COLLISION', path, `already written from ${writer}`, remedy);
    }
    this.#writers.set(key, source);
    writeFiles(this.#path, [{ path, text, mark: signature }]);
  }
}
