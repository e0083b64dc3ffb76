// Hostile input, by the hundred thousand: every batch runs in a process with bounded memory and time.
import { execFileSync, spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { readmeWriter } from '../../tools/bench/report.ts';
import { CodedError } from '../../tools/error.ts';
import { runProgram } from '../../tools/program.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';

const batch = 5000;
const mebibytes = 512;
const batchMinutes = 10;
const report = 'docs/reliability.md';

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly only?: string;
  readonly writeReport?: true;
}

const program = new Command('npm run fuzz --')
  .description('Feeds hostile input to everything that takes input, and checks what must hold.')
  .option('--cases <number>', 'for each target', natural, 100_000)
  .option('--seed <number>', 'the same seed gives the same cases', natural, 1)
  .option('--only <target>', `one of: ${targets.map(({ name }) => name).join('; ')}`)
  .option('--write-report', `put the table into ${report}`)
  .exitOverride()
  .action(fuzz);

function natural(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new CodedError('FUZZ_NUMBER', 'option', JSON.stringify(text), 'give a whole number');
}

function fuzz({ cases, seed, only, writeReport }: Options): void {
  const chosen = targets.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new CodedError('FUZZ_TARGET', '--only', JSON.stringify(only), 'see --help');
  const toReport = writeReport ? readmeWriter(report, 'fuzz') : undefined;
  for (const target of chosen) survive(target, seed, cases);
  toReport?.(rows(chosen, cases), notes(seed));
}

function survive(target: Target, seed: number, cases: number): void {
  for (let done = 0; done < cases; done += batch) {
    const size = Math.min(batch, cases - done);
    const args = ['--import', 'tsx', `--max-old-space-size=${mebibytes}`, 'test/fuzz/batch.ts'];
    const { status, signal } = spawnSync(process.execPath, [...args, target.name, String(seed + done), String(size)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: batchMinutes * 60_000,
      killSignal: 'SIGKILL',
    });
    if (status === 0) continue;
    const seen =
      signal === null ? 'the law does not hold' : `killed (${signal}): out of memory, or of ${batchMinutes} minutes`;
    throw new CodedError(
      'FUZZ_FAILED',
      `${target.name} seed ${seed + done}`,
      seen,
      'mend it, and keep the case as a test',
    );
  }
  process.stdout.write(`${target.name}: ${cases} cases\n`);
}

function rows(tried: readonly Target[], cases: number): string[][] {
  return [
    ['input, and what held', 'cases'],
    ...tried.map(({ name, law }) => [`${name}: ${law}`, cases.toLocaleString('en')]),
  ];
}

function notes(seed: number): string[] {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return [
    `Seeds from ${seed} in batches of ${batch.toLocaleString('en')}, at commit ${commit}, by \`npm run fuzz\`; each batch in ${mebibytes} MiB.`,
  ];
}

await runProgram(program);
