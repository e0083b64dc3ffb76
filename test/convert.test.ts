import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildBundles, type Finished, run, stackTrace, temporaryFolder } from './support/process.ts';

const bundles = temporaryFolder();
let folder = temporaryFolder();
let cli = '';

beforeAll(async () => {
  cli = (await buildBundles(bundles.path)).cli;
});
beforeEach(() => {
  folder.remove();
  folder = temporaryFolder();
});
afterAll(() => {
  bundles.remove();
  folder.remove();
});

const convert = (args: readonly string[], stdin?: string): Promise<Finished> =>
  run(process.execPath, ['--max-old-space-size=256', cli, 'convert', ...args], {
    cwd: folder.path,
    timeout: 20_000,
    ...(stdin !== undefined && { stdin }),
  });

function file(name: string, content: unknown): string {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : yaml.dump(content));
  return name;
}

const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
const written = (name: string): string[] =>
  readdirSync(join(folder.path, name), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder.path, name).length + 1))
    .sort();

const size = { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } };
const version = (name: string, served = true, schema: object = size) => ({
  name,
  served,
  storage: false,
  schema: { openAPIV3Schema: schema },
});
const crd = (kind: string, versions: readonly object[] = [version('v1')], group = 'a.io') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.${group}` },
  spec: { group, names: { kind, plural: `${kind.toLowerCase()}s` }, scope: 'Namespaced', versions },
});
const xrd = (apiVersion: string, spec: object) => ({
  apiVersion: `apiextensions.crossplane.io/${apiVersion}`,
  kind: 'CompositeResourceDefinition',
  metadata: { name: 'xthings.a.io' },
  spec: { group: 'a.io', names: { kind: 'XThing', plural: 'xthings' }, versions: [version('v1')], ...spec },
});
const openapi = {
  openapi: '3.0.3',
  info: { title: 'Pet Store', version: '1.2.0' },
  paths: {},
  components: {
    schemas: {
      Pet: {
        type: 'object',
        properties: { name: { type: 'string', nullable: true }, owner: { $ref: '#/components/schemas/Owner' } },
      },
      Owner: { type: 'object', properties: { pets: { type: 'array', items: { $ref: '#/components/schemas/Pet' } } } },
    },
  },
};

describe('one schema', () => {
  test('of a component goes to standard output, with what it refers to', async () => {
    const { code, stdout, stderr } = await convert([file('api.yaml', openapi), '--to', 'draft-07', '--kind', 'Pet']);
    expect({ code, stderr, schema: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      schema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: { name: { type: ['string', 'null'] }, owner: { $ref: '#/definitions/Owner' } },
        definitions: { Owner: { type: 'object', properties: { pets: { type: 'array', items: { $ref: '#' } } } } },
      },
    });
  });

  test('is chosen by a pointer as well', async () => {
    const args = ['--to', '2020-12', '--select', '#/components/schemas/Owner'];
    const { stdout } = await convert([file('api.yaml', openapi), ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ properties: { pets: { items: { $ref: '#/$defs/Pet' } } } });
  });

  test('of a CRD is that of its first served version', async () => {
    const versions = [version('v1alpha1', false), version('v1beta1'), version('v1')];
    const name = file('crd.yaml', crd('Thing', versions));
    const { stdout } = await convert([name, '--to', 'draft-04']);
    expect(JSON.parse(stdout).properties.apiVersion).toEqual({ type: 'string', enum: ['a.io/v1beta1'] });
    const chosen = await convert([name, '--to', 'draft-04', '--version', 'v1']);
    expect(JSON.parse(chosen.stdout).properties.apiVersion.enum).toEqual(['a.io/v1']);
  });

  test('comes from standard input', async () => {
    const { stdout } = await convert(['-', '--to', 'draft-07'], 'type: string\nnullable: true\n');
    expect(JSON.parse(stdout).type).toEqual(['string', 'null']);
  });

  test('keeps every digit, from YAML and from JSON', async () => {
    for (const text of [
      'type: integer\nmaximum: 9007199254740993\n',
      '{"type":"integer","maximum":9007199254740993}',
    ]) {
      expect((await convert(['-', '--to', 'draft-07'], text)).stdout).toContain('"maximum": 9007199254740993\n');
    }
  });

  test('says on standard error what it does not express', async () => {
    const schema = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a > 1' }], properties: {} };
    const { code, stderr } = await convert([file('a.yaml', schema), '--to', 'draft-07']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'CEL_DROPPED: (root): self.a > 1\n' });
    const refused = await convert(['a.yaml', '--to', 'draft-07', '--unrepresentable', 'error']);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
    expect(refused.stderr).toContain("OPENAPI_UNREPRESENTABLE: a.yaml (root): draft-07 can't say self.a > 1;");
  });

  test('is written as a CRD has it', async () => {
    const schema = {
      openapi: '3.1.0',
      info: { title: 'Shop', version: '1' },
      components: {
        schemas: {
          Order: {
            type: 'object',
            properties: { size: { $ref: '#/components/schemas/Size' }, note: { type: ['string', 'null'] } },
            patternProperties: { '^x': { type: 'string' } },
          },
          Size: { type: 'integer', exclusiveMinimum: 9007199254740993n },
        },
      },
    };
    const text = JSON.stringify(schema, (_, value) => (typeof value === 'bigint' ? `@${value}` : value));
    const api = file('api.json', text.replace(/"@(\d+)"/, '$1'));
    const args = [api, '--kind', 'Order', '--to', 'structural'];
    const printed = await convert(args);
    expect(printed).toEqual({
      code: 0,
      stdout: `type: object
properties:
  size:
    type: integer
    minimum: 9007199254740993
    exclusiveMinimum: true
  note:
    type: string
    nullable: true
`,
      stderr: 'KEYWORD_DROPPED: (root): patternProperties is not known to Kubernetes\n',
    });
    expect((await convert([...args, '--out', 'out'])).code).toBe(0);
    expect(written('out')).toEqual(['shop/Order_1.yaml']);
    expect(read('out/shop/Order_1.yaml')).toBe(`# Converted by aws-blueprints from Order.\n${printed.stdout}`);
    expect((await convert([...args, '--unrepresentable', 'error'])).stderr).toMatch(
      /^OPENAPI_UNREPRESENTABLE: api.json/,
    );
  });

  test('is asked for where there are several', async () => {
    const name = file('xrd.yaml', xrd('v1', { claimNames: { kind: 'Thing', plural: 'things' } }));
    const { code, stdout, stderr } = await convert([name, '--to', 'draft-07']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('CONVERT_MANY: --out: 2 schemas (xrd.yaml a.io/v1 XThing; xrd.yaml a.io/v1 Thing)');
  });
});

describe('a folder of schemas', () => {
  test('has the layout that validators look for, from every document, item and form', async () => {
    file('in/many.yaml', `${yaml.dump(crd('Alpha', [version('v1'), version('v2')]))}---\n${yaml.dump(crd('Beta'))}`);
    file('in/deep/list.yml', { apiVersion: 'v1', kind: 'List', items: [crd('Gamma')] });
    file('in/xrd.json', JSON.stringify(xrd('v1', { claimNames: { kind: 'Thing', plural: 'things' } })));
    file('api.yaml', openapi);
    const args = ['in', 'api.yaml', '--to', 'draft-07', '--out', 'out', '--all-versions'];
    const first = await convert(args);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('4 files: 8 schemas written, 0 errors\n');
    expect(written('out')).toEqual([
      'a.io/alpha_v1.json',
      'a.io/alpha_v2.json',
      'a.io/beta_v1.json',
      'a.io/gamma_v1.json',
      'a.io/thing_v1.json',
      'a.io/xthing_v1.json',
      'pet-store/Owner_1.2.0.json',
      'pet-store/Pet_1.2.0.json',
    ]);
    const before = written('out').map((name) => read(`out/${name}`));
    expect((await convert(args)).code).toBe(0);
    expect(written('out').map((name) => read(`out/${name}`))).toEqual(before);
  });

  test('takes patterns, and names by a template', async () => {
    file('in/a.yaml', crd('Alpha'));
    file('in/b.txt', 'no yaml: [');
    const args = ['--to', 'draft-07', '--out', 'out', '--name-template', '{kind}.json'];
    expect((await convert(['in/*.yaml', ...args])).code).toBe(0);
    expect(written('out')).toEqual(['alpha.json']);
  });

  test('gives the same in two threads, which take many, as in one', async () => {
    const ruled = { ...size, 'x-kubernetes-validations': [{ rule: 'self.spec.size > 0' }] };
    for (const half of ['a', 'b']) {
      for (let index = 10; index < 60; index += 1) {
        const name = `${half}/${index}.yaml`;
        if (index % 7 === 0) file(name, 'a: [1,\n  b: }');
        else file(name, crd(`${half}Kind${index % 10 === 0 ? index + 1 : index}`, [version('v1', true, ruled)]));
      }
    }
    const args = (name: string) => ['--to', 'draft-07', '--out', name, '--report', `${name}.jsonl`];
    const both = await convert(['a', 'b', ...args('both')]);
    const halves = [await convert(['a', ...args('one')]), await convert(['b', ...args('two')])];
    expect(both).toMatchObject({ code: 1, stderr: halves.map(({ stderr }) => stderr).join('') });
    expect(both.stdout).toContain('100 files: 78 schemas written, 22 errors\n');
    const inHalves = ['one', 'two'].flatMap((name) => written(name).map((path) => [path, read(`${name}/${path}`)]));
    expect(written('both').map((path) => [path, read(`both/${path}`)])).toEqual(inHalves);
    expect(read('both.jsonl')).toMatch(/^(\{.*\}\n){86}$/);
    expect(read('both.jsonl')).toBe(read('one.jsonl') + read('two.jsonl'));
  });

  test('closes what the API server prunes, with the fields that Crossplane adds', async () => {
    file('in/v1.yaml', xrd('v1', { claimNames: { kind: 'Thing', plural: 'things' } }));
    file('in/v2.yaml', { ...xrd('v2', { scope: 'Namespaced', group: 'm.a.io' }) });
    await convert(['in', '--to', 'draft-07', '--out', 'out', '--closed']);
    const fields = (name: string) => {
      const { additionalProperties, properties } = JSON.parse(read(`out/${name}`)).properties.spec;
      return { additionalProperties, names: Object.keys(properties) };
    };
    expect(fields('a.io/thing_v1.json')).toMatchObject({
      additionalProperties: false,
      names: expect.arrayContaining(['size', 'resourceRef']),
    });
    expect(fields('a.io/xthing_v1.json').names).toContain('claimRef');
    expect(fields('m.a.io/xthing_v1.json').names).toEqual(['size', 'crossplane']);
  });

  test('has what Crossplane adds to an XRD without fields of its own', async () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: null } };
    file('in/xrd.yaml', xrd('v1', { versions: [{ name: 'v1', served: true, schema }] }));
    expect((await convert(['in', '--to', 'draft-07', '--out', 'out'])).code).toBe(0);
    const { properties } = JSON.parse(read('out/a.io/xthing_v1.json'));
    expect(Object.keys(properties)).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    expect(properties.metadata.allOf).toEqual([{ properties: { name: { type: 'string', maxLength: 63 } } }]);
  });

  test('keeps extensions when asked, and reports in a file', async () => {
    const schema = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object' },
    };
    file('in/a.yaml', schema);
    await convert(['in', '--to', 'draft-07', '--out', 'out', '--keep-extensions', '--report', 'report.jsonl']);
    expect(JSON.parse(read('out/a.json'))).toMatchObject({ 'x-kubernetes-list-type': 'map' });
    expect(JSON.parse(read('report.jsonl'))).toEqual({
      source: 'in/a.yaml',
      code: 'KEYWORD_DROPPED',
      path: '',
      detail: 'x-kubernetes-list-type map: one element per k',
      verdict: true,
    });
  });
});

describe('bad input', () => {
  const good = () => file('in/good.yaml', crd('Good'));

  test.each([
    ['broken YAML', 'a: [1,\n  b: }', 'INPUT_SYNTAX: in/bad.yaml:2:'],
    ['another object', { apiVersion: 'v1', kind: 'Service' }, 'DEFINITION_KIND: in/bad.yaml (root): v1 Service;'],
    ['a text', 'hello', 'DEFINITION_KIND: in/bad.yaml (root): a document that is a string;'],
    ['nothing', '# nothing\n', 'INPUT_EMPTY: in/bad.yaml: no document;'],
    [
      'Swagger',
      { swagger: '2.0', definitions: {} },
      'DEFINITION_FORMAT: in/bad.yaml (root): Swagger 2.0, which is not read;',
    ],
    ['no versions', crd('Bad', []), 'DEFINITION_VERSIONS: in/bad.yaml Bad.a.io: a definition without versions;'],
    [
      'a version without a schema',
      crd('Bad', [{ name: 'v1', served: true }]),
      'DEFINITION_SCHEMA: in/bad.yaml a.io/v1 Bad: a version without a schema;',
    ],
    [
      'an XRD whose names have no length',
      xrd('v1', {
        versions: [
          {
            name: 'v1',
            served: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { metadata: { properties: { name: { maxLength: 'x' } } } },
              },
            },
          },
        ],
      }),
      'OPENAPI_KEYWORD: in/bad.yaml a.io/v1 XThing metadata.name.maxLength: not a number of 0 or more;',
    ],
    [
      'a field named __proto__',
      `type: object\nproperties:\n  __proto__: {type: string}\n`,
      'OPENAPI_PROTO: in/bad.yaml (root): a field named __proto__;',
    ],
    [
      'a reference to nothing',
      { type: 'object', properties: { a: { $ref: '#/$defs/b' } } },
      'OPENAPI_REF: in/bad.yaml a: $ref #/$defs/b points to nothing;',
    ],
    [
      'a reference that leads back to itself',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      'OPENAPI_REF_CYCLE: in/bad.yaml (root):',
    ],
    [
      'a schema nested too deeply',
      `${'{"not":'.repeat(2000)}{}${'}'.repeat(2000)}`,
      'OPENAPI_DEPTH: in/bad.yaml not.not.',
    ],
    ['a schema nested more deeply still', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'INPUT_SYNTAX: in/bad.yaml:'],
    [
      'aliases that stand for more than memory holds',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefghi'.replace(/./g, (name) => `${name}: &${name} [${Array(10).fill(`*${String.fromCharCode(name.charCodeAt(0) - 1)}`)}]\n`)}type: object\n`,
      'INPUT_TOO_LARGE: in/bad.yaml:',
    ],
  ])('%s is told, and the others go on', async (_name, content, message) => {
    file('in/bad.yaml', content);
    good();
    const { code, stderr } = await convert(['in', '--to', 'draft-07', '--out', 'out']);
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr).not.toMatch(stackTrace);
    expect({ code, files: written('out') }).toEqual({ code: 1, files: ['a.io/good_v1.json'] });
  });

  test('a cycle can not be inlined', async () => {
    const { code, stderr } = await convert([
      file('api.yaml', openapi),
      '--to',
      'draft-07',
      '--kind',
      'Pet',
      '--inline',
    ]);
    expect({ code, stderr: stderr.slice(0, 26) }).toEqual({ code: 1, stderr: 'OPENAPI_REF_CYCLE: api.yam' });
  });

  test('two inputs with one name are refused', async () => {
    file('in/a.yaml', crd('Same'));
    file('in/b.yaml', crd('Same'));
    const { code, stderr } = await convert(['in', '--to', 'draft-07', '--out', 'out']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'CONVERT_COLLISION: in/b.yaml a.io/v1 Same a.io/same_v1.json: already written from in/a.yaml',
    );
  });

  test('a file that is not ours stays as it is', async () => {
    good();
    file('out/a.io/good_v1.json', '{"mine":true}');
    const { code, stderr } = await convert(['in', '--to', 'draft-07', '--out', 'out']);
    expect(code).toBe(1);
    expect(stderr).toContain('OUTPUT_FOREIGN');
    expect(read('out/a.io/good_v1.json')).toBe('{"mine":true}');
    expect(written('out')).toEqual(['a.io/good_v1.json']);
  });

  test('a missing input, a folder that is none, a dangling link and an unreadable file are told', async () => {
    good();
    symlinkSync('nowhere.yaml', join(folder.path, 'in/link.yaml'));
    file('in/secret.yaml', crd('Secret'));
    chmodSync(join(folder.path, 'in/secret.yaml'), 0);
    const { code, stderr } = await convert(['in', 'missing.yaml', '--to', 'draft-07', '--out', 'out']);
    expect(code).toBe(1);
    expect(stderr).toContain('INPUT_MISSING: missing.yaml');
    expect(stderr).toContain('INPUT_UNREADABLE: in/link.yaml: cannot be read (ENOENT)');
    // Root reads everything.
    if (process.getuid?.() !== 0) expect(stderr).toContain('INPUT_UNREADABLE: in/secret.yaml');
    file('plain', 'x');
    const refused = await convert(['in/good.yaml', '--to', 'draft-07', '--out', 'plain']);
    expect({ code: refused.code, stderr: refused.stderr.slice(0, 18) }).toEqual({
      code: 1,
      stderr: 'OUTPUT_UNWRITABLE:',
    });
  });

  test.each([
    ['no draft', ['in']],
    ['another draft', ['in', '--to', 'draft-05']],
    ['no input', ['--to', 'draft-07']],
    [
      'a template that leaves the folder',
      ['in', '--to', 'draft-07', '--out', 'out', '--name-template', '../{kind}.json'],
    ],
    [
      'a template with an unknown word',
      ['in', '--to', 'draft-07', '--out', 'out', '--name-template', '{kind}{x}.json'],
    ],
    ['a closed schema of a CRD', ['in', '--to', 'structural', '--closed']],
    ['a pointer beside a kind', ['in', '--to', 'draft-07', '--select', '#/a', '--kind', 'A']],
  ])('%s is wrong usage', async (_name, args) => {
    good();
    const { code, stderr } = await convert(args);
    expect({ code, out: existsSync(join(folder.path, 'out')) }).toEqual({ code: 2, out: false });
    expect(stderr).not.toMatch(stackTrace);
  });
});
