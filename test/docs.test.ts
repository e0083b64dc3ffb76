import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import { policies } from '../policies/policies.ts';
import { haveJudge } from './support/judge.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'DESIGN.md',
  'CHANGELOG.md',
  'docs/eks-cluster.md',
  'docs/relational-database.md',
  'docs/day2.md',
  'docs/simulated-aws.md',
  'docs/converter.md',
  'docs/getting-started.md',
  'docs/operations.md',
  'docs/migration.md',
  'examples/portal/README.md',
  'GOVERNANCE.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  ...blueprints.map(({ name }) => `functions/${name}/README.md`),
  'policies/README.md',
  ...policies.map(({ name }) => `policies/${name}/README.md`),
];

/** Commands that the set-up before these tests has run, or that would run these tests again. */
const alreadyRun = /^(npm ci( && npm test)?|npm test|npm run check)$/;

beforeAll(() => {
  execFileSync(process.execPath, ['tools/build.mjs']);
});

/**
 * Every line of every sh block, but of those that need a cluster or start real engines, which is said below them
 * (test/engines/provider-platform.test.ts runs the latter); and every command that begins with npx in running text.
 */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```(\n<!-- the .*commands above .*-->)?/g)];
  const lines = blocks
    .filter(([, , exempt]) => exempt === undefined)
    .flatMap(([, body = '']) => body.trim().split('\n'));
  const inline = [...text.matchAll(/`(npx aws-blueprints [^`]+)`/g)].map(([, command = '']) => command);
  return [...lines, ...inline].filter((line) => !alreadyRun.test(line)).map((line) => line.replace('npm ci && ', ''));
}

const commands = documents.flatMap((document) =>
  commandsOf(readFileSync(document, 'utf8')).map((command) => ({ document, command })),
);

test('there are commands to run', () => {
  expect(commands.length).toBeGreaterThan(4);
});

test.for(commands)('$document: $command', ({ command }, { skip }) => {
  skip(command.startsWith('npx aws-blueprints check') && !haveJudge, 'no judge was built on this machine');
  const run = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(run.stderr).not.toContain('INTERNAL');
  expect(run.status).toBe(0);
  expect(run.stdout.length + run.stderr.length).toBeGreaterThan(0);
});

test.each(documents)('every link of %s leads somewhere', (document) => {
  const targets = [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
  const local = targets.filter((target) => !target.startsWith('http'));
  expect(local.filter((target) => !existsSync(join(dirname(document), target)))).toEqual([]);
});

test('the README has every blueprint, and its files apply what is generated', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const { kind } of blueprints) expect(readme).toContain(`| \`${kind}\` |`);
  for (const { name } of blueprints) expect(readme).toContain(`functions/${name}/README.md`);
  for (const [path = ''] of readme.matchAll(/(xrds|compositions|examples)\/[\w/.-]+/g))
    expect(existsSync(path), path).toBe(true);
});
