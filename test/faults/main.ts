// Engines that die at any moment, and what must hold all the same.
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { machine, readmeWriter } from '../../tools/bench/report.ts';
import { CodedError } from '../../tools/error.ts';
import { runProgram } from '../../tools/program.ts';
import { faults } from './faults.ts';
import { round } from './round.ts';
import { Broken, World } from './world.ts';

const report = 'docs/reliability.md';

interface Options {
  readonly rounds: number;
  readonly seed: number;
  readonly writeReport?: true;
}

const program = new Command('npm run faults --')
  .description('Kills real engines while composites are made, changed and deleted, and checks what must hold.')
  .option('--rounds <number>', 'each with two faults', natural, 30)
  .option('--seed <number>', 'of the first round; the next one has the next', natural, 1)
  .option('--write-report', `put the table into ${report}`)
  .exitOverride()
  .action(run);

function natural(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new CodedError('FAULTS_NUMBER', 'option', JSON.stringify(text), 'give a whole number');
}

async function run({ rounds, seed, writeReport }: Options): Promise<void> {
  const toReport = writeReport ? readmeWriter(report, 'faults') : undefined;
  const survived = new Map(faults.map(({ name }) => [name, 0]));
  const world = await World.start();
  try {
    for (let at = seed; at < seed + rounds; at += 1) {
      const chosen = await survive(world, at);
      for (const { name } of chosen) survived.set(name, (survived.get(name) ?? 0) + 1);
      process.stdout.write(`seed ${at}: survived that ${chosen.map(({ name }) => name).join(', and that ')}\n`);
    }
    const { created, changed, deleted } = world.requests;
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const notes = [
      `${rounds} rounds, seeds from ${seed}, at commit ${commit}: ${created} composites made, ${changed} changes, ${deleted} deleted.`,
      `${machine()}.`,
    ];
    process.stdout.write(`${notes.join('\n')}\n`);
    toReport?.(
      [['what happened', 'times, all survived'], ...[...survived].map(([name, times]) => [name, `${times}`])],
      notes,
    );
  } finally {
    await world.stop();
  }
}

async function survive(world: World, seed: number) {
  try {
    return await round(world, seed);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const todo = `mend it; again: npm run faults -- --rounds 1 --seed ${seed}`;
    throw new CodedError('FAULTS_BROKEN', `seed ${seed}`, error.message, todo);
  }
}

await runProgram(program);
// What it started may still listen.
process.exit();
