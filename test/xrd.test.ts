import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildBundles, repository, run, stackTrace, temporaryFolder } from './support/process.ts';

const folder = temporaryFolder();
let cli = '';

beforeAll(async () => {
  cli = (await buildBundles(folder.path)).cli;
});
afterAll(() => folder.remove());

const command = (args: readonly string[], stdin?: string) =>
  run(process.execPath, [cli, 'xrd', ...args], { cwd: folder.path, ...(stdin !== undefined && { stdin }) });
const thing = repository('test/xrd/thing.yaml');
const named = ['--group', 'example.org', '--kind', 'Thing'];

describe('an XRD', () => {
  test.each([
    ['whole', [thing, ...named, '--form', 'both']],
    ['fields', [thing, ...named, '--fields', 'mode,name,rules.days,window.start', '--claim', 'ThingClaim']],
    [
      'openapi',
      [repository('test/xrd/openapi.yaml'), '--select', '#/components/schemas/Database', ...named, '--form', 'both'],
    ],
    ['schema', [repository('test/xrd/schema.yaml'), ...named, '--form', 'claims']],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await command(args);
    expect(code).toBe(0);
    await expect(`${stdout}---\n${stderr.replace(/^/gm, '# ').replace(/# $/, '')}`).toMatchFileSnapshot(
      repository(`test/xrd/${name}.out.yaml`),
    );
  });

  test('has the version that is asked for, and what a v1beta1 definition says for all of them', async () => {
    const { stdout } = await command([thing, ...named, '--version', 'v1beta1']);
    expect(stdout).not.toContain('cache');
    const old = `apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
spec:
  group: a.io
  names: {kind: A, plural: as}
  version: v1
  additionalPrinterColumns: [{name: SIZE, type: integer, JSONPath: .spec.size}]
  validation:
    openAPIV3Schema: {required: [spec], properties: {spec: {properties: {size: {minimum: 1, type: integer}}}}}
`;
    const made = await command(['-', ...named], old);
    expect({ code: made.code, stderr: made.stderr, xrd: yaml.load(made.stdout) }).toMatchObject({
      code: 0,
      stderr: '',
      xrd: {
        spec: {
          versions: [
            {
              additionalPrinterColumns: [{ name: 'SIZE', jsonPath: '.spec.size' }],
              schema: {
                openAPIV3Schema: { properties: { spec: { type: 'object', properties: { size: { minimum: 1 } } } } },
              },
            },
          ],
        },
      },
    });
  });

  test('goes into files that it may replace later', async () => {
    const args = [thing, ...named, '--form', 'both', '--out', 'made'];
    expect(await command(args)).toMatchObject({ code: 0, stdout: '' });
    const written = readFileSync(join(folder.path, 'made/xthings.example.org.yaml'), 'utf8');
    const printed = (await command([thing, ...named, '--form', 'claims'])).stdout;
    expect(written).toBe(printed);
    expect((await command(args)).code).toBe(0);
  });
});

describe('is refused', () => {
  const crd = (spec: string) =>
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a\nspec:\n${spec}`;
  const identity = '  group: a.io\n  names: {kind: A, plural: as}\n';

  test.each([
    ['a field that is not there', [thing, ...named, '--fields', 'rules.colour'], ''],
    ['one kind for composite and claim', [thing, ...named, '--claim', 'Thing'], ''],
    ['a start without a folder', [thing, ...named, '--composition'], ''],
    ['no version', ['-', ...named], crd(`${identity}  versions: []\n`)],
    ['a version without schema', ['-', ...named], crd(`${identity}  versions: [{name: v1, served: true}]\n`)],
    [
      'no names',
      ['-', ...named],
      crd('  versions: [{name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}]\n'),
    ],
    ['two definitions', ['-', ...named], 'type: object\n---\ntype: object\n'],
    ['a version that is not there', [thing, ...named, '--version', 'v9'], ''],
    ['a version of a schema', ['-', ...named, '--version', 'v1'], 'type: object\n'],
    ['a pointer into a definition', [thing, ...named, '--select', '#/spec'], ''],
    ['an old version to compose', [thing, ...named, '--version', 'v1beta1', '--composition', '--out', 'old'], ''],
    ['more levels than can be read', ['-', ...named], `${'{"properties":{"a":'.repeat(3000)}{}${'}}'.repeat(3000)}`],
    ['a field named __proto__', ['-', ...named], 'type: object\nproperties:\n  __proto__: {type: string}\n'],
    ['a field that is no schema', ['-', ...named], 'type: object\nproperties:\n  a: null\n'],
    ['a keyword of another kind', ['-', ...named], 'type: object\nproperties:\n  a: {type: string, enum: a}\n'],
    ['aliases that stand for themselves', ['-', ...named], 'type: object\nproperties: &p\n  a: {properties: *p}\n'],
    ['a list of none', ['-', ...named], 'apiVersion: v1\nkind: List\nitems: []\n'],
    ['another kind', ['-', ...named], 'apiVersion: v1\nkind: Service\n'],
    ['an old document', ['-', ...named], "swagger: '2.0'\n"],
    ['text', ['-', ...named], 'hello'],
    ['a reference', ['-', ...named], 'type: object\nproperties:\n  a: {$ref: "#/x"}\n'],
    ['an OpenAPI document without a choice', [repository('test/xrd/openapi.yaml'), ...named], ''],
    [
      'a schema in itself',
      [repository('test/xrd/openapi.yaml'), ...named, '--select', '#/components/schemas/Node'],
      '',
    ],
    ['broken YAML', ['-', ...named], 'a: [1\nb: 2'],
    ['a missing file', ['none.yaml', ...named], ''],
  ])('%s', async (_, args, stdin) => {
    const { code, stdout, stderr } = await command(args, stdin);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(stackTrace);
    expect(stderr.replaceAll(repository(''), '')).toMatchSnapshot();
  });

  test.each([
    ['no group', [thing, '--kind', 'A']],
    ['a group without a dot', [thing, '--group', 'a', '--kind', 'A']],
    ['a kind in small letters', [thing, '--group', 'a.io', '--kind', 'a']],
    ['an empty field', [thing, ...named, '--fields', 'a,,b']],
  ])('as wrong usage: %s', async (_, args) => {
    const { code, stdout, stderr } = await command(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  });

  test("somebody's own file, and then nothing is written", async () => {
    mkdirSync(join(folder.path, 'own'));
    writeFileSync(join(folder.path, 'own/things.m.example.org.yaml'), 'mine');
    const { code, stderr } = await command([thing, ...named, '--form', 'both', '--out', 'own']);
    expect({ code, stderr }).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "OUTPUT_FOREIGN: own/things.m.example.org.yaml: exists already; move it, or write to another folder
      ",
      }
    `);
    expect(existsSync(join(folder.path, 'own/xthings.example.org.yaml'))).toBe(false);
  });
});
