import { type Command, Option } from 'commander';
import { blueprints } from '../../../functions/blueprints.ts';
import { compare, exitCodeOf } from './comparison.ts';
import { type Format, formats, print, summary } from './report.ts';
import { sidesOf, type Where } from './sides.ts';

interface Options extends Omit<Where, 'path'> {
  readonly namespace: string;
}

/** Adds the command `day2` and the commands in it. */
export function addDay2(program: Command): void {
  const day2 = program.command('day2').description('What changes of claims do to what runs, and how to let them.');
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
