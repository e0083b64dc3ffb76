import { Command, CommanderError, Option } from 'commander';
import { CodedError } from '../error.ts';
import { addPlatformCommands } from './platform/commands.ts';
import { type RenderOptions, renderFile } from './render.ts';
import { type Output, outputs, print, summary } from './report.ts';
import { addXrd } from './xrd/command.ts';

const program = new Command('aws-blueprints')
  .description('AWS blueprints for Crossplane: see what a claim composes.')
  .version(process.env.AWS_BLUEPRINTS_VERSION ?? 'development')
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

addXrd(program);

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
