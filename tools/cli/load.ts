import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import yaml from 'js-yaml';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { CodedError, systemReasonOf } from '../error.ts';

/** A Kubernetes object and where it was read. */
export interface Document {
  /** File, and number of the document in it and of the item in a list, for messages. */
  readonly source: string;
  /** Where it begins; not of standard input. */
  readonly place?: Place;
  readonly object: KubernetesObject;
}

/** A file, and a line of it from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

const mebibyte = 1024 * 1024;

/** The API server takes no larger request body (kube-apiserver, MaxRequestBodyBytes). */
const maxBytes = 3 * mebibyte;

/** For what kubectl wrote: all objects of a kind in one List, which nobody sends to the API server as it is. */
export const listBytes = 512 * mebibyte;

/** YAML as Kubernetes reads it: no dates and no binary values, but merge keys. */
const mergeKey = new yaml.Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text) => text === '<<' });
const kubernetesSchema = yaml.CORE_SCHEMA.extend({ implicit: [mergeKey] });

/** As loadEach, when a single bad document makes the whole useless. */
export function load(path: string, limit = maxBytes): readonly Document[] {
  const { documents, errors } = loadEach(path, limit);
  if (errors[0] !== undefined) throw errors[0];
  return documents;
}

/**
 * Reads every document of a file, of all YAML and JSON files of a folder, or of standard input (`-`), and every item
 * of a List, as kubectl writes many objects. A document that is no Kubernetes object is an error of its own; what cannot be read or parsed at all is thrown.
 */
export const loadEach = (path: string, limit = maxBytes): Loaded => objectsOf(values(path, limit));

/** As loadEach, of a text that was read already. */
export const loadText = (text: Text): Loaded => objectsOf(parseDocuments(text));

interface Loaded {
  readonly documents: Document[];
  readonly errors: CodedError[];
}

function objectsOf(all: readonly Value[]): Loaded {
  const documents: Document[] = [];
  const errors: CodedError[] = [];
  for (const { source, place, value } of all.flatMap(itemsOf)) {
    if (isObject(value)) documents.push({ source, object: value, ...(place && { place }) });
    else
      errors.push(new CodedError('INPUT_NOT_AN_OBJECT', source, 'no apiVersion and kind', 'write a Kubernetes object'));
  }
  return { documents, errors };
}

/** A value that may or may not be a Kubernetes object. */
interface Value {
  readonly source: string;
  readonly place?: Place;
  readonly value: unknown;
  /** Lines of the objects within. */
  readonly lines: WeakMap<object, number>;
}

/** The items of a list, or the value alone. */
function itemsOf(list: Value): readonly Value[] {
  const { source, place, value, lines } = list;
  if (!isObject(value) || !value.kind.endsWith('List') || !Array.isArray(value.items)) return [list];
  return value.items.flatMap((item: unknown, index) => {
    const line = typeof item === 'object' && item !== null ? lines.get(item) : undefined;
    const itsPlace = place && { ...place, line: line ?? place.line };
    return itemsOf({ source: `${source} item ${index + 1}`, value: item, lines, ...(itsPlace && { place: itsPlace }) });
  });
}

function values(path: string, limit: number): readonly Value[] {
  if (path === '-') return parseDocuments({ source: 'standard input', bytes: readFileSync(0) }, limit);
  const kind = statOf(path);
  if (kind === 'file') return parseDocuments({ source: path, bytes: read(path), file: path }, limit);
  const files = readdirSync(path)
    .filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
    .sort();
  if (files.length === 0)
    throw new CodedError('INPUT_EMPTY', path, 'a folder without YAML or JSON files', 'name a file or another folder');
  return files.flatMap((name) => {
    const file = join(path, name);
    return parseDocuments({ source: file, bytes: read(file), file }, limit);
  });
}

function statOf(path: string): 'file' | 'folder' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    throw new CodedError('INPUT_MISSING', path, 'no such file or folder', 'check the path');
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CodedError(
      'INPUT_UNREADABLE',
      path,
      `cannot be read (${systemReasonOf(error)})`,
      'check its permissions',
    );
  }
}

/** A text and how messages name it; a file has lines to point at. */
export interface Text {
  readonly source: string;
  readonly bytes: Buffer;
  readonly file?: string;
}

/** The documents of a text, none of them null, all of a size that the API server takes unless a limit is given. */
export function parseDocuments({ source, bytes, file }: Text, limit = maxBytes): readonly Value[] {
  const most = `${limit / mebibyte} MiB`;
  const why = limit === maxBytes ? `the API server takes at most ${most}` : `at most ${most} are read`;
  const tooLarge = (place: string, seen: string, todo: string) => new CodedError('INPUT_TOO_LARGE', place, seen, todo);
  if (bytes.length > limit)
    throw tooLarge(source, `${(bytes.length / mebibyte).toFixed(1)} MiB`, `${why}; split the file`);
  // Without aliases, nothing is larger than its text.
  const expanded = Math.max(maxBytes, bytes.length);
  const { parsed, lines } = parseYaml(source, bytes.toString('utf8'));
  const documents = parsed.filter((document) => document !== undefined && document !== null);
  if (documents.length === 0)
    throw new CodedError('INPUT_EMPTY', source, 'no document', 'write at least one Kubernetes object');
  return documents.map((value, index) => {
    const named = documents.length === 1 ? source : `${source} document ${index + 1}`;
    if (sizeOf(value, expanded) > expanded) {
      const seen = `more than ${(expanded / mebibyte).toFixed(0)} MiB, or 200 levels, once aliases are expanded`;
      throw tooLarge(named, seen, 'write out what its aliases stand for, and split it');
    }
    const line = typeof value === 'object' ? (lines.get(value) ?? 1) : 1;
    return { source: named, value, lines, ...(file !== undefined && { place: { file, line } }) };
  });
}

/** Every document, and the line on which each object in them begins. */
function parseYaml(source: string, text: string): { parsed: readonly unknown[]; lines: WeakMap<object, number> } {
  const lines = new WeakMap<object, number>();
  const open: number[] = [];
  const listener = (event: yaml.EventType, { line, result }: yaml.State & { readonly result?: unknown }) => {
    if (event === 'open') {
      open.push(line + 1);
      return;
    }
    const begun = open.pop();
    if (begun !== undefined && typeof result === 'object' && result !== null) lines.set(result, begun);
  };
  try {
    return { parsed: yaml.loadAll(text, undefined, { schema: kubernetesSchema, listener }), lines };
  } catch (error) {
    // js-yaml descends by recursion.
    if (error instanceof RangeError)
      throw new CodedError('INPUT_SYNTAX', source, 'nested too deeply', 'correct the YAML');
    if (!(error instanceof yaml.YAMLException)) throw error;
    const { line, column } = error.mark;
    throw new CodedError('INPUT_SYNTAX', `${source}:${line + 1}:${column + 1}`, reasonOf(error), 'correct the YAML');
  }
}

/** Without the names of aliases and tags: a password that begins with * or ! and stands without quotes is one. */
const reasonOf = ({ reason }: yaml.YAMLException): string =>
  reason.replace(/(?<=alias |handle |characters: |malformed: ).*|(?<=!<)!.*(?=>)/s, '…');

/** Kubernetes objects are a dozen levels deep, and all that handles them descends by recursion. */
const maxDepth = 200;

/**
 * Characters of a value with its aliases expanded, given up at the limit: a few bytes of YAML can stand for any number
 * of values, or for themselves. Without aliases it is never more than the size of the file.
 */
function sizeOf(value: unknown, limit: number, depth = 0): number {
  if (depth > maxDepth) return Number.POSITIVE_INFINITY;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  for (const [key, member] of Object.entries(value)) {
    size += (Array.isArray(value) ? 0 : key.length) + sizeOf(member, limit - size, depth + 1);
    if (size > limit) break;
  }
  return size;
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'apiVersion' in value && typeof value.apiVersion === 'string' && 'kind' in value && typeof value.kind === 'string'
  );
}
