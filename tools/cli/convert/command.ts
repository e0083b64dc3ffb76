import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { CodedError, systemReasonOf } from '../../error.ts';
import { drafts, type Selection } from '../../openapi/index.ts';
import {
  type ConvertCommandOptions,
  type Converted,
  convertLocated,
  type Failure,
  isFailure,
  type Located,
  type LocatedNote,
  sourcesIn,
} from './file.ts';
import { Folder } from './folder.ts';
import { expand } from './inputs.ts';
import { defaultTemplates, templateOf } from './names.ts';
import { Progress } from './progress.ts';
import { convertFiles } from './threads.ts';

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
    for await (const outcomes of convertFiles(files, this.#options)) {
      await progress.step();
      for (const outcome of outcomes) this.#take(outcome, ({ name, text, place }) => folder.write(name, text, place));
    }
    progress.clear();
  }

  print(files: readonly string[]): void {
    const found = files.flatMap((file) => sourcesIn(file, this.#options));
    const all = found.filter((one): one is Located => !isFailure(one));
    for (const one of found) if (isFailure(one)) this.fail(one.failure);
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
    this.#take(convertLocated(only, this.#options), ({ text }) => process.stdout.write(text));
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

  /** A failure of one file or schema is told, and the others go on. */
  #take(outcome: Converted | Failure, output: (converted: Converted) => void): void {
    if (isFailure(outcome)) {
      this.fail(outcome.failure);
      return;
    }
    for (const note of outcome.notes) {
      this.#counts.set(note.code, (this.#counts.get(note.code) ?? 0) + 1);
      if (this.#options.report !== undefined || this.#options.out === undefined) this.#notes.push(note);
    }
    try {
      output(outcome);
      this.#schemas += 1;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.fail(error.within(outcome.place).message);
    }
  }
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
    throw new CodedError(
      'OUTPUT_UNWRITABLE',
      file,
      `cannot be written (${systemReasonOf(error)})`,
      'name another file for --report',
    );
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
