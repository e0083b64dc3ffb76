import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import yaml from 'js-yaml';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { CodedError } from '../error.ts';

/** A Kubernetes object and where it was read. */
export interface Document {
  /** File and number of the document in it, for messages. */
  readonly source: string;
  readonly object: KubernetesObject;
}

/** The API server takes no larger request body (kube-apiserver, MaxRequestBodyBytes). */
const maxBytes = 3 * 1024 * 1024;

/** YAML as Kubernetes reads it: no dates and no binary values, but merge keys. */
const mergeKey = new yaml.Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text) => text === '<<' });
const kubernetesSchema = yaml.CORE_SCHEMA.extend({ implicit: [mergeKey] });

/** Reads every document of a file, of all YAML and JSON files of a folder, or of standard input (`-`). */
export function load(path: string): readonly Document[] {
  if (path === '-') return parse('standard input', readFileSync(0));
  const kind = statOf(path);
  if (kind === 'file') return parse(path, read(path));
  const files = readdirSync(path)
    .filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
    .sort();
  if (files.length === 0)
    throw new CodedError('INPUT_EMPTY', path, 'a folder without YAML or JSON files', 'name a file or another folder');
  return files.flatMap((name) => parse(join(path, name), read(join(path, name))));
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
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new CodedError('INPUT_UNREADABLE', path, `cannot be read (${reason})`, 'check its permissions');
  }
}

function parse(source: string, bytes: Buffer): readonly Document[] {
  if (bytes.length > maxBytes) {
    const size = (bytes.length / 1024 / 1024).toFixed(1);
    throw new CodedError(
      'INPUT_TOO_LARGE',
      source,
      `${size} MiB`,
      'the API server takes at most 3 MiB; split the file',
    );
  }
  const documents = parseYaml(source, bytes.toString('utf8')).filter(
    (document) => document !== undefined && document !== null,
  );
  if (documents.length === 0)
    throw new CodedError('INPUT_EMPTY', source, 'no document', 'write at least one Kubernetes object');
  return documents.map((document, index) => {
    const place = documents.length === 1 ? source : `${source} document ${index + 1}`;
    return { source: place, object: asObject(document, place) };
  });
}

function parseYaml(source: string, text: string): readonly unknown[] {
  try {
    return yaml.loadAll(text, undefined, { schema: kubernetesSchema });
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const { line, column } = error.mark;
    throw new CodedError('INPUT_SYNTAX', `${source}:${line + 1}:${column + 1}`, error.reason, 'correct the YAML');
  }
}

function asObject(document: unknown, place: string): KubernetesObject {
  const { apiVersion, kind } = (typeof document === 'object' && document !== null ? document : {}) as Record<
    string,
    unknown
  >;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new CodedError('INPUT_NOT_AN_OBJECT', place, 'no apiVersion and kind', 'write a Kubernetes object');
  }
  return document as KubernetesObject;
}
