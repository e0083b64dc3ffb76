import { Command, CommanderError, Option } from 'commander';
import { CodedError } from '../error.ts';
import { addCheck } from '../judge/command.ts';
import { targets } from '../openapi/index.ts';
import { type ConvertCommandOptions, runConvert } from './convert/command.ts';
import { defaultTemplate, templateOf } from './convert/names.ts';
import { addMigrate } from './migrate/command.ts';
import { addPlatformCommands } from './platform/commands.ts';
import { type RenderOptions, renderFile } from './render.ts';
import { type Output, outputs, print, summary } from './report.ts';
import { addTemplate } from './template/command.ts';
import { addXrd } from './xrd/command.ts';

const program = new Command('aws-blueprints')
  .description('AWS blueprints for Crossplane: see what a claim composes.')
  .version(process.env.AWS_BLUEPRINTS_VERSION ?? 'development')
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) });

program
  .command('render')
  .description('Show what a claim or composite composes, and what is still awaited. Needs no cluster.')
  .argument('<file>', 'claims or composites, one or more documents; - for standard input')
  .addOption(
    new Option('--as <form>', 'render in this form whatever the apiVersion says').choices(['claims', 'namespaced']),
  )
  .option('--observed <path>', 'file or folder of composed resources that exist')
  .option('--environment <path>', 'file with the EnvironmentConfig')
  .option('--required <path>', 'file or folder of other objects that are in the cluster')
  .option('--input <path>', "file with the function's input (Settings) of the Composition")
  .option('--until-ready', 'play the reconcile loop to its end, with a simulated AWS')
  .addOption(new Option('-o, --output <format>', 'what to print').choices(outputs).default('yaml'))
  .action((file: string, options: RenderOptions & { output: Output }) => {
    const { results, errors } = renderFile(file, options);
    process.stdout.write(print(results, options.output));
    if (options.output !== 'tree') for (const result of results) process.stderr.write(summary(result));
    for (const error of errors) fail(error);
  });
addPlatformCommands(program);

program
  .command('convert')
  .description('Convert OpenAPI 3.0 and 3.1, CRDs and XRDs to JSON Schema that accepts what the API server accepts.')
  .argument('<input...>', 'files, folders or patterns; - for standard input')
  .addOption(new Option('--to <draft>', 'the draft to write').choices(targets).makeOptionMandatory())
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
  .option('--name-template <path>', 'names of the files below the folder', templateOf, defaultTemplate)
  .action(async (inputs: string[], options: ConvertCommandOptions) => {
    if (!(await runConvert(inputs, options))) process.exitCode = 1;
  });

addMigrate(program, fail);
addXrd(program);
addTemplate(program, fail);
addCheck(program);

function fail(error: CodedError): void {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

// A reader that closes early (head, less) is no failure of ours.
process.stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? process.exitCode : 1));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof CodedError) fail(error);
  else {
    const detail = process.env.AWS_BLUEPRINTS_DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    process.stderr.write(
      `INTERNAL: aws-blueprints failed unexpectedly; report it with the command that you ran (AWS_BLUEPRINTS_DEBUG=1 shows more)${detail}\n`,
    );
    process.exitCode = 1;
  }
}
