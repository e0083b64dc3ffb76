import { CodedError } from '../../error.ts';
import {
  type ConvertOptions,
  convert,
  type Draft,
  type JsonSchema,
  type Note,
  type Selection,
  type Source,
  sourcesOf,
} from '../../openapi/index.ts';
import { toYaml } from '../output.ts';
import { signature } from './folder.ts';
import { readDocuments } from './inputs.ts';
import { toJson } from './json.ts';
import { defaultTemplates, nameOf } from './names.ts';

/** The options of `convert`, as given on the command line. */
export interface ConvertCommandOptions extends Selection {
  readonly to: Draft | 'structural';
  readonly out?: string;
  readonly closed?: boolean;
  readonly inline?: boolean;
  readonly keepExtensions?: boolean;
  readonly unrepresentable: NonNullable<ConvertOptions['unrepresentable']>;
  readonly nameTemplate?: string;
  readonly report?: string;
}

/** A schema found in a file. */
export interface Located {
  readonly source: Source;
  readonly file: string;
  /** For messages. */
  readonly place: string;
}

export interface LocatedNote extends Note {
  readonly source: string;
}

/** A schema that is converted, and the path of its file below the folder of the output. */
export interface Converted {
  readonly name: string;
  readonly text: string;
  readonly place: string;
  readonly notes: readonly LocatedNote[];
}

/** The message of what failed. */
export interface Failure {
  readonly failure: string;
}

export const isFailure = (one: object): one is Failure => 'failure' in one;

/** What a file gives, in its order. */
export function convertFile(file: string, options: ConvertCommandOptions): (Converted | Failure)[] {
  return sourcesIn(file, options).map((one) => (isFailure(one) ? one : convertLocated(one, options)));
}

/** The schemas in a file, beside what failed of it. */
export function sourcesIn(file: string, options: Selection): (Located | Failure)[] {
  const label = file === '-' ? 'standard input' : file;
  const found = attempt(undefined, () => {
    const documents = readDocuments(file);
    return documents.flatMap((document, index) => {
      const where = documents.length === 1 ? label : `${label} document ${index + 1}`;
      const { sources, errors } = sourcesOf(document, options);
      const located = sources.map((source) => ({ source, file, place: `${where} ${titleOf(source)}`.trim() }));
      return [...errors.map((error) => ({ failure: error.within(where).message })), ...located];
    });
  });
  return [found].flat();
}

/** The text of a schema's file, or why there is none. */
export function convertLocated({ source, file, place }: Located, options: ConvertCommandOptions): Converted | Failure {
  const { to, unrepresentable, nameTemplate } = options;
  const template = nameTemplate ?? (to === 'structural' ? defaultTemplates.yaml : defaultTemplates.json);
  return attempt(place, () => {
    const { text, notes } = textOf(source, options);
    const told = unrepresentable === 'ignore' ? [] : notes.map((note) => ({ source: place, ...note }));
    return { name: nameOf(source, file, template), text, place, notes: told };
  });
}

function textOf(source: Source, options: ConvertCommandOptions): { text: string; notes: readonly Note[] } {
  const { to, closed = false, keepExtensions = false, unrepresentable, inline, out } = options;
  if (to === 'structural') {
    const { schema, notes } = convert(source.schema, { ...source.options, target: to, unrepresentable });
    return { text: `${out === undefined ? '' : `# ${ours(source)}\n`}${toYaml(schema)}`, notes };
  }
  const { schema, notes } = convert(source.schema, {
    ...source.options,
    target: to,
    closed: closed && source.prunes,
    keepDefaults: true,
    keepExtensions,
    unrepresentable,
    references: inline ? 'inline' : 'definitions',
  });
  return { text: toJson(out === undefined ? schema : signed(schema, source)), notes };
}

function attempt<T>(place: string | undefined, action: () => T): T | Failure {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { failure: (place === undefined ? error : error.within(place)).message };
  }
}

/** Beside what `$comment` says already, that the file is ours and what it describes. */
function signed(schema: JsonSchema, source: Source): JsonSchema {
  const { $schema, $comment, ...rest } = schema;
  const mark = ours(source);
  return { ...($schema !== undefined && { $schema }), $comment: $comment ? `${mark}\n${$comment}` : mark, ...rest };
}

function ours(source: Source): string {
  const title = titleOf(source).replaceAll(/\s+/g, ' ');
  return `${signature}${title === '' ? '' : ` from ${title}`}.`;
}

function titleOf({ group, version, kind, options }: Source): string {
  return options.resource ? `${group}/${version} ${kind}` : kind;
}
