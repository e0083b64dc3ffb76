import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import ajvDraft04 from 'ajv-draft-04';
import ajvFormats from 'ajv-formats';
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

const wrong = 'CODE: ConfigMap b: 100% wrong, so: stop; right';
const violations = [{ kind: 'A', constraint: 'mine', message: wrong, action: 'warn' }];
const bothWrong = () => judgeSaying('wrong', { violations });

/** As Helm prints a chart: a template that came out empty, comments, and several documents. */
const chart = `---
# Source: chart/templates/nothing.yaml
---
# Source: chart/templates/a.yaml
${manifest}---
# Source: chart/templates/b.yaml

${manifest}`;

test('documents are found on their lines, and so are the items of a list', async () => {
  const linesOf = async (name: string, text: string) => {
    // Without policies of its own the packaged ones are left out: none is about a ConfigMap.
    const { objects, findings } = await judged(file(name, text), bothWrong());
    expect(findings.map(({ place }) => place?.file)).toEqual(findings.map(() => join(folder, name)));
    return [objects, ...findings.map(({ place }) => place?.line)];
  };
  expect(await linesOf('chart.yaml', chart)).toEqual([2, 5, 12]);
  const item = manifest.trim().replaceAll('\n', '\n  ');
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${item}\n- ${item}\n`;
  expect(await linesOf('list.yaml', list)).toEqual([2, 4, 8]);
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  const json = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMapList', items: [object] }, undefined, 1);
  expect(await linesOf('list.json', json)).toEqual([1, 5]);
  await expect(linesOf('half-list.yaml', `${list}- just text\n`)).rejects.toThrow(/^INPUT_NOT_AN_OBJECT: .* item 3/);
});

// One of its patterns is not for the u flag.
const ajv = new ajvDraft04.default({ strict: false, unicodeRegExp: false });
ajvFormats.default(ajv);
const validSarif = ajv.compile(sarifSchema);

test('findings say where, by which policy and how grave, in every format', async () => {
  const path = file('two of them.yaml', `# first\n${manifest}---\n${manifest.replace('name: a', 'name: b')}`);
  const place = { file: path, line: 7 };
  const finding = { source: `${path} document 2`, place, object: 'ConfigMap b', policy: 'mine', message: wrong };
  const verdict = { objects: 2, policies: 1, findings: [{ ...finding, action: 'warn' }] } as const;
  expect((await judged(path, bothWrong())).findings[1]).toEqual(verdict.findings[0]);
  expect(JSON.parse(printVerdict(verdict, 'json'))).toEqual(verdict);
  expect(printVerdict(verdict, 'table')).toContain(`│ warn   │ mine   │              │ ${wrong} │`);
  expect(printVerdict(verdict, 'github')).toBe(
    `::warning file=${path},line=7,title=mine::CODE: ConfigMap b: 100%25 wrong, so: stop; right\n`,
  );
  expect(verdictLine(verdict)).toBe('2 objects, 1 policies: 0 denied, 1 warned, 0 only noted\n');
  expect(printVerdict({ ...verdict, findings: [] }, 'table')).toBe('');
});

test('SARIF holds to its schema, also of what has no file', () => {
  const finding = { source: 'b.yaml', object: 'ConfigMap b', policy: 'mine', message: wrong } as const;
  const findings = [
    { ...finding, action: 'deny', place: { file: 'charts of ours/b.yaml', line: 6 } },
    { ...finding, action: 'warn' },
  ] as const;
  const sarif = JSON.parse(printVerdict({ objects: 2, policies: 1, findings }, 'sarif'));
  expect(validSarif(sarif), JSON.stringify(validSarif.errors)).toBe(true);
  expect(validSarif({ ...sarif, version: '2' })).toBe(false);
  const logicalLocations = [{ fullyQualifiedName: 'ConfigMap b' }];
  const physicalLocation = { artifactLocation: { uri: 'charts%20of%20ours/b.yaml' }, region: { startLine: 6 } };
  const result = { ruleId: 'mine', message: { text: wrong } };
  expect(sarif.runs).toEqual([
    {
      tool: { driver: { name: 'aws-blueprints', rules: [{ id: 'mine' }] } },
      results: [
        { ...result, level: 'error', locations: [{ physicalLocation, logicalLocations }] },
        { ...result, level: 'warning', locations: [{ logicalLocations }] },
      ],
    },
  ]);
  const empty = JSON.parse(printVerdict({ objects: 2, policies: 1, findings: [] }, 'sarif'));
  expect(validSarif(empty), JSON.stringify(validSarif.errors)).toBe(true);
});
