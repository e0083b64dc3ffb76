import { Command } from 'commander';
import { addCheck } from '../judge/command.ts';
import { addPlayground } from '../playground/command.ts';
import { fail, runProgram } from '../program.ts';
import { addScore } from '../score/command.ts';
import { addConvert } from './convert/command.ts';
import { addDay2 } from './day2/command.ts';
import { addMigrate } from './migrate/command.ts';
import { addPlatformCommands } from './platform/commands.ts';
import { addPortal } from './portal/command.ts';
import { addRender } from './render/command.ts';
import { addTemplate } from './template/command.ts';
import { addXrd } from './xrd/command.ts';

const program = new Command('aws-blueprints')
  .description('AWS blueprints for Crossplane: see what a claim composes.')
  .version(process.env.AWS_BLUEPRINTS_VERSION ?? 'development')
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) });

addRender(program, fail);
addPlatformCommands(program);
addConvert(program);
addMigrate(program, fail);
addXrd(program);
addTemplate(program, fail);
addPortal(program);
addCheck(program);
addDay2(program);
addPlayground(program);
addScore(program, fail);

// A reader that closes early (head, less) is no failure of ours.
process.stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? process.exitCode : 1));

await runProgram(program).catch((error: unknown) => {
  const detail = process.env.AWS_BLUEPRINTS_DEBUG && error instanceof Error ? `\n${error.stack}` : '';
  process.stderr.write(
    `INTERNAL: aws-blueprints failed unexpectedly; report it with the command that you ran (AWS_BLUEPRINTS_DEBUG=1 shows more)${detail}\n`,
  );
  process.exitCode = 1;
});
