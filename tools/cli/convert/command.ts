import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { CodedError } from '../../error.ts';
import {
  type ConvertOptions,
  convert,
  type Draft,
  drafts,
  type JsonSchema,
  type Note,
  type Selection,
  type Source,
  sourcesOf,
} from '../../openapi/index.ts';
import { toYaml } from '../output.ts';
import { Folder, signature } from './folder.ts';
import { expand, readDocuments } from './inputs.ts';
import { toJson } from './json.ts';
import { defaultTemplates, nameOf, templateOf } from './names.ts';
import { Progress } from './progress.ts';

/** The options of `convert`, as given on the command line. */
interface ConvertCommandOptions extends Selection {
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
interface Located {
  readonly source: Source;
  readonly file: string;
  /** For messages. */
  readonly place: string;
}

interface LocatedNote extends Note {
  readonly source: string;
}

/** Adds the command `convert`. */
export function addConvert(program: Command): void {
  program
    .command('convert')
    .description('Convert OpenAPI 3.0 and 3.1, CRDs and XRDs to JSON Schema that accepts what the API server accepts.')
    .argument('<input...>', 'files, folders or patterns; - for standard input')
    .addOption(
      new Option('--to <draft>', 'the draft to write, or the schema of a CRD as YAML')
        .choices([...drafts, 'structural'])
        .makeOptionMandatory(),
    )
    .option('--out <folder>', 'write a file for each schema; without it, one schema goes to standard output')
    .addOption(
      new Option('--select <pointer>', "one schema of an OpenAPI document, as '#/components/schemas/Name'").conflicts([
        'kind',
        'version',
        'allVersions',
      ]),
    )
    .option('--kind <kind>', 'only this kind of resource, or component')
    .option('--version <version>', 'this version instead of the first served')
    .option('--all-versions', 'every served version')
    .option('--closed', 'refuse unknown fields where the API server would drop them')
    .option('--inline', 'put what $ref points to in its place, instead of definitions')
    .option('--keep-extensions', 'keep keywords that begin with x-')
    .addOption(
      new Option('--unrepresentable <what>', 'what to do about constraints that the draft lacks')
        .choices(['report', 'error', 'ignore'])
        .default('report'),
    )
    .option('--report <file>', 'write everything that is not expressed, a line of JSON each')
    .option(
      '--name-template <path>',
      `names of the files below the folder (default: "${defaultTemplates.json}")`,
      templateOf,
    )
    .action(async (inputs: string[], options: ConvertCommandOptions, command: Command) => {
      const { to, closed, inline, keepExtensions } = options;
      if (to === 'structural' && (closed || inline || keepExtensions))
        command.error('error: --closed, --inline and --keep-extensions are for drafts of JSON Schema');
      if (!(await runConvert(inputs, options))) process.exitCode = 1;
    });
}

/** Runs `convert`: to files below `--out`, or one schema to standard output. False if anything failed. */
async function runConvert(inputs: readonly string[], options: ConvertCommandOptions): Promise<boolean> {
  const run = new Run(options);
  const { files, errors } = expand(inputs, options.out);
  for (const error of errors) run.fail(error.message);
  if (options.out === undefined) run.print(files);
  else await run.write(files, new Folder(options.out));
  run.finish(files.length);
  return run.failures === 0;
}

class Run {
  failures = 0;
  #schemas = 0;
  readonly #options: ConvertCommandOptions;
  readonly #counts = new Map<string, number>();
  readonly #notes: LocatedNote[] = [];

  constructor(options: ConvertCommandOptions) {
    this.#options = options;
  }

  fail(message: string): void {
    this.failures += 1;
    process.stderr.write(`${message}\n`);
  }

  async write(files: readonly string[], folder: Folder): Promise<void> {
    const progress = new Progress(files.length);
    for (const file of files) {
      await progress.step();
      for (const located of this.#sourcesIn(file)) {
        this.#attempt(located.place, () => {
          const { to, nameTemplate = to === 'structural' ? defaultTemplates.yaml : defaultTemplates.json } =
            this.#options;
          folder.write(nameOf(located.source, file, nameTemplate), this.#convert(located), located.place);
          this.#schemas += 1;
        });
      }
    }
    progress.clear();
  }

  print(files: readonly string[]): void {
    const all = files.flatMap((file) => this.#sourcesIn(file));
    const [only, ...more] = all;
    if (only === undefined) {
      if (this.failures === 0) this.fail(nothingFound(this.#options).message);
      return;
    }
    if (more.length > 0 || files.length > 1) {
      const places = all.slice(0, 5).map(({ place }) => place);
      const seen = `${all.length} schemas (${places.join('; ')}${all.length > 5 ? '; ...' : ''})`;
      const remedy = 'give --out for all of them, or choose one with --kind, --version or --select';
      this.fail(new CodedError('CONVERT_MANY', '--out', seen, remedy).message);
      return;
    }
    this.#attempt(only.place, () => {
      process.stdout.write(this.#convert(only));
      this.#schemas += 1;
    });
  }

  /** What a person wants to know beside the schemas; notes are listed where there are few, and counted otherwise. */
  finish(files: number): void {
    if (this.#options.report !== undefined) writeReport(this.#options.report, this.#notes);
    if (this.#options.out === undefined) {
      for (const { code, path, detail } of this.#notes)
        process.stderr.write(`${code}: ${path || '(root)'}: ${detail}\n`);
      return;
    }
    if (this.#schemas === 0 && this.failures === 0) this.fail(nothingFound(this.#options).message);
    const counts = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]) => `${count} ${code}`);
    const lines = [
      `${plural(files, 'file')}: ${plural(this.#schemas, 'schema')} written, ${plural(this.failures, 'error')}`,
      ...(counts.length > 0
        ? [`not expressed: ${counts.join(', ')}${this.#options.report ? '' : ' (--report lists them)'}`]
        : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }

  #sourcesIn(file: string): Located[] {
    const label = file === '-' ? 'standard input' : file;
    const found: Located[] = [];
    this.#attempt(undefined, () => {
      const documents = readDocuments(file);
      for (const [index, document] of documents.entries()) {
        const where = documents.length === 1 ? label : `${label} document ${index + 1}`;
        const { sources, errors } = sourcesOf(document, this.#options);
        for (const error of errors) this.fail(error.within(where).message);
        for (const source of sources) found.push({ source, file, place: `${where} ${titleOf(source)}`.trim() });
      }
    });
    return found;
  }

  #convert({ source, place }: Located): string {
    const { to, closed = false, keepExtensions = false, unrepresentable, inline, out } = this.#options;
    if (to === 'structural') {
      const { schema, notes } = convert(source.schema, { ...source.options, target: to, unrepresentable });
      this.#note(notes, place);
      return `${out === undefined ? '' : `# ${ours(source)}\n`}${toYaml(schema)}`;
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
    this.#note(notes, place);
    return toJson(out === undefined ? schema : signed(schema, source));
  }

  #note(notes: readonly Note[], source: string): void {
    if (this.#options.unrepresentable === 'ignore') return;
    for (const note of notes) {
      this.#counts.set(note.code, (this.#counts.get(note.code) ?? 0) + 1);
      if (this.#options.report !== undefined || this.#options.out === undefined) this.#notes.push({ source, ...note });
    }
  }

  /** A failure of one file or schema is told, and the others go on. */
  #attempt(place: string | undefined, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.fail((place === undefined ? error : error.within(place)).message);
    }
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

function nothingFound({ kind, version, select }: Selection): CodedError {
  const wanted = [kind, version, select].filter((one) => one !== undefined).join(' ');
  const seen = wanted === '' ? 'no schema in the input' : `no schema that is ${wanted}`;
  return new CodedError('CONVERT_NOTHING', 'input', seen, 'check what was chosen');
}

function writeReport(file: string, notes: readonly LocatedNote[]): void {
  try {
    writeFileSync(file, notes.map((note) => `${JSON.stringify(note)}\n`).join(''));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new CodedError('OUTPUT_UNWRITABLE', file, `cannot be written (${reason})`, 'name another file for --report');
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
