import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yaml from 'js-yaml';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import type { Policy } from '../../policies/core/policy.ts';
import { policies } from '../../policies/policies.ts';
import { load } from '../cli/load.ts';
import { requireEngines } from '../engines/build.ts';
import { run } from '../engines/run.ts';
import { CodedError } from '../error.ts';
import { constraintOf, templateOf } from '../gen/policies.ts';
import { subjectsOf } from '../judge/subjects.ts';
import type { AdmissionFigures } from './admission.ts';
import { median } from './statistics.ts';

const claim = 'examples/s3-irsa/production.yaml';
const environment = 'examples/environment.yaml';

/** What gator says about a policy, or about several at once; times in microseconds. */
interface PolicyFigures {
  readonly name: string;
  readonly engine: 'cel' | 'rego';
  readonly objects: number;
  readonly compile: number;
  readonly mean: number;
  readonly p95: number;
}

/** Seconds of the clock for a whole run of the command, by the judge that it used. */
interface CheckFigures {
  readonly judge: string;
  readonly seconds: number;
}

const engineOf = ({ rule }: Policy) => (rule.engine === 'rego' ? 'rego' : 'cel');

/** Each policy on the objects of its own cases, and all of an engine on a claim with all that it composes. */
export async function measurePolicies(iterations: number): Promise<PolicyFigures[]> {
  const directoryOf = await requireEngines(['gator']);
  const gator = join(directoryOf('gator'), 'gator');
  const options = { environment };
  const composed = load(claim)
    .flatMap((document) => subjectsOf(document, options))
    .map(({ object }) => object);
  const figures: PolicyFigures[] = [];
  for (const policy of policies) {
    const objects = policy.cases.filter(({ operation, old }) => !operation && !old).map(({ object }) => object);
    figures.push(await bench(gator, policy.name, [policy], objects, iterations));
  }
  for (const engine of ['cel', 'rego'] as const) {
    const all = policies.filter((policy) => engineOf(policy) === engine);
    const name = `all ${all.length} of ${engine === 'cel' ? 'CEL' : 'Rego'}, one S3IRSA`;
    figures.push(await bench(gator, name, all, composed, iterations));
  }
  return figures;
}

async function bench(
  gator: string,
  name: string,
  which: readonly Policy[],
  objects: readonly KubernetesObject[],
  iterations: number,
): Promise<PolicyFigures> {
  const engine = which.some((policy) => engineOf(policy) === 'rego') ? 'rego' : 'cel';
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-bench-'));
  try {
    const known = [...which.map(templateOf), ...which.map((policy) => constraintOf(policy, 'deny'))];
    const all = [...known, ...objects].map((object) => `---\n${yaml.dump(object, { noRefs: true })}`);
    writeFileSync(join(folder, 'all.yaml'), all.join(''));
    // gator counts an iteration for each object.
    const each = Math.max(1, Math.ceil(iterations / objects.length));
    const args = ['bench', '-f', folder, '-e', engine, '-n', String(each), '-o', 'json'];
    const { code, stdout, stderr } = await run(gator, args, { seconds: 300 });
    if (code !== 0) throw new CodedError('BENCH_GATOR', name, stderr.trim(), 'run gator verify on the policies');
    const [said] = JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly GatorFigures[];
    const compile = said?.setupBreakdown.templateCompilation ?? '';
    const { mean = '', p95 = '' } = said?.latencies ?? {};
    return { name, engine, objects: objects.length, ...mapped({ compile, mean, p95 }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of what gator writes, what is read here. */
interface GatorFigures {
  readonly setupBreakdown: { readonly templateCompilation: string };
  readonly latencies: { readonly mean: string; readonly p95: string };
}

const units: Readonly<Record<string, number>> = { ns: 0.001, µs: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/** Microseconds of a duration as Go writes it. */
export function microseconds(duration: string): number {
  const parts = [...duration.matchAll(/([0-9.]+)(ns|µs|ms|s|m)/g)];
  return parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (units[unit] ?? Number.NaN), 0);
}

const mapped = <Key extends string>(durations: Record<Key, string>): Record<Key, number> =>
  Object.fromEntries(Object.entries<string>(durations).map(([key, text]) => [key, microseconds(text)])) as Record<
    Key,
    number
  >;

/** The whole command, natively and by WebAssembly. */
export async function measureChecks(cli: string, rounds: number): Promise<CheckFigures[]> {
  const directoryOf = await requireEngines(['judge', 'judge-wasm']);
  const judges = [
    { judge: 'native', path: join(directoryOf('judge'), 'judge') },
    { judge: 'WebAssembly', path: join(directoryOf('judge-wasm'), 'judge.cjs') },
  ];
  return judges.map(({ judge, path }) => {
    const args = [cli, 'check', claim, '--environment', environment, '--judge', path];
    const seconds = Array.from({ length: rounds }, () => {
      const before = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
      if (status !== 0) throw new CodedError('BENCH_CHECK', judge, stderr.trim(), 'run npm run build first');
      return (performance.now() - before) / 1000;
    });
    return { judge, seconds: median(seconds) };
  });
}

/** The figures as rows of text, the first row the heading. */
export function policyRows(figures: readonly PolicyFigures[]): string[][] {
  const heading = ['policy', 'engine', 'objects', 'compile ms', 'mean µs a review', 'p95 µs'];
  const body = figures.map(({ name, engine, objects, compile, mean, p95 }) => [
    name,
    engine === 'cel' ? 'CEL' : 'Rego',
    String(objects),
    (compile / 1000).toFixed(0),
    mean.toFixed(0),
    p95.toFixed(0),
  ]);
  return [heading, ...body];
}

/** What stands below the table. */
export function policyNotes(
  checks: readonly CheckFigures[],
  admissions: readonly AdmissionFigures[],
  machine: string,
): string[] {
  const times = checks.map(({ judge, seconds }) => `${seconds.toFixed(1)} s (${judge})`).join(', ');
  return [
    `${machine}. \`aws-blueprints check\` of a claim and what it composes, the whole command: ${times}.`,
    ...admissions.map(
      ({ what, p50, p95 }) =>
        `A dry-run request to a real API server, ${what}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms.`,
    ),
    'Measured by `npm run bench -- policies --admission --write-readme`.',
  ];
}
