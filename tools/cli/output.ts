import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { CodedError } from '../error.ts';

/** A file to write, by its path in the folder of the output. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
  /** How a file begins that may be replaced, as it is an earlier output; without it, there must be none. */
  readonly mark?: string;
}

/** Numbers that a double can't hold are read as bigint and written with all their digits. */
const bigInteger = new yaml.Type('tag:aws-blueprints:bigint', {
  kind: 'scalar',
  resolve: () => false,
  predicate: (value) => typeof value === 'bigint',
  represent: (value) => String(value),
});
const schema = yaml.DEFAULT_SCHEMA.extend({ implicit: [bigInteger] });

/** An object as YAML, the same every time. */
export const toYaml = (object: object): string => yaml.dump(object, { noRefs: true, lineWidth: -1, schema });

/**
 * Writes files into a folder, all or, where one of them cannot be, none. What is there already and is not an earlier
 * output is somebody's own work.
 */
export function writeFiles(folder: string, files: readonly OutputFile[]): void {
  for (const { path, mark } of files) checkOurs(join(folder, path), mark);
  const temporary = files.map(({ path, text }) => {
    const to = join(folder, path);
    const from = `${to}.tmp-${process.pid}`;
    attempt(to, () => {
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(from, text);
    });
    return { from, to };
  });
  for (const { from, to } of temporary) attempt(to, () => renameSync(from, to));
}

function checkOurs(path: string, mark: string | undefined): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return;
    throw unwritable(path, error);
  }
  if (mark === undefined || !text.startsWith(mark)) {
    throw new CodedError('OUTPUT_FOREIGN', path, 'exists already', 'move it, or write to another folder');
  }
}

function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): CodedError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return new CodedError('OUTPUT_UNWRITABLE', path, `cannot be written (${reason})`, 'write to another folder');
}
