import { type Command, InvalidArgumentError, Option } from 'commander';
import { blueprints } from '../../../functions/blueprints.ts';
import { CodedError } from '../../error.ts';
import { type Document, load } from '../load.ts';
import { toYaml } from '../output.ts';
import { approvalsOf, type Note, timeOf } from './approvals.ts';
import { changesOf, compare, exitCodeOf } from './comparison.ts';
import { commandsTo } from './pause.ts';
import { type Format, formats, print, summary } from './report.ts';
import { type Restore, restored } from './restore.ts';
import { sidesOf, type Where } from './sides.ts';

interface Options extends Omit<Where, 'path'> {
  readonly namespace: string;
}

/** Adds the command `day2` and the commands in it. */
export function addDay2(program: Command): void {
  const day2 = program.command('day2').description('What changes of claims do to what runs, and how to let them.');
  addCheck(day2);
  addApprove(day2);
  addRestore(day2);
  addPause(day2);
}

function addCheck(day2: Command): void {
  withSides(day2.command('check'))
    .description(
      'Judge every change of claims and composites. Exits 0 where nobody notices, 3 where somebody does, 4 where AWS refuses.',
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(formats).default('table'))
    .action((path: string | undefined, options: Options & { output: Format }, command: Command) => {
      const comparison = compare(blueprints, sidesOf(blueprints, where(path, options, command)), options.namespace);
      process.stdout.write(print(comparison, options.output));
      process.stderr.write(`${summary(comparison)}\n`);
      process.exitCode = exitCodeOf(comparison.effects);
    });
}

function addApprove(day2: Command): void {
  withSides(day2.command('approve'))
    .description('Print the ConfigMaps that approve every disruptive change of databases, for an approver to apply.')
    .option('--ticket <text>', 'where it was decided')
    .option('--expires <time>', 'until when the policies take it: a day, or a time like 2026-01-31T04:30:00Z', expiry)
    .action((path: string | undefined, options: Options & Note, command: Command) => {
      const sides = sidesOf(blueprints, where(path, options, command));
      const approvals = approvalsOf(changesOf(blueprints, sides, options.namespace), options);
      process.stdout.write(approvals.map((one) => `---\n${toYaml(one)}`).join(''));
    });
}

function addRestore(day2: Command): void {
  const ways = ['fromSnapshot', 'latest', 'at'] as const;
  const way = (flags: string, description: string, own: (typeof ways)[number]) =>
    new Option(flags, description).conflicts(ways.filter((one) => one !== own));
  day2
    .command('restore')
    .description('Print a claim that begins with the data of another one, and stands beside it.')
    .argument('<claim>', 'file with the claim, or - for standard input')
    .addOption(way('--from-snapshot <id>', 'name or ARN of the snapshot', 'fromSnapshot'))
    .addOption(way('--latest', 'from the latest moment that AWS has', 'latest'))
    .addOption(way('--at <time>', 'from a moment in UTC, like 2026-01-31T04:30:00Z', 'at'))
    .option('--source <identifier>', 'the database in AWS; without it, as the claim or its status says')
    .option('--name <name>', 'name of the new claim; without it, the old one with -restored')
    .action((path: string, options: Restore, command: Command) => {
      if (ways.every((one) => options[one] === undefined))
        command.error('error: give --from-snapshot, --latest or --at');
      process.stdout.write(toYaml(restored(blueprints, single(path), options)));
    });
}

function addPause(day2: Command): void {
  for (const verb of ['pause', 'resume'] as const) {
    day2
      .command(verb)
      .description(`Print the commands that ${verb} claims or composites with all that they own.`)
      .argument('<file>', 'a file, a folder, or - for standard input')
      .option('-n, --namespace <name>', 'namespace of manifests that name none', 'default')
      .action((path: string, { namespace }: Pick<Options, 'namespace'>) => {
        const commands = load(path).flatMap((document) => commandsTo(verb, blueprints, document, namespace));
        process.stdout.write(commands.map((line) => `${line}\n`).join(''));
      });
  }
}

function single(path: string): Document {
  const [document, ...others] = load(path);
  if (document !== undefined && others.length === 0) return document;
  throw new CodedError('INPUT_MANY', path, `${others.length + 1} documents`, 'give one claim');
}

/** Throws a usage error for what is no time to come. */
function expiry(text: string): string {
  const time = timeOf(text);
  if (time === undefined) throw new InvalidArgumentError('Write 2026-01-31 or 2026-01-31T04:30:00Z.');
  if (Date.parse(time) <= Date.now()) throw new InvalidArgumentError('It has passed.');
  return time;
}

/** The options that say what is compared with what. */
const withSides = (command: Command): Command =>
  command
    .argument('[path]', 'with --git: only manifests in this file or folder')
    .option('--from <path>', 'manifests as they were: a file, a folder, or - for standard input')
    .option('--to <path>', 'manifests as they are to be: a file, a folder, or - for standard input')
    .addOption(
      new Option('--git <range>', 'BASE..HEAD, or BASE...HEAD from where HEAD left BASE').conflicts(['from', 'to']),
    )
    .option('-n, --namespace <name>', 'namespace of manifests that name none', 'default');

/** Throws a usage error where the options do not say two sides. */
function where(path: string | undefined, options: Options, command: Command): Where {
  const { from, to, git } = options;
  if (git === undefined && (from === undefined || to === undefined))
    command.error('error: give --from and --to, or --git');
  if (git === undefined && path !== undefined) command.error('error: a path needs --git');
  if (from === '-' && to === '-') command.error('error: only one side can come from standard input');
  return { ...options, path };
}
