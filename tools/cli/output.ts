import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { CodedError } from '../error.ts';

/** A file to write, by its path in the folder of the output. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
  /** What the first lines of an earlier output say, which may be replaced; without it, there must be no such file. */
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
  const places = files.map((file) => ({ ...file, to: join(folder, file.path), draft: '' }));
  for (const { to, mark } of places) attempt(to, () => assertReplaceable(to, mark));
  try {
    for (const place of places) {
      place.draft = `${place.to}.tmp-${process.pid}`;
      attempt(place.to, () => writeIntoFolder(place.draft, place.text));
    }
    for (const { to, draft } of places) attempt(to, () => renameSync(draft, to));
  } catch (error) {
    for (const { draft } of places) if (existsSync(draft)) rmSync(draft);
    throw error;
  }
}

/** How much of a file its mark is looked for in. */
const headBytes = 512;

function assertReplaceable(path: string, mark: string | undefined): void {
  // An error for each file that is new, with its stack, would take as long as the file.
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    const length = readSync(file, head);
    if (mark !== undefined && head.toString('utf8', 0, length).includes(mark)) return;
  } finally {
    closeSync(file);
  }
  throw new CodedError('OUTPUT_FOREIGN', path, 'exists already', 'move it, or write to another folder');
}

function writeIntoFolder(path: string, text: string): void {
  // Asking is ten times as fast as making what is there.
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What the file system refuses, as an error of the command. */
function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const reason = codeOf(error);
    if (error instanceof CodedError || reason === undefined) throw error;
    throw new CodedError('OUTPUT_UNWRITABLE', path, `cannot be written (${reason})`, 'write to another folder');
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
