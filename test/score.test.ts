import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import { exampleOf } from '../tools/gen/examples.ts';
import { claimChecks } from '../tools/score/claim-checks.ts';
import { type Scored, score } from '../tools/score/score.ts';
import { buildBundles, run, stackTrace, temporaryFolder } from './support/process.ts';

const folder = temporaryFolder();
const surroundings = {
  environment: 'examples/environment.yaml',
  required: 'examples/required.yaml',
  date: '2026-11-23',
};

afterAll(() => folder.remove());

/** A folder of its own with some files. */
function repositoryOf(name: string, files: Readonly<Record<string, unknown>>): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder.path, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(folder.path, name);
}

const good = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'shop',
    title: 'Shop',
    description: 'Sells things.',
    tags: ['aws'],
    links: [{ url: 'https://example.org' }],
    annotations: { 'backstage.io/techdocs-ref': 'dir:.' },
  },
  spec: { type: 'service', owner: 'group:default/team-a', lifecycle: 'production' },
};
const missedOf = ({ results }: Scored) => results.filter(({ passed }) => !passed).map(({ check }) => check);
const missed = (name: string, object: unknown) => {
  const { scored, errors } = score(repositoryOf(name, { 'a.json': object }), surroundings);
  expect(errors).toEqual([]);
  return scored.map(missedOf);
};

describe('an entity', () => {
  test('with everything misses nothing', () => {
    expect(missed('good', good)).toEqual([[]]);
  });

  test.each([
    ['owner', { ...good, spec: { ...good.spec, owner: 'user:default/somebody' } }],
    ['owner', { ...good, spec: { ...good.spec, owner: undefined } }],
    ['title', { ...good, metadata: { ...good.metadata, title: ' ' } }],
    ['description', { ...good, metadata: { ...good.metadata, description: undefined } }],
    ['tags', { ...good, metadata: { ...good.metadata, tags: [] } }],
    ['docs', { ...good, metadata: { ...good.metadata, annotations: {} } }],
    ['links', { ...good, metadata: { ...good.metadata, links: undefined } }],
    ['lifecycle', { ...good, spec: { ...good.spec, lifecycle: 'someday' } }],
  ])('without %s is told so', (check, entity) => {
    expect(missed(`without-${check}`, entity)).toEqual([[check]]);
  });

  test.each(['Group', 'User', 'Location'])('of kind %s is not scored', (kind) => {
    const path = repositoryOf(kind, { 'a.json': good, 'b.json': { ...good, kind } });
    expect(score(path, surroundings).scored.map(({ object }) => object)).toEqual(['Component shop']);
  });

  test('that has no lifecycle by its kind does not miss one', () => {
    expect(missed('system', { ...good, kind: 'System', spec: { owner: 'team-a' } })).toEqual([[]]);
  });
});

describe('a claim', () => {
  const exampleAs = (name: string, spec: object = {}) => {
    const blueprint = blueprints.find((one) => one.name === name);
    if (blueprint === undefined) throw new Error(`no ${name}`);
    const example = exampleOf(blueprint, 'production', 'claims');
    return { ...example, spec: { ...Object(example).spec, ...spec } };
  };
  const withData = ['s3-irsa', 'object-storage', 'relational-database', 'eks-cluster'];

  test.each(withData)('of %s for production misses nothing', (name) => {
    expect(missed(`production-${name}`, exampleAs(name))).toEqual([[]]);
  });

  test.each([
    ['object-storage', { forceDestroy: true }, ['protected']],
    ['object-storage', { versioning: 'Suspended' }, ['backed-up']],
    ['relational-database', { deletionProtection: false }, ['protected']],
    ['relational-database', { backupRetentionDays: 3 }, ['backed-up']],
    ['relational-database', { skipFinalSnapshot: true }, ['backed-up']],
    ['eks-cluster', { deletionProtection: false }, ['protected']],
    ['eks-cluster', { version: '1.32' }, ['supported']],
  ])('of %s with %j misses %j', (name, spec, checks) => {
    expect(missed(`${name}-${JSON.stringify(spec)}`.replaceAll(/\W/g, '-'), exampleAs(name, spec))).toEqual([checks]);
  });

  test('with a version is good until the day on which its support ends', () => {
    const path = repositoryOf('day', { 'a.json': exampleAs('eks-cluster', { version: '1.34' }) });
    const on = (date: string) => score(path, { ...surroundings, date }).scored.map(missedOf);
    expect([on('2026-12-01'), on('2026-12-02')]).toEqual([[[]], [['supported']]]);
  });

  test('that composed something unencrypted would miss it', () => {
    const managed = (group: string, kind: string, forProvider: object) => ({
      apiVersion: `${group}.aws.upbound.io/v1beta1`,
      kind,
      spec: { forProvider },
    });
    const encrypted = claimChecks.find(({ id }) => id === 'encrypted');
    const verdict = (one: ReturnType<typeof managed>) => encrypted?.holds(one, [one], '2026-11-23');
    expect(verdict(managed('s3', 'Bucket', {}))).toBe(false);
    expect(verdict(managed('rds', 'Instance', {}))).toBe(false);
    expect(verdict(managed('rds', 'Instance', { storageEncrypted: true }))).toBe(true);
    expect(verdict(managed('rds', 'Instance', { snapshotIdentifier: 'a' }))).toBeUndefined();
    expect(verdict(managed('eks', 'Cluster', {}))).toBe(false);
    expect(verdict(managed('iam', 'Role', {}))).toBeUndefined();
  });

  test('that is refused, or not composed to its end, is an error, and the others are scored', () => {
    const path = repositoryOf('mixed', {
      'good.json': good,
      'wrong.json': exampleAs('object-storage', { versioning: 'Never' }),
      'open.json': exampleAs('relational-database', { networkRef: { name: 'nowhere' } }),
    });
    const { scored, errors } = score(path, surroundings);
    expect(scored.map(({ object }) => object)).toEqual(['Component shop']);
    expect(errors.map(({ code }) => code).sort()).toEqual(['CHECK_INCOMPLETE', 'CLAIM_INVALID']);
  });
});

describe('the command', () => {
  let cli = '';
  beforeAll(async () => {
    cli = (await buildBundles(folder.path)).cli;
  });
  const command = (...args: readonly string[]) => run(process.execPath, [cli, 'score', ...args], { cwd: folder.path });

  test('prints what is missing', async () => {
    repositoryOf('printed', {
      'catalog-info.yaml': { ...good, metadata: { name: 'shop' } },
      'values.yaml': '{{ no yaml }}',
    });
    const { code, stdout, stderr } = await command('printed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 of 7, 28 %\n' });
    expect(stdout).toMatchInlineSnapshot(`
      "┌────────────────┬───────────────────────────┬────────┬──────────────────────────────────────────────────┐
      │ Object         │ From                      │ Score  │ What is missing                                  │
      ├────────────────┼───────────────────────────┼────────┼──────────────────────────────────────────────────┤
      │ Component shop │ printed/catalog-info.yaml │ 2 of 7 │ title: write metadata.title                      │
      │                │                           │        │ description: write metadata.description          │
      │                │                           │        │ tags: list metadata.tags                         │
      │                │                           │        │ docs: annotate it with backstage.io/techdocs-ref │
      │                │                           │        │ links: list metadata.links                       │
      └────────────────┴───────────────────────────┴────────┴──────────────────────────────────────────────────┘
      "
    `);
  });

  test('ends with 3 when less is reached than is wanted', async () => {
    repositoryOf('wanted', { 'catalog-info.yaml': { ...good, metadata: { name: 'shop' } } });
    expect(await command('wanted', '--minimum', '29')).toMatchObject({ code: 3 });
    expect(await command('wanted', '--minimum', '28', '-o', 'json')).toMatchObject({ code: 0 });
  });

  test.each([
    [['nowhere'], 1, 'INPUT_MISSING: nowhere: no such file or folder; check the path\n'],
    [
      ['functions/core'],
      1,
      'SCORE_NOTHING: functions/core: no entity of the catalog (API, Component, Domain, Resource, System) and no claim; name a folder with catalog-info.yaml, or with claims\n',
    ],
  ])('of %j is refused', async (args, code, message) => {
    expect(await command(...args)).toEqual({ code, stdout: '', stderr: message });
  });

  test.each([[['.', '--minimum', '101']], [['.', '--date', 'today']], [[]]])('%j is wrong usage', async (args) => {
    const { code, stderr } = await command(...args);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(stackTrace);
  });
});
