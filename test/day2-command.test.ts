import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildBundles,
  type Finished,
  run,
  repository as source,
  stackTrace,
  temporaryFolder,
} from './support/process.ts';

const folder = temporaryFolder();
let cli = '';

beforeAll(async () => {
  cli = (await buildBundles(folder.path)).cli;
});
afterAll(() => folder.remove());

const day2 = (args: readonly string[], { cwd = folder.path, stdin = '' } = {}): Promise<Finished> =>
  run(process.execPath, [cli, 'day2', ...args], { cwd, stdin, timeout: 60_000 });

/** A claim of a database; every text begins a line of its spec. */
const database = (name: string, ...spec: readonly string[]): string =>
  [
    'apiVersion: awsblueprints.io/v1alpha1',
    'kind: RelationalDatabase',
    `metadata: { name: ${name}, namespace: team-a }`,
    'spec:',
    ...[
      'resourceConfig: { region: eu-west-1 }',
      "engineVersion: '16'",
      'vpcId: vpc-0a1b2c3d4e5f60718',
      'subnetIds: [subnet-0a1b2c3d4e5f60718, subnet-0b1c2d3e4f5a60719]',
      ...spec,
    ].map((line) => `  ${line}`),
    '',
  ].join('\n');

const bucket =
  'apiVersion: awsblueprints.io/v1alpha1\nkind: ObjectStorage\nmetadata: { name: files }\nspec: { resourceConfig: { region: eu-west-1 } }\n';
const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\n';

const cluster = (version: string): string =>
  readFileSync(source('examples/eks-cluster/claim.yaml'), 'utf8').replace(/version: .*/, `version: '${version}'`);

type Files = Readonly<Record<string, string>>;

function write(root: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

let count = 0;

/** A folder of files. */
function files(all: Files): string {
  count += 1;
  const root = join(folder.path, `files-${count}`);
  write(root, all);
  return root;
}

/** A repository with a commit for each state of all files. */
function repository(...states: readonly Files[]): string {
  const root = files({});
  mkdirSync(root, { recursive: true });
  const git = (...args: readonly string[]) => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: root });
    if (status !== 0) throw new Error(String(stderr));
  };
  git('init', '--quiet', '--initial-branch', 'main');
  for (const [index, state] of states.entries()) {
    for (const name of Object.keys(states[index - 1] ?? {})) rmSync(join(root, name));
    write(root, state);
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', `state ${index}`);
    git('tag', `state-${index}`);
  }
  return root;
}

const small = database('orders', 'instanceClass: db.t4g.medium');
const large = database('orders', 'instanceClass: db.r7g.large');
const range = ['check', '--git', 'state-0..state-1'];

describe('output', () => {
  const cwd = () =>
    repository(
      { 'apps/db.yaml': `# one\n---\n${small}`, 'web.yaml': service },
      { 'apps/db.yaml': `# one\n---\n${large}`, 'web.yaml': `${service}spec: {}\n` },
    );

  test.each(['table', 'markdown', 'json', 'sarif', 'github'])('as %s', async (format) => {
    const { code, stdout, stderr } = await day2([...range, '-o', format], { cwd: cwd() });
    expect(code).toBe(3);
    expect(stderr).toBe('claims and composites: 1 changed, 0 added, 0 removed; not ours: 0 manifests, 1 files\n');
    expect(stdout).toMatchSnapshot();
  });

  test('as Markdown keeps values of claims text', async () => {
    const hostile = '"a|b <img src=x> [c](d) `e`"';
    const [from, to] = [
      files({ 'a.yaml': small }),
      files({ 'a.yaml': small.replace('region: eu-west-1', `region: eu-west-1, tags: { owner: ${hostile} }`) }),
    ];
    const { stdout } = await day2(['check', '--from', from, '--to', to, '-o', 'markdown']);
    expect(stdout.split('\n').find((line) => line.includes('owner'))).toMatchSnapshot();
  });
});

describe('what is compared', () => {
  /** The exit code, the impact of every effect by its field, and the counts. */
  async function verdict(args: readonly string[], options: { cwd?: string; stdin?: string } = {}): Promise<unknown> {
    const { code, stdout, stderr } = await day2([...args, '-o', 'json'], options);
    if (stdout === '') return { code, stderr };
    const { effects, ...counts } = JSON.parse(stdout);
    const impacts = effects.map((one: { object: string; field?: string; impact: string }) =>
      [one.object, one.field, one.impact].filter(Boolean).join(' '),
    );
    return { code, ...counts, impacts };
  }

  test('a file that is renamed, split and reordered changes nothing', async () => {
    const other = database('billing');
    const cwd = repository(
      { 'all.yaml': `${small}---\n${other}` },
      { 'b/billing.yaml': other, 'b/orders.json': toList(small) },
    );
    expect(await verdict(range, { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 0,
        "code": 0,
        "impacts": [],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });

  test('several documents and a List, each by its name', async () => {
    const cwd = repository(
      { 'all.yaml': `${small}---\n${database('billing')}---\n${service}` },
      { 'all.yaml': `${database('billing', 'port: 5433')}---\n${service}x: 1\n---\n${large}` },
    );
    expect(await verdict(range, { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 2,
        "code": 3,
        "impacts": [
          "RelationalDatabase team-a/billing port restart",
          "RelationalDatabase team-a/orders instanceClass restart",
        ],
        "passedOver": {
          "files": 0,
          "manifests": 1,
        },
        "removed": 0,
      }
    `);
  });

  test('what was left out is compared by its default', async () => {
    const cwd = repository(
      { 'a.yaml': database('orders') },
      { 'a.yaml': database('orders', 'instanceClass: db.t4g.medium', 'port: 5432') },
    );
    expect(await verdict(range, { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 1,
        "code": 0,
        "impacts": [],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });

  test('a file of old and new output of Kustomize', async () => {
    const from = join(files({ 'old.yaml': `${service}---\n${small}` }), 'old.yaml');
    expect(
      await verdict(['check', '--from', from, '--to', '-'], { stdin: `${service}---\n${large}` }),
    ).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 1,
        "code": 3,
        "impacts": [
          "RelationalDatabase team-a/orders instanceClass restart",
        ],
        "passedOver": {
          "files": 0,
          "manifests": 1,
        },
        "removed": 0,
      }
    `);
  });

  test('only files under a path', async () => {
    const cwd = repository(
      { 'a/db.yaml': small, 'b/db.yaml': database('billing') },
      { 'a/db.yaml': large, 'b/db.yaml': database('billing', 'port: 5433') },
    );
    expect(await verdict([...range, 'b'], { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 1,
        "code": 3,
        "impacts": [
          "RelationalDatabase team-a/billing port restart",
        ],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });

  test('with three dots, only what the branch did', async () => {
    const cwd = repository(
      { 'a.yaml': small, 'b.yaml': database('billing') },
      { 'a.yaml': small, 'b.yaml': database('billing', 'port: 5433') },
    );
    spawnSync('git', ['checkout', '--quiet', '-b', 'branch', 'state-0'], { cwd });
    write(cwd, { 'a.yaml': large });
    spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-am', 'large'], {
      cwd,
    });
    expect(await verdict(['check', '--git', 'main...branch'], { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 1,
        "code": 3,
        "impacts": [
          "RelationalDatabase team-a/orders instanceClass restart",
        ],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });

  test('a claim that another file still has is not removed', async () => {
    const cwd = repository({ 'a.yaml': small, 'b.yaml': small }, { 'a.yaml': small });
    expect(await verdict(range, { cwd })).toMatchInlineSnapshot(`
      {
        "added": 0,
        "changed": 0,
        "code": 0,
        "impacts": [],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });

  test.each([
    ['is protected', small],
    ['is not protected', database('orders', 'deletionProtection: false')],
    ['keeps no last snapshot', database('orders', 'deletionProtection: false', 'skipFinalSnapshot: true')],
    ['stays in AWS', small.replace('region: eu-west-1', 'region: eu-west-1, deletionPolicy: Orphan')],
    ['has no protection at all', bucket],
  ])('a removed claim that %s', async (_what, claim) => {
    const cwd = repository({ 'a.yaml': claim, 'b.yaml': service }, { 'b.yaml': service });
    const { code, stdout } = await day2([...range, '-o', 'github'], { cwd });
    expect({ code, stdout }).toMatchSnapshot();
  });

  test.each([
    ['0 where nobody notices', database('orders', 'instanceClass: db.t4g.medium', 'iamAuthentication: false'), 0],
    ['3 where it restarts', large, 3],
    ['4 where AWS refuses', small.replace('eu-west-1', 'eu-central-1'), 4],
    ['4 where AWS refuses one of two', large.replace('eu-west-1', 'eu-central-1'), 4],
  ])('exits %s', async (_what, claim, code) => {
    const cwd = repository({ 'a.yaml': small }, { 'a.yaml': claim });
    expect((await day2(range, { cwd })).code).toBe(code);
  });

  test('an added claim hurts nobody', async () => {
    const cwd = repository({ 'b.yaml': service }, { 'a.yaml': small, 'b.yaml': service });
    expect(await verdict(range, { cwd })).toMatchInlineSnapshot(`
      {
        "added": 1,
        "changed": 0,
        "code": 0,
        "impacts": [],
        "passedOver": {
          "files": 0,
          "manifests": 0,
        },
        "removed": 0,
      }
    `);
  });
});

/** The document as kubectl writes many. */
const toList = (text: string): string =>
  `apiVersion: v1\nkind: List\nitems:\n- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;

describe('bad input', () => {
  /** What is said where nothing is judged. */
  async function refusal(args: readonly string[], options: { cwd?: string; stdin?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await day2(args, options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(stackTrace);
    return stderr.replaceAll(folder.path, 'FOLDER').replaceAll(/files-\d+/g, 'FILES');
  }

  test.each([
    ['a revision that Git does not know', 'nothing..state-0'],
    ['a revision like an option', '--output=x..state-0'],
    ['a range without dots', 'state-0'],
    ['a range without an end', 'state-0..'],
    ['a tree for a commit', 'state-0:..state-0'],
  ])('%s', async (_what, git) => {
    const cwd = repository({ 'a.yaml': small });
    expect(await refusal(['check', `--git=${git}`], { cwd })).toMatchSnapshot();
  });

  test('a path without manifests', async () => {
    const cwd = repository({ 'a.yaml': small });
    expect(await refusal(['check', '--git', 'HEAD..HEAD', 'charts'], { cwd })).toMatchInlineSnapshot(`
      "GIT_PATH: charts: no YAML or JSON files in HEAD..HEAD; check the path
      "
    `);
  });

  test('no repository', async () => {
    expect(await refusal(['check', '--git', 'a..b'], { cwd: files({ 'a.yaml': small }) })).toMatchInlineSnapshot(`
      "GIT_REPOSITORY: FOLDER/FILES: is in no Git repository; run this in a clone
      "
    `);
  });

  test('malformed YAML at a revision', async () => {
    const cwd = repository({ 'a.yaml': small }, { 'a.yaml': `${small}  port: [\n` });
    expect(await refusal(range, { cwd })).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: state-1:a.yaml:11:1: unexpected end of the stream within a flow collection; correct the YAML
      "
    `);
  });

  test('a claim that the API server would not take, at a revision', async () => {
    const cwd = repository({ 'a.yaml': small }, { 'a.yaml': database('orders', 'instanceClas: db.t4g.medium') });
    expect((await refusal(range, { cwd })).slice(0, 80)).toMatchInlineSnapshot(
      `"CLAIM_INVALID: state-1:a.yaml: spec.instanceClas: is not a field; the fields her"`,
    );
  });

  test.each(['5', '[1]', '{ name: { a: 1 } }', '{ name: a, namespace: 7 }'])(
    'a claim with metadata %s',
    async (metadata) => {
      const odd = small.replace('{ name: orders, namespace: team-a }', metadata);
      const cwd = repository(
        { 'b.yaml': bucket, 'c.yaml': small },
        { 'a.yaml': odd, 'b.yaml': bucket, 'c.yaml': small },
      );
      expect(await refusal(range, { cwd })).toMatchSnapshot();
    },
  );

  test('malformed YAML that is not ours is passed over', async () => {
    const cwd = repository(
      { 'a.yaml': small },
      { 'a.yaml': small, 'chart.yaml': 'a: {{ .Values.x }\n', 'values.yaml': 'group: awsblueprints.io\n' },
    );
    const { code, stderr } = await day2(range, { cwd });
    expect({ code, stderr }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "claims and composites: 0 changed, 0 added, 0 removed; not ours: 1 manifests, 1 files
      ",
      }
    `);
  });

  test('a missing file', async () => {
    expect(await refusal(['check', '--from', 'none.yaml', '--to', 'none.yaml'])).toMatchInlineSnapshot(`
      "INPUT_MISSING: none.yaml: no such file or folder; check the path
      "
    `);
  });

  test('no Git', async () => {
    const cwd = files({ 'a.yaml': small });
    const { status, stderr } = spawnSync(process.execPath, [cli, 'day2', 'check', '--git', 'a..b'], {
      cwd,
      env: { PATH: '' },
    });
    expect({ status, stderr: String(stderr) }).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "GIT_MISSING: git: cannot be run (ENOENT); install Git, or use --from and --to
      ",
      }
    `);
  });

  test.each([
    ['no sides', ['check']],
    ['one side', ['check', '--from', 'a.yaml']],
    ['two ways', ['check', '--from', 'a', '--to', 'b', '--git', 'a..b']],
    ['both from standard input', ['check', '--from', '-', '--to', '-']],
    ['a path without a range', ['check', 'apps', '--from', 'a', '--to', 'b']],
    ['an unknown format', ['check', '--git', 'a..b', '-o', 'xml']],
  ])('a command line with %s', async (_what, args) => {
    const { code, stdout, stderr } = await day2(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatchSnapshot();
  });
});

describe('approve', () => {
  const sides = (from: string, to: string): string[] => {
    const root = files({ 'old.yaml': from, 'new.yaml': to });
    return ['--from', join(root, 'old.yaml'), '--to', join(root, 'new.yaml')];
  };

  test('prints a ConfigMap for each change that interrupts, and for nothing else', async () => {
    const to = database('orders', 'instanceClass: db.r7g.large', 'port: 5433', 'iamAuthentication: false');
    const args = ['--ticket', 'CHG-1042', '--expires', '2199-12-31'];
    const { code, stdout, stderr } = await day2(['approve', ...sides(small, to), ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  test('prints the one that the condition in the documentation asks for', async () => {
    const { stdout } = await day2(['approve', ...sides(small, large)]);
    const [approval] = yaml.loadAll(stdout) as [{ metadata: { namespace: string; name: string }; data: object }];
    const { namespace, name } = approval.metadata;
    const documentation = readFileSync(source('docs/day2.md'), 'utf8');
    expect(documentation).toContain(`approve it with ConfigMap ${namespace}/${name}`);
    const [manifest] = /^apiVersion: v1\nkind: ConfigMap\n[\s\S]*?(?=```)/m.exec(documentation) ?? [''];
    expect(yaml.load(manifest)).toEqual({ ...approval, data: { ...approval.data, ticket: 'CHG-1042' } });
  });

  test('prints the one that an upgrade of a cluster waits for', async () => {
    const { stdout } = await day2(['approve', ...sides(cluster('1.33'), cluster('1.34'))]);
    const [approval] = yaml.loadAll(stdout) as [{ metadata: { namespace: string; name: string } }];
    const held = readFileSync(source('test/golden/eks-cluster/upgrade-held/expected.yaml'), 'utf8');
    expect(held).toContain(`approve it with ConfigMap ${approval.metadata.namespace}/${approval.metadata.name} `);
  });

  test('takes a range, and the namespace that kubectl would', async () => {
    const bare = (text: string) => text.replace(', namespace: team-a', '');
    const cwd = repository({ 'a.yaml': bare(small) }, { 'a.yaml': bare(large) });
    const { stdout } = await day2(['approve', '--git', 'state-0..state-1', '-n', 'team-a'], { cwd });
    expect(stdout).toBe((await day2(['approve', ...sides(small, large)])).stdout);
  });

  test.each([
    ['there is nothing to approve', small, database('orders', 'iamAuthentication: false')],
    ['AWS refuses the change', small, small.replace('eu-west-1', 'eu-central-1')],
    ['the change is one that is not held', cluster('1.34'), `${cluster('1.34')}      diskSizeGB: 100\n`],
  ])('says so where %s', async (_what, from, to) => {
    const { code, stdout, stderr } = await day2(['approve', ...sides(from, to)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatchSnapshot();
  });

  test.each(['tomorrow', '2199-02-31', '2001-01-31', '2199-01-31T04:30:00+01:00'])(
    'refuses to expire %s',
    async (time) => {
      const { code, stdout, stderr } = await day2(['approve', ...sides(small, large), '--expires', time]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatchSnapshot();
    },
  );
});

describe('restore', () => {
  const full = ['username: owner', 'databaseName: sales', 'writeConnectionSecretToRef: { name: orders-database }'];
  const restore = (claim: string, ...args: string[]): Promise<Finished> =>
    day2(['restore', '-', ...args], { stdin: claim });

  test.each([
    ['a snapshot', database('orders', ...full), ['--from-snapshot', 'orders-2026-01-31']],
    ['the latest moment', small.replace('region: eu-west-1', 'region: eu-west-1, name: sales'), ['--latest']],
    [
      'a moment, by its endpoint',
      `${small}status: { endpoint: team-a-orders-1a2b.abc.eu-west-1.rds.amazonaws.com }\n`,
      ['--at', '2026-01-31T04:30:00Z', '--name', 'orders-again'],
    ],
    [
      'a moment of another one',
      small.replace('awsblueprints.io', 'm.awsblueprints.io'),
      ['--latest', '--source', 'other'],
    ],
  ])('prints a claim from %s, which is one', async (_what, claim, args) => {
    const { code, stdout, stderr } = await restore(claim, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  test('leaves the key to the source, but to Aurora', async () => {
    const keyed = (engine: string, version: string) =>
      database(
        'orders',
        `engine: ${engine}`,
        'kmsKeyArn: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      ).replace("'16'", `'${version}'`);
    const keys = await Promise.all(
      [keyed('postgres', '16'), keyed('aurora-postgresql', '16')].map(async (claim) =>
        (await restore(claim, '--from-snapshot', 'one')).stdout.includes('kmsKeyArn'),
      ),
    );
    expect(keys).toEqual([false, true]);
  });

  test.each([
    ['a claim that does not say which database it is', small, ['--latest'], 1],
    ['a kind that has no snapshots', bucket, ['--latest'], 1],
    ['its own name', small, ['--from-snapshot', 'one', '--name', 'orders'], 1],
    ['no name at all', small, ['--from-snapshot', 'one', '--name', 'Orders 2'], 1],
    ['no time at all', small, ['--at', 'yesterday', '--source', 'one'], 1],
    ['two claims', `${small}---\n${bucket}`, ['--latest'], 1],
    ['what is not ours', service, ['--latest'], 1],
    ['two ways', small, ['--latest', '--at', '2026-01-31T04:30:00Z'], 2],
    ['no way', small, [], 2],
  ])('refuses %s', async (_what, claim, args, code) => {
    const finished = await restore(claim, ...args);
    expect(finished).toMatchObject({ code, stdout: '' });
    expect(finished.stderr).not.toMatch(stackTrace);
    expect(finished.stderr).toMatchSnapshot();
  });
});

describe('pause and resume', () => {
  test.each(['pause', 'resume'])('%s each form with what it owns', async (verb) => {
    const composite = small.replace('RelationalDatabase', 'XRelationalDatabase').replace(', namespace: team-a', '');
    const all = [small, composite, small.replace('awsblueprints.io', 'm.awsblueprints.io'), bucket];
    const { code, stdout, stderr } = await day2([verb, '-'], { stdin: all.join('---\n') });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  test('refuse a name that the shell would take for more', async () => {
    const { code, stdout, stderr } = await day2(['pause', '-'], { stdin: small.replace('orders', "'x;reboot'") });
    expect({ code, stdout, stderr }).toMatchSnapshot();
  });
});

describe('examples for CI', () => {
  /** Runs a script in a repository as CI would; the package is there already. */
  function script(
    text: string,
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): { status: number | null; stdout: string } {
    const bin = files({ npm: '#!/bin/sh\n', 'aws-blueprints': `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n` });
    for (const name of ['npm', 'aws-blueprints']) chmodSync(join(bin, name), 0o755);
    const { status, stdout } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', text], {
      cwd,
      encoding: 'utf8',
      env: { ...env, PATH: `${bin}:${process.env.PATH}` },
    });
    return { status, stdout };
  }

  const example = (name: string): unknown => yaml.load(readFileSync(source(`examples/day2/${name}`), 'utf8'));
  const merge = (claim: string): string => repository({ 'a.yaml': small }, { 'a.yaml': claim });

  test.each([
    ['nobody notices', small, 0, ''],
    ['it interrupts', large, 0, '::warning '],
    ['AWS refuses it', small.replace('eu-west-1', 'eu-central-1'), 1, '::error '],
    ['it is no claim', database('orders', 'port: many'), 1, ''],
  ])('the workflow of GitHub, where %s', (_what, claim, status, begins) => {
    const { jobs } = example('github-workflow.yaml') as {
      jobs: { changes: { steps: { name?: string; run?: string }[] } };
    };
    const text = jobs.changes.steps.find(({ name }) => name === 'judge')?.run ?? '';
    const cwd = merge(claim);
    const finished = script(text, cwd, { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') });
    expect({ ...finished, stdout: finished.stdout.slice(0, begins.length) }).toEqual({ status, stdout: begins });
    const expected = status === 1 && begins === '' ? '' : '### Day 2\n';
    expect(readFileSync(join(cwd, 'summary.md'), 'utf8').slice(0, 10)).toBe(expected);
  });

  test.each([
    ['nobody notices', small, 0],
    ['it interrupts', large, 3],
    ['AWS refuses it', small.replace('eu-west-1', 'eu-central-1'), 4],
    ['it is no claim', database('orders', 'port: many'), 1],
  ])('the job of GitLab, where %s', (_what, claim, status) => {
    const { day2: job } = example('gitlab-job.yaml') as { day2: { script: string[]; allow_failure: object } };
    const variables = { CI_MERGE_REQUEST_DIFF_BASE_SHA: 'state-0', CI_COMMIT_SHA: 'state-1' };
    expect(script(job.script.join('\n'), merge(claim), variables).status).toBe(status);
    expect(job.allow_failure).toEqual({ exit_codes: [3] });
  });

  test('both install the version of this package', () => {
    const { version } = JSON.parse(readFileSync(source('package.json'), 'utf8'));
    for (const name of ['github-workflow.yaml', 'gitlab-job.yaml'])
      expect(readFileSync(source(`examples/day2/${name}`), 'utf8')).toContain(
        `npm install --global aws-blueprints@${version}\n`,
      );
  });
});
