import { type Command, InvalidArgumentError, Option } from 'commander';
import { profiles } from '../gen/policies.ts';
import { type CheckOptions, check } from './check.ts';
import { type Format, formats, printVerdict, verdictLine } from './report.ts';

const profileNames = Object.keys(profiles);

/** Adds the command `check`. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('Judge manifests, and what claims would compose, by the policies. Needs no cluster.')
    .argument('<path>', 'a file, a folder, or - for standard input')
    .option('--policies <path>', 'constraints in place of the packaged ones, with templates of your own')
    .addOption(new Option('--profile <name>', 'what the packaged ones do').choices(profileNames).default('production'))
    .option('--environment <path>', 'file with the EnvironmentConfig, for claims')
    .option('--required <path>', 'file or folder of other objects that are in the cluster, for claims')
    .option('--input <path>', "file with the function's input (Settings) of the Composition, for claims")
    .option(
      '--old <path>',
      'file or folder of the objects as they were: makes their review an update, and that of what they compose',
    )
    .addOption(new Option('--operation <name>', 'what is asked for').choices(['CREATE', 'UPDATE', 'DELETE']))
    .option('--user <name>', 'who asks; without it, rules about people are not judged')
    .option('--group <name...>', 'groups of the user')
    .addOption(
      new Option(
        '--namespace-labels <labels>',
        'labels of the namespaces, as a=b,c=d, beside those of their manifests',
      ).argParser(labels),
    )
    .option('--inventory <path>', 'file or folder of objects that rules may look at')
    .option('--judge <path>', 'the judge: a program, or the judge.cjs of a release')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(formats).default('table'))
    .action(async (path: string, options: CheckOptions & { output: Format }) => {
      const verdict = await check(path, options);
      process.stdout.write(printVerdict(verdict, options.output));
      process.stderr.write(verdictLine(verdict));
      if (verdict.findings.some(({ action }) => action === 'deny')) process.exitCode = 3;
    });
}

/** Labels as kubectl takes them. */
function labels(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2)) throw new InvalidArgumentError('write a=b,c=d');
  return Object.fromEntries(pairs);
}
