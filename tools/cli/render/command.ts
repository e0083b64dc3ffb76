import { type Command, Option } from 'commander';
import type { CodedError } from '../../error.ts';
import { type RenderOptions, renderFile } from '../render.ts';
import { type Output, outputs, print, summary } from '../report.ts';

/** Adds the command `render`; `fail` is told what went wrong with one input while the others go on. */
export function addRender(program: Command, fail: (error: CodedError) => void): void {
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
}
