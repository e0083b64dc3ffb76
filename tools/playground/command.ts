import { once } from 'node:events';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { profiles } from '../gen/policies.ts';
import type { PlaygroundOptions } from './server.ts';

const defaultPort = 8017;

/** Adds the command `playground`. */
export function addPlayground(program: Command): void {
  program
    .command('playground')
    .description('Serve a page, on this machine only, that shows what becomes of what is entered in the portal.')
    .option('--port <number>', 'port on loopback; 0 for any', portOf, defaultPort)
    .option('--environment <path>', "file with the EnvironmentConfig in place of the examples' one")
    .option('--required <path>', "file or folder of other objects that are in the cluster, in place of the examples'")
    .option('--input <path>', "file with the function's input (Settings) of the Composition")
    .addOption(new Option('--profile <name>', 'of the policies').choices(Object.keys(profiles)).default('production'))
    .option('--judge <path>', 'the judge: a program, or the judge.cjs of a release')
    .action(async (options: PlaygroundOptions) => {
      const { startPlayground } = await import('./server.ts');
      const { url, close } = await startPlayground(options);
      process.stdout.write(`${url}\n`);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      await close();
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('write a number from 0 to 65535');
  return port;
}
