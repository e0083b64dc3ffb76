// The test command: sets up what the tests need, runs all that this machine can run, and names what it left out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { managedKinds } from '../functions/aws/index.ts';
import { describe, type Outcome } from '../tools/engines/artifact.ts';
import { buildEngines } from '../tools/engines/build.ts';
import { buildProvider } from '../tools/engines/provider/build.ts';
import { buildSimulators } from '../tools/engines/provider/simulators.ts';

/** What vitest's JSON report tells of a run. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const { values, positionals } = parseArgs({
  options: {
    'require-engines': { type: 'boolean', default: false },
    'unit-only': { type: 'boolean', default: false },
    update: { type: 'boolean', short: 'u', default: false },
  },
  allowPositionals: true,
});

const leftOut: string[] = [];
const node = (...args: string[]): number => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;

if (node('tools/build.mjs') !== 0) process.exit(1);
const withEngines = !values['unit-only'] && (await haveEngines());
const withProvider = withEngines && (await haveProvider());
// Written for people with kubectl, so it is tried with theirs.
const withKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
if (withProvider && !withKubectl) leftOut.push('the cut-over of migrate: kubectl is not on the PATH');
if (values['unit-only']) leftOut.push('tests on real engines: --unit-only was given');
if (values['require-engines'] && !withProvider) {
  process.stderr.write(
    `ENGINES_REQUIRED: ${leftOut.join('; ')}; install what is missing, or leave --require-engines out\n`,
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-test-'));
const file = join(folder, 'report.json');
const projects = withEngines ? [] : ['--project', 'unit'];
const flags = [
  ...(withProvider ? [] : ['--exclude', 'test/engines/provider*.test.ts']),
  ...(withKubectl ? [] : ['--exclude', 'test/engines/provider-migrate.test.ts']),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${file}`,
  ...(values.update ? ['--update'] : []),
];
const status = node('node_modules/vitest/vitest.mjs', 'run', ...projects, ...flags, ...positionals);
const report = readReport(file);
rmSync(folder, { recursive: true, force: true });

for (const { name, assertionResults } of report?.testResults ?? []) {
  for (const { status: state, fullName } of assertionResults) {
    if (state !== 'passed' && state !== 'failed') leftOut.push(`${fullName} (${name}): ${state}`);
  }
}
for (const reason of leftOut) process.stdout.write(`left out: ${reason}\n`);
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
process.stdout.write(
  `${report?.numPassedTests ?? 0} passed, ${report?.numFailedTests ?? 0} failed, ${skipped} skipped\n`,
);
process.exitCode = status === 0 && report !== undefined ? 0 : 1;

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function haveEngines(): Promise<boolean> {
  return have('tests on real engines', await buildEngines({ log }));
}

async function haveProvider(): Promise<boolean> {
  const outcomes = [await buildProvider({ kinds: managedKinds, log }), ...(await buildSimulators({ log }))];
  for (const outcome of outcomes) log(`${outcome.engine} ${outcome.version}: ${describe(outcome)}`);
  return have('tests on the real AWS provider', outcomes);
}

function have(tests: string, outcomes: readonly Outcome[]): boolean {
  const impossible = outcomes.filter(({ state }) => state === 'impossible');
  for (const outcome of impossible) leftOut.push(`${tests}: ${outcome.engine} ${describe(outcome)}`);
  return impossible.length === 0;
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
