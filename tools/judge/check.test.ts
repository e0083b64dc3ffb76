import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { check } from './check.ts';
import { findJudge } from './judge.ts';
import { printVerdict, verdictLine } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
// Says the same as a judge would, so that what is around it can be tried where none was built.
const judgeSaying = (name: string, answer: object) =>
  file(
    `${name}.cjs`,
    `require('node:readline').createInterface({ input: process.stdin }).on('line', () => console.log(${JSON.stringify(JSON.stringify(answer))}));`,
  );
const quiet = () => judgeSaying('quiet', {});
const judged = (path: string, judge: string, more: object = {}) =>
  check(path, { profile: 'production', judge, ...more });

test('a document that is no object stops everything', async () => {
  await expect(judged(file('half.yaml', `${manifest}---\njust text\n`), quiet())).rejects.toThrow(
    /^INPUT_NOT_AN_OBJECT: /,
  );
  await expect(judged(file('broken.yaml', 'a: [\n'), quiet())).rejects.toThrow(/^INPUT_SYNTAX: /);
});

test('a claim that cannot be composed to its end is not judged by half', async () => {
  await expect(judged('examples/s3-irsa/claim.yaml', quiet())).rejects.toThrow(/^CHECK_INCOMPLETE: .*awsAccountID/);
});

test('a policy that the judge refuses, or whose rule does not work, is no verdict', async () => {
  const path = file('one.yaml', manifest);
  await expect(judged(path, judgeSaying('refuses', { error: 'spec.parameters.regions: required' }))).rejects.toThrow(
    /^POLICY_INVALID: .*regions: required/,
  );
  const violations = [
    { kind: 'A', constraint: 'mine', message: "expression 'x' resulted in error: no such key", action: 'deny' },
  ];
  await expect(judged(path, judgeSaying('broken', { violations }))).rejects.toThrow(/^POLICY_BROKEN: mine: /);
  await expect(judged(path, quiet(), { policies: path })).rejects.toThrow(/^POLICY_NONE: /);
});

test('an update needs the object as it was', async () => {
  const path = file('one.yaml', manifest);
  await expect(judged(path, quiet(), { operation: 'UPDATE' })).rejects.toThrow(/^OLD_MISSING: /);
  await expect(judged(path, quiet(), { old: path })).resolves.toMatchObject({ objects: 1, findings: [] });
});

test('a judge that is missing or that fails says so', async () => {
  expect(() => findJudge(join(folder, 'nowhere'))).toThrow(/^JUDGE_MISSING: /);
  const failing = file('failing.cjs', "process.stderr.write('out of memory\\n'); process.exitCode = 1;");
  await expect(judged(file('one.yaml', manifest), failing)).rejects.toThrow(/^JUDGE_FAILED: .*out of memory/s);
});

test('findings say where, by which policy and how grave, in every format', async () => {
  const path = file('two.yaml', `# first\n${manifest}---\n${manifest.replace('name: a', 'name: b')}`);
  const finding = {
    source: `${path} document 2`,
    object: 'ConfigMap b',
    policy: 'mine',
    action: 'warn',
    message: 'CODE: ConfigMap b: 100% wrong, so: stop; right',
  } as const;
  const verdict = { objects: 2, policies: 1, findings: [finding] };
  expect(JSON.parse(printVerdict(verdict, 'json'))).toEqual(verdict);
  expect(printVerdict(verdict, 'table')).toContain(
    '│ warn   │ mine   │              │ CODE: ConfigMap b: 100% wrong, so: stop; right │',
  );
  expect(printVerdict(verdict, 'github')).toBe(
    `::warning file=${path},line=7,title=mine::CODE: ConfigMap b: 100%25 wrong, so: stop; right\n`,
  );
  expect(JSON.parse(printVerdict(verdict, 'sarif'))).toEqual({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'aws-blueprints', rules: [{ id: 'mine' }] } },
        results: [
          {
            ruleId: 'mine',
            level: 'warning',
            message: { text: finding.message },
            locations: [{ physicalLocation: { artifactLocation: { uri: path }, region: { startLine: 7 } } }],
          },
        ],
      },
    ],
  });
  expect(verdictLine(verdict)).toBe('2 objects, 1 policies: 0 denied, 1 warned, 0 only noted\n');
  expect(printVerdict({ ...verdict, findings: [] }, 'table')).toBe('');
});
