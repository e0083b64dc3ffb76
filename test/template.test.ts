import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  run(process.execPath, [cli, 'template', ...args], { cwd: folder.path, ...(stdin !== undefined && { stdin }) });
const own = (path: string) => path.replaceAll(repository(''), '');
const golden = (name: string) => repository(`test/template/${name}`);
const thing = repository('test/xrd/thing.yaml');
const claims = repository('xrds/claims/irsa.yaml');
const existing = repository('test/template/existing.yaml');
const module = repository('test/template/bucket-of-pods');

describe('a template', () => {
  test.each([
    ['whole', [thing, '--title', 'Some thing', '--description', 'For tests.', '--name', 'some-thing']],
    ['raw', [repository('test/portal/kitchen-sink.yaml'), '--raw']],
    ['inserted', [thing, '--template', existing, '--insert-at', 'spec.parameters[1]', '--verifiers', 'a,b']],
    ['verifiers', [claims, '--verifiers', 'crossplane']],
    ['terraform-raw', [module, '--raw']],
    ['terraform-inserted', [join(module, 'main.tf'), '--template', existing]],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await command(args);
    expect(code).toBe(0);
    const notes = own(stderr).replace(/^(?=.)/gm, '# ');
    await expect(`${stdout}---\n${notes}`).toMatchFileSnapshot(golden(`${name}.out.yaml`));
  });

  test('with a choice of kinds, in files', async () => {
    const { code, stdout, stderr } = await command([thing, claims, '--collapse', '--out', 'choice']);
    expect({ code, stdout, stderr: own(stderr) }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "test/xrd/thing.yaml: spec: not in the form: rule !has(self.mode) || self.mode != 'fast' || has(self.cache__underscores__size)
      test/xrd/thing.yaml: rules: not in the form: each item needs its own id
      test/xrd/thing.yaml: rules[]: not in the form: anyOf [{"required":["days"]},{"required":["label"]}]
      kinds: 2, files: 3, refused: 0
      ",
        "stdout": "",
      }
    `);
    for (const name of ['template.yaml', 'resources/irsa.yaml', 'resources/thing.yaml']) {
      const text = readFileSync(join(folder.path, 'choice', name), 'utf8');
      await expect(text).toMatchFileSnapshot(golden(`choice/${name}`));
    }
  });

  test('for a Terraform module and a kind, in files', async () => {
    const { code } = await command([module, claims, '--collapse', '--out', 'terraform']);
    expect(code).toBe(0);
    expect(readdirSync(join(folder.path, 'terraform/resources'))).toEqual(['bucket_of_pods.yaml', 'irsa.yaml']);
    for (const name of ['template.yaml', 'variables.json.njk']) {
      const text = readFileSync(join(folder.path, 'terraform', name), 'utf8');
      await expect(text).toMatchFileSnapshot(golden(`terraform/${name}`));
    }
  });

  test('for each Terraform module below a folder, without copies of others', async () => {
    cpSync(module, join(folder.path, 'modules/one'), { recursive: true });
    cpSync(module, join(folder.path, 'modules/two'), { recursive: true });
    cpSync(module, join(folder.path, 'modules/two/.terraform/modules/three'), { recursive: true });
    expect((await command(['modules', '--out', 'each-module'])).code).toBe(0);
    expect(readdirSync(join(folder.path, 'each-module'))).toEqual(['one', 'two']);
    expect(readdirSync(join(folder.path, 'each-module/two'))).toEqual(['template.yaml', 'variables.json.njk']);
  });

  test('for each kind of a pattern, and of a list', async () => {
    const list = yaml.dump({ apiVersion: 'v1', kind: 'List', items: [yaml.load(readFileSync(thing, 'utf8'))] });
    writeFileSync(join(folder.path, 'list.yaml'), list);
    const pattern = repository('xrds/claims/*irsa.yaml');
    expect((await command([pattern, 'list.yaml', '--out', 'each'])).code).toBe(0);
    expect(readdirSync(join(folder.path, 'each'))).toEqual(['irsa', 's3irsa', 'thing']);
  });

  test('is written though another input is refused, and exits with 1', async () => {
    const { code, stdout, stderr } = await command([thing, 'none.yaml', '--out', 'some']);
    expect({ code, stdout, stderr: own(stderr) }).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "INPUT_MISSING: none.yaml: no such file or folder, and no file of that pattern; check the path
      test/xrd/thing.yaml: spec: not in the form: rule !has(self.mode) || self.mode != 'fast' || has(self.cache__underscores__size)
      test/xrd/thing.yaml: rules: not in the form: each item needs its own id
      test/xrd/thing.yaml: rules[]: not in the form: anyOf [{"required":["days"]},{"required":["label"]}]
      kinds: 1, files: 1, refused: 1
      ",
        "stdout": "",
      }
    `);
    expect(existsSync(join(folder.path, 'some/template.yaml'))).toBe(true);
  });

  test('keeps every digit', async () => {
    const { stdout } = await command(
      ['-', '--raw'],
      'type: object\nproperties:\n  a: {type: integer, enum: [9007199254740993]}\n',
    );
    expect(stdout).toContain('- 9007199254740993\n');
  });
});

describe('a rule that reads almost like a condition stays with the API server', () => {
  test.each([
    ['a field without a name', 'has(self.a) || size(self.b) > 0'],
    ['a number that JSON does not write so', '!has(self.a) || self.b == 007'],
    ['a number that JavaScript rounds', '!has(self.a) || self.b == 9007199254740993'],
  ])('%s', async (_, rule) => {
    const schema = {
      type: 'object',
      properties: { '': { type: 'string' }, a: { type: 'string' }, b: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule }],
    };
    const { code, stdout, stderr } = await command(['-', '--raw'], yaml.dump(schema));
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`not in the form: rule ${rule}\n`) });
    expect(stdout).not.toContain('allOf');
  });
});

describe('is refused', () => {
  test.each([
    ['a schema without a kind', ['-'], 'type: object\n'],
    ['a Terraform module, whose template has a second file', [module], ''],
    ['another kind', ['-'], 'apiVersion: v1\nkind: Service\n'],
    ['a version that is not there', [thing, '--version', 'v9'], ''],
    ['a pointer into a definition', [thing, '--select', '#/spec'], ''],
    ['nothing at all', ['-'], 'apiVersion: v1\nkind: List\nitems: []\n'],
    ['two kinds for one output', [thing, claims], ''],
    ['one kind twice', [thing, '-', '--out', 'twice'], readFileSync(thing, 'utf8')],
    [
      'a field that is there already',
      [thing, '--template', golden('whole.out.yaml'), '--insert-at', 'spec.parameters[1]'],
      '',
    ],
    ['a list of pages', [thing, '--template', existing, '--insert-at', 'spec.parameters'], ''],
    ['a path that leads nowhere', [thing, '--template', existing, '--insert-at', 'spec.pages[0]'], ''],
    ['a page that is not there', [thing, '--template', existing, '--insert-at', 'spec.parameters[2]'], ''],
    ['what is no path', [thing, '--template', existing, '--insert-at', '.a, .b'], ''],
    ['a template that is none', [thing, '--template', thing], ''],
    ['a template that is not there', [thing, '--template', 'none.yaml'], ''],
  ])('%s', async (_, args, stdin) => {
    const { code, stdout, stderr } = await command(args, stdin);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(stackTrace);
    expect(stderr).not.toContain('INTERNAL');
    expect(own(stderr)).toMatchSnapshot();
  });

  test.each([
    ['a file without variables', 'locals {\n  a = 1\n}\n'],
    ['broken HCL', 'variable "a" {\n  type = string\n}\nvariable "b" {\n  default = [1, 2\n}\n'],
    ['a block that does not end', 'variable "a" {\n  type = string\n'],
    ['what is no text', '\u0000\u0001'],
    ['an unknown type', 'variable "a" {\n  type = list(strin)\n}\n'],
    ['a type named as what every object has', 'variable "a" {\n  type = constructor\n}\n'],
    ['a list of two types', 'variable "a" {\n  type = list(string, number)\n}\n'],
    ['a list of nothing, within another type', 'variable "a" {\n  type = set(list)\n}\n'],
    ['optional where nothing is', 'variable "a" {\n  type = optional(string)\n}\n'],
    ['a name in quotes', 'variable "a" {\n  type = object({ "b c" = string })\n}\n'],
    ['a type in quotes', 'variable "a" {\n  type = "string"\n}\n'],
    ['a variable without a name', 'variable {\n  type = string\n}\n'],
    ['a variable with and one without a name', 'variable {}\nvariable "a" {}\n'],
    ['a variable with two names', 'variable "a" "b" {}\n'],
    ['a variable twice', 'variable "a" {}\nvariable "a" {}\n'],
    ['more brackets than can be read', `variable "a" {\n  default = ${'['.repeat(5000)}${']'.repeat(5000)}\n}\n`],
    ['more signs than can be read', `variable "a" {\n  default = ${'!'.repeat(100_000)}true\n}\n`],
  ])('of Terraform, %s', async (_, text) => {
    writeFileSync(join(folder.path, 'bad.tf'), text);
    const { code, stdout, stderr } = await command(['bad.tf', '--raw']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(stackTrace);
    expect(stderr).not.toContain('INTERNAL');
    expect(stderr).toMatchSnapshot();
  });

  test('one Terraform file, while another is read', async () => {
    mkdirSync(join(folder.path, 'good'));
    writeFileSync(join(folder.path, 'broken.tf'), `variable "a" {\n  default = ${'!'.repeat(100_000)}true\n}\n`);
    writeFileSync(join(folder.path, 'good/main.tf'), 'variable "a" {\n  type = string\n}\n');
    const { code, stderr } = await command(['broken.tf', 'good', '--out', 'part']);
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 1,
      last: 'kinds: 1, files: 2, refused: 1',
    });
    expect(existsSync(join(folder.path, 'part/template.yaml'))).toBe(true);
  });

  test('a name that Backstage does not take, as wrong usage', async () => {
    const { code, stderr } = await command([thing, '--name', 'a b']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
  });

  test("somebody's own file", async () => {
    mkdirSync(join(folder.path, 'own'));
    writeFileSync(join(folder.path, 'own/template.yaml'), 'mine');
    const { code, stderr } = await command([thing, '--out', 'own']);
    expect({ code, stderr: stderr.split('\n')[0] }).toMatchInlineSnapshot(`
      {
        "code": 1,
        "stderr": "OUTPUT_FOREIGN: own/template.yaml: exists already; move it, or write to another folder",
      }
    `);
    expect(readFileSync(join(folder.path, 'own/template.yaml'), 'utf8')).toBe('mine');
  });
});
