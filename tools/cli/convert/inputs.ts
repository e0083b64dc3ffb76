import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import yaml from 'js-yaml';
import { globSync } from 'tinyglobby';
import { CodedError, systemReasonOf } from '../../error.ts';

/** How files end that are taken from a folder. */
export const documentEndings: readonly string[] = ['.yaml', '.yml', '.json'];

/** The files of the inputs, and what is wrong with the rest. */
interface Expanded {
  readonly files: readonly string[];
  readonly errors: readonly CodedError[];
}

/**
 * The files that inputs stand for, each once: a file, a folder with all that is below it, a pattern, or `-` for
 * standard input. What lies in `out` is left out, since it was written from the others.
 */
export function expand(inputs: readonly string[], out: string | undefined, endings = documentEndings): Expanded {
  const files = new Set<string>();
  const errors: CodedError[] = [];
  const isOutput = (file: string) => out !== undefined && !relative(resolve(out), resolve(file)).startsWith('..');
  for (const input of inputs) {
    const found = filesOf(input, endings);
    if (found.length === 0) errors.push(nothing(input, endings));
    for (const file of found) if (file === input || !isOutput(file)) files.add(file);
  }
  return { files: [...files], errors };
}

function filesOf(input: string, endings: readonly string[]): string[] {
  if (input === '-') return [input];
  const kind = statSync(input, { throwIfNoEntry: false });
  if (kind?.isDirectory()) {
    const below = readdirSync(input, { recursive: true, encoding: 'utf8' });
    const named = below.filter((name) => endings.includes(extname(name)));
    return named.map((name) => join(input, name)).sort();
  }
  if (kind) return [input];
  return globSync(input, { expandDirectories: false, absolute: input.startsWith('/') }).sort();
}

function nothing(input: string, endings: readonly string[]): CodedError {
  const exists = statSync(input, { throwIfNoEntry: false }) !== undefined;
  const seen = `a folder without files of ${endings.join(', ')}`;
  if (exists) return new CodedError('INPUT_EMPTY', input, seen, 'name another folder');
  return new CodedError(
    'INPUT_MISSING',
    input,
    'no such file or folder, and no file of that pattern',
    'check the path',
  );
}

/** The documents of a file. */
export function readDocuments(file: string): readonly unknown[] {
  const text = readText(file);
  const documents = parse(text, file);
  const refused = documents.find((document) => hasAliases(text) && !isBounded(document));
  if (refused !== undefined) {
    const seen = `more than ${mostValues} values, or ${mostLevels} levels, once aliases are expanded`;
    throw new CodedError('INPUT_TOO_LARGE', file, seen, 'write out what its aliases stand for');
  }
  if (documents.length === 0) throw new CodedError('INPUT_EMPTY', file, 'no document', 'write at least one schema');
  return documents;
}

/** The text of a file, or of standard input. */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CodedError(
      'INPUT_UNREADABLE',
      file,
      `cannot be read (${systemReasonOf(error)})`,
      'check what it is and who may read it',
    );
  }
}

function parse(text: string, file: string): readonly unknown[] {
  const json = parseJson(text);
  if (json !== undefined) return [json];
  try {
    const documents: unknown[] = yaml.loadAll(text, undefined, { schema });
    return documents.filter((document) => document !== undefined && document !== null);
  } catch (error) {
    // js-yaml descends by recursion.
    if (error instanceof RangeError)
      throw new CodedError('INPUT_SYNTAX', file, 'nested too deeply', 'correct the YAML');
    if (!(error instanceof yaml.YAMLException)) throw error;
    const { line, column } = error.mark;
    throw new CodedError('INPUT_SYNTAX', `${file}:${line + 1}:${column + 1}`, error.reason, 'correct the YAML');
  }
}

/** Ten times as fast as reading it as YAML; what is no JSON, or has numbers of too many digits, is read as that. */
function parseJson(text: string): unknown {
  if (!/^\s*\{/.test(text) || /[[:,]\s*-?\d{16}/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const mergeKey = new yaml.Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text) => text === '<<' });
/** Whole numbers keep their digits: those that a double can't hold become bigint. */
const integer = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text) => typeof text === 'string' && /^(?:[-+]?(?:0|[1-9]\d*)|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(text),
  construct: (text: string) => {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text.replace('+', ''));
  },
});
const schema = yaml.CORE_SCHEMA.extend({ implicit: [integer, mergeKey] });

/** Far above the largest document seen (13 MB, 1 million values), far below what memory holds. */
const mostValues = 10_000_000;
const mostLevels = 500;

/** Whether something in the text may be an anchor, which aliases need; searched by hand, since most files have none. */
function hasAliases(text: string): boolean {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (/^(?:[\s[{,:-]|)&[^\s&]/.test(text.slice(Math.max(0, at - 1), at + 2))) return true;
  }
  return false;
}

/** A few bytes of YAML can stand for any number of values, or for themselves. */
function isBounded(document: unknown): boolean {
  let left = mostValues;
  const walk = (value: unknown, depth: number): boolean => {
    if (depth > mostLevels || --left < 0) return false;
    if (typeof value !== 'object' || value === null) return true;
    return Object.values(value).every((member) => walk(member, depth + 1));
  };
  return walk(document, 0);
}
