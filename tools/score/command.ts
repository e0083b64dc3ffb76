import Table from 'cli-table3';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CodedError } from '../error.ts';
import { type Scored, type ScoreOptions, score } from './score.ts';

interface Options extends ScoreOptions {
  readonly minimum: number;
  readonly output: 'table' | 'json';
}

/** Adds the command `score`; `fail` is told what went wrong with one object while the others go on. */
export function addScore(program: Command, fail: (error: CodedError) => void): void {
  program
    .command('score')
    .description('Score the entities of a catalog and the claims below a folder, and say what is missing.')
    .argument('<folder>', 'a repository, or a folder in it')
    .option('--environment <path>', 'file with the EnvironmentConfig, for claims')
    .option('--required <path>', 'file or folder of other objects that are in the cluster, for claims')
    .option('--input <path>', "file with the function's input (Settings) of the Composition, for claims")
    .option('--date <day>', 'the day by which versions are supported', day, new Date().toISOString().slice(0, 10))
    .option('--minimum <percent>', 'exit with 3 when less is reached', percent, 0)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action((folder: string, options: Options) => {
      const { scored, errors } = score(folder, options);
      const { passed, all, reached } = totalOf(scored);
      const json = { passed, all, percent: reached, objects: scored };
      process.stdout.write(
        options.output === 'json' ? `${JSON.stringify(json, undefined, 2)}\n` : `${table(scored)}\n`,
      );
      process.stderr.write(`${passed} of ${all}, ${reached} %\n`);
      if (reached < options.minimum) process.exitCode = 3;
      for (const error of errors) fail(error);
    });
}

function totalOf(scored: readonly Scored[]) {
  const results = scored.flatMap((one) => one.results);
  const passed = results.filter((result) => result.passed).length;
  return { passed, all: results.length, reached: Math.floor((100 * passed) / Math.max(results.length, 1)) };
}

function table(scored: readonly Scored[]): string {
  const rows = new Table({ head: ['Object', 'From', 'Score', 'What is missing'], style: { head: [], border: [] } });
  for (const { source, object, results } of scored) {
    const missed = results.filter(({ passed }) => !passed);
    const missing = missed.map(({ check, remedy }) => `${check}: ${remedy}`).join('\n');
    rows.push([object, source, `${results.length - missed.length} of ${results.length}`, missing]);
  }
  return rows.toString();
}

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidArgumentError('write a day as 2026-11-23');
  return text;
}

function percent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) throw new InvalidArgumentError('write a number from 0 to 100');
  return Number(text);
}
