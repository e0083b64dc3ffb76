import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { blueprints } from '../../functions/blueprints.ts';
import { apiVersionName, groups } from '../../functions/core/blueprint.ts';
import { toYaml } from '../cli/output.ts';
import { CodedError } from '../error.ts';
import { median } from './statistics.ts';

/** Whole commands on a repository of claims of every kind. */
export interface Day2Figures {
  readonly name: string;
  readonly seconds: number;
}

const all = 2000;
const some = 50;

/** Measures `day2 check`, and a process that only says its version, over a repository with two commits. */
export function measureDay2(cli: string, rounds: number): Day2Figures[] {
  const root = mkdtempSync(join(tmpdir(), 'aws-blueprints-bench-'));
  try {
    makeRepository(root);
    const program = resolve(cli);
    const ways = [
      { name: 'floor: --version', args: ['--version'], code: 0 },
      { name: `${some} of ${all} manifests changed`, args: ['day2', 'check', '--git', 'all..changed'], code: 3 },
      // What goes is looked for in every file, in case that another one still has it.
      { name: `and ${some} removed`, args: ['day2', 'check', '--git', 'all..removed'], code: 3 },
    ];
    return ways.map(({ name, args, code }) => ({
      name,
      seconds: median(Array.from({ length: rounds }, () => timed(root, [program, ...args], code))),
    }));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function timed(cwd: string, command: readonly string[], code: number): number {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8', timeout: 120_000 });
  const seconds = (performance.now() - before) / 1000;
  if (status === code) return seconds;
  throw new CodedError(
    'BENCH_DAY2',
    command.slice(1).join(' '),
    `ended with ${status}: ${stderr.trim()}`,
    'run npm run build first',
  );
}

/** Three commits: all claims, some of them changed, and as many removed beside. */
function makeRepository(root: string): void {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], { cwd: root });
  const commit = (tag: string) => {
    git('add', '--all');
    git('commit', '--quiet', '--message', tag);
    git('tag', tag);
  };
  git('init', '--quiet');
  for (let index = 0; index < all; index += 1) write(root, index, {});
  commit('all');
  const tags = { changed: 'yes' };
  for (let index = 0; index < some; index += 1) write(root, index * blueprints.length + database, { port: 6000 }, tags);
  commit('changed');
  for (let index = some; index < 2 * some; index += 1) rmSync(join(root, pathOf(index * blueprints.length + database)));
  commit('removed');
}

const database = blueprints.findIndex(({ kind }) => kind === 'RelationalDatabase');

const pathOf = (index: number): string => join(`team-${index % 40}`, `claim-${index}.yaml`);

/** A claim of each kind in turn, as the example for production has it. */
function write(root: string, index: number, spec: object, tags: object = {}): void {
  const { kind, examples } = blueprints[index % blueprints.length] ?? {};
  const production = Object(examples?.production.spec);
  const claim = {
    apiVersion: `${groups.claims}/${apiVersionName}`,
    kind,
    metadata: { name: `claim-${index}`, namespace: `team-${index % 40}` },
    spec: { ...production, ...spec, resourceConfig: { ...production.resourceConfig, tags } },
  };
  mkdirSync(join(root, `team-${index % 40}`), { recursive: true });
  writeFileSync(join(root, pathOf(index)), toYaml(claim));
}

/** The figures as rows of text, the first row the heading. */
export const day2Rows = (figures: readonly Day2Figures[]): string[][] => [
  ['aws-blueprints day2 check', 'seconds'],
  ...figures.map(({ name, seconds }) => [name, seconds.toFixed(2)]),
];
