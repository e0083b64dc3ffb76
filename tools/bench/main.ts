import { statSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { blueprints } from '../../functions/blueprints.ts';
import { CodedError } from '../error.ts';
import { fail, runProgram } from '../program.ts';
import { measureAdmission } from './admission.ts';
import { claimRows, extrapolated, measureClaims, pollSeconds } from './claims.ts';
import { composeRows, measureCompose } from './compose.ts';
import { ownContestants, peer } from './contestants.ts';
import { convertRows, measureConvert } from './convert.ts';
import { day2Rows, measureDay2 } from './day2.ts';
import { fullPlan, measure, quickPlan } from './measure.ts';
import { measureChecks, measurePolicies, policyNotes, policyRows } from './policies.ts';
import { pythonic, pythonicName, pythonicNote } from './pythonic.ts';
import { machine, readmeWriter, rows, table, writeJson } from './report.ts';
import { measureScale, type ScaleFigures, scaleModel, scaleRows } from './scale.ts';
import { stateOf } from './state.ts';
import { serverFlags } from './v8-flags.ts';

/** A benchmark that takes longer than this hangs. */
const mostMinutes = 90;

interface Options {
  readonly bare?: true;
  readonly quick?: true;
  readonly json?: string;
  readonly writeReadme?: true;
  readonly pythonic?: true;
  readonly peer: readonly string[];
}

interface ClaimsOptions {
  readonly count: number;
  readonly json?: string;
  readonly writeDocs?: true;
}

const claim = 'examples/s3-irsa/claim.yaml';
const server = 'dist/main.js';
const observed = 7;

const program = new Command('npm run bench --')
  .description('Measures the function server side by side with others, on loopback.')
  .exitOverride();

program
  .command('server', { isDefault: true })
  .description(`Latency, throughput and memory of RunFunction for ${claim} with ${observed} observed resources.`)
  .option('--quick', 'a short run, for a look')
  .option(
    '--peer <name=address,request.json[,pid]>',
    'also measure a gRPC server that listens without TLS; its request as protobuf JSON; repeatable',
    (text: string, all: readonly string[]) => [...all, text],
    [] as readonly string[],
  )
  .option('--pythonic', `also measure ${pythonicName}, which takes Python and, once, a download`)
  .option('--bare', 'without the managed fields that Crossplane sends: a request of a third of the size')
  .option('--json <file>', 'write all figures to this file')
  .option('--write-readme', 'put the table into README.md')
  .action(benchServer);

program
  .command('compose')
  .description('Time of decoding, composing and encoding alone, for the examples of every blueprint.')
  .option('--quick', 'a short run, for a look')
  .option('--only <names>', 'of these blueprints, with commas between them', commaSeparated)
  .option('--json <file>', 'write all figures to this file')
  .option('--write-readme', 'put the table into README.md')
  .action(benchCompose);

program
  .command('convert')
  .description('The whole provider to draft-07 files, beside a process that only reads, parses and writes it.')
  .option('--quick', 'one round, for a look')
  .option('--peer <cnoe=file>', 'also run this cnoe binary', cnoeBinary)
  .option('--document <file>', 'also convert this OpenAPI document; without it, one made of the definitions')
  .option('--json <file>', 'write all figures to this file')
  .action(benchConvert);

program
  .command('policies')
  .description(
    'Mean cost of each policy per review (gator bench), of a whole check, and of a request to an API server.',
  )
  .option('--admission', 'also ask a real API server with every policy, which takes minutes')
  .option('--quick', 'a short run, for a look')
  .option('--json <file>', 'write all figures to this file')
  .option('--write-readme', 'put the table into README.md')
  .action(benchPolicies);

program
  .command('claims')
  .description('Objects and calls of claims, on real Crossplane with the real provider and a simulated AWS.')
  .option('--count <claims>', 'of each kind', count, 10)
  .option('--json <file>', 'write all figures to this file')
  .option('--write-docs', 'put the tables into docs/operations.md')
  .action(benchClaims);

program
  .command('scale')
  .description(
    'Composites on real Crossplane, made, reconciled and deleted; a stand-in takes the place of the provider.',
  )
  .option('--counts <numbers>', 'how many, with commas between them', counts, [100, 500, 2000])
  .option('--json <file>', 'write all figures to this file')
  .option('--write-report', 'put the table into docs/reliability.md')
  .action(benchScale);

program
  .command('day2')
  .description('The whole command day2 check over a repository of 2,000 manifests.')
  .option('--quick', 'one round, for a look')
  .option('--json <file>', 'write all figures to this file')
  .action(benchDay2);

function count(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number from 1 to 9999.');
}

function counts(text: string): readonly number[] {
  return text.split(',').map(count);
}

const commandLine = (): string =>
  `\`npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}\``;

async function benchServer({
  quick,
  bare,
  json,
  writeReadme,
  pythonic: withPythonic,
  peer: peers,
}: Options): Promise<void> {
  const toReadme = writeReadme ? readmeWriter('README.md', 'bench') : undefined;
  const plan = quick ? quickPlan : fullPlan;
  const state = stateOf(claim, { observed, bare: bare ?? false });
  const say = (what: string) => process.stderr.write(`${what}\n`);
  const python = withPythonic ? [await pythonic(state, say)] : [];
  const contestants = [...(await ownContestants(state, server)), ...python, ...peers.map(peer)];
  const figures = await measure(contestants, plan, say);
  const text = rows(figures, plan);
  const notes = [
    `${machine()}. Request ${state.request.length} bytes, response ${state.response.length} bytes;`,
    `medians of ${figures[0]?.rounds} rounds, ratios to the first row within a round. V8 flags of aws-blueprints: ${serverFlags.join(' ')};`,
    `its program is one file of ${(statSync(server).size / 1e6).toFixed(2)} MB.`,
    ...(withPythonic ? [pythonicNote] : []),
    `Measured by ${commandLine()}.`,
  ];
  process.stdout.write(`${table(text)}\n${notes.join('\n')}\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), plan, figures });
  toReadme?.(text, notes);
}

function commaSeparated(text: string): readonly string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !blueprints.some((one) => one.name === name));
  if (unknown === undefined) return names;
  const known = blueprints.map(({ name }) => name).join(', ');
  throw new CodedError('BENCH_INPUT', '--only', unknown, `name some of ${known}`);
}

async function benchCompose({
  quick,
  json,
  writeReadme,
  only = blueprints.map(({ name }) => name),
}: Options & { readonly only?: readonly string[] }): Promise<void> {
  const toReadme = writeReadme ? readmeWriter('README.md', 'bench compose') : undefined;
  const calls = quick ? 500 : 3000;
  const figures = await measureCompose(calls, only);
  const text = composeRows(figures);
  const notes = [
    'What decoding, composing and encoding take of one call, before anything exists and when all is ready; the last rows show growth.',
    `${machine()}; the middle of ${calls} calls each. Measured by ${commandLine()}.`,
  ];
  process.stdout.write(`${table(text)}\n${notes.join('\n')}\n`);
  toReadme?.(text, notes);
  const flat = figures.map(({ state: { request, response, ...counts }, ...times }) => ({
    ...times,
    ...counts,
    requestBytes: request.length,
    responseBytes: response.length,
  }));
  if (json !== undefined) writeJson(json, { machine: machine(), figures: flat });
}

interface ConvertOptions extends Omit<Options, 'peer'> {
  readonly peer?: string;
  readonly document?: string;
}

function cnoeBinary(text: string): string {
  const [, file] = /^cnoe=(.+)$/.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('write cnoe=FILE');
  return file;
}

async function benchConvert({ quick, peer: cnoe, document: file, json }: ConvertOptions): Promise<void> {
  const result = await measureConvert('dist/cli.js', quick ? 1 : 7, { cnoe, document: file });
  const { definitions, megabytes, document } = result;
  const notes = [
    `${machine()}. ${definitions} definitions, ${megabytes.toFixed(0)} MB, into a fresh folder; medians of whole runs.`,
    `One OpenAPI document of ${document.megabytes.toFixed(1)} MB: ${document.seconds.toFixed(2)} s.`,
  ];
  process.stdout.write(`${table(convertRows(result))}\n${notes.join('\n')}\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), ...result });
}

function benchDay2({ quick, json }: Options): void {
  const figures = measureDay2('dist/cli.js', quick ? 1 : 7);
  process.stdout.write(`${table(day2Rows(figures))}\n${machine()}; medians of whole processes.\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), figures });
}

async function benchPolicies({ quick, json, writeReadme, admission }: Options & { readonly admission?: true }) {
  const toReadme = writeReadme ? readmeWriter('README.md', 'bench policies') : undefined;
  const figures = await measurePolicies(quick ? 1000 : 10_000);
  const checks = await measureChecks('dist/cli.js', quick ? 1 : 7);
  const admissions = admission ? await measureAdmission(quick ? 50 : 300) : [];
  const notes = policyNotes(checks, admissions, machine());
  process.stdout.write(`${table(policyRows(figures))}\n${notes.join('\n')}\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), figures, checks, admissions });
  toReadme?.(policyRows(figures), notes);
}

async function benchClaims({ count: each, json, writeDocs }: ClaimsOptions): Promise<void> {
  const toDocs = writeDocs ? readmeWriter('docs/operations.md', 'bench claims') : undefined;
  const result = await measureClaims(each, (what) => process.stderr.write(`${what}\n`));
  const text = claimRows(result);
  const { core, provider } = result.watches;
  const notes = [
    `${machine()}. ${each} claims of each at once; an interval is one poll of the provider, ${pollSeconds} s here. Open watches,`,
    `which grow with kinds (${result.kinds} here) and not with claims: ${core} of Crossplane, ${provider} of the provider.`,
    `Measured by ${commandLine()}.`,
    '',
    ...extrapolated(result),
  ];
  process.stdout.write(`${table(text)}\n${notes.join('\n')}\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), ...result });
  toDocs?.(text, notes);
}

interface ScaleOptions {
  readonly counts: readonly number[];
  readonly json?: string;
  readonly writeReport?: true;
}

async function benchScale({ counts: numbers, json, writeReport }: ScaleOptions): Promise<void> {
  const toReport = writeReport ? readmeWriter('docs/reliability.md', 'bench scale') : undefined;
  const figures: ScaleFigures[] = [];
  for (const number of numbers) figures.push(await measureScale(number, (what) => process.stderr.write(`${what}\n`)));
  const text = scaleRows(figures);
  const notes = [
    `${machine()}, which everything here shares with the stand-in. Measured by ${commandLine()}.`,
    '',
    ...scaleModel(figures),
  ];
  process.stdout.write(`${table(text)}\n${notes.join('\n')}\n`);
  if (json !== undefined) writeJson(json, { machine: machine(), figures });
  toReport?.(text, notes);
}

const late = new CodedError(
  'BENCH_TIMEOUT',
  'bench',
  `not finished after ${mostMinutes} minutes`,
  'look for a server that hangs',
);
setTimeout(() => {
  fail(late);
  process.exit();
}, mostMinutes * 60_000).unref();

await runProgram(program);
// What it started may still listen.
process.exit();
