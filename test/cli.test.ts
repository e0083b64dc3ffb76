import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { haveJudge } from './support/judge.ts';
import { buildBundles, type Finished, repository, run, stackTrace, temporaryFolder } from './support/process.ts';

const folder = temporaryFolder();
let cli = '';

beforeAll(async () => {
  cli = (await buildBundles(folder.path)).cli;
});
afterAll(() => folder.remove());

/** What no input may exceed, whatever a busy machine adds: an honest render takes a fraction of a second. */
const limit = 20_000;

/** With a small heap, so that what grows without end is stopped before the machine notices. */
const command = (args: readonly string[], stdin?: string | Buffer): Promise<Finished> =>
  run(process.execPath, ['--max-old-space-size=256', cli, ...args], {
    cwd: folder.path,
    timeout: limit,
    ...(stdin !== undefined && { stdin }),
  });

/** Writes a file beside the others, and gives the name by which messages call it. */
function file(name: string, content: string | Buffer): string {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return name;
}

const region = '  resourceConfig:\n    region: eu-west-1\n';

const claim = (spec = region, name = 'invoices', kind = 'ObjectStorage'): string =>
  `apiVersion: awsblueprints.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: team-a\nspec:\n${spec}`;

/** Renders what must be refused, and gives what is said about it. */
async function refusal(args: readonly string[], stdin?: string | Buffer): Promise<string> {
  const { code, stdout, stderr } = await command(['render', ...args], stdin);
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(stackTrace);
  return stderr;
}

const refusedClaim = (text: string | Buffer): Promise<string> => refusal([file('claim.yaml', text)]);

/** The name of each rendered object's kind, in order. */
const kinds = (objects: readonly unknown[]): unknown[] => objects.map((object) => (object as { kind?: unknown }).kind);

describe('output', () => {
  test('is YAML documents: the composite, then what it composes', async () => {
    const { code, stdout, stderr } = await command(['render', file('claim.yaml', claim())]);
    expect({ code, stderr }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "claim.yaml: 0 of 1 composed resources ready; awaiting: bucket
      ",
      }
    `);
    expect(kinds(yaml.loadAll(stdout))).toMatchInlineSnapshot(`
      [
        "XObjectStorage",
        "Bucket",
      ]
    `);
  });

  test('is one JSON array with the same objects', async () => {
    const path = file('claim.yaml', claim());
    const json = await command(['render', path, '--output', 'json']);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual(yaml.loadAll((await command(['render', path])).stdout));
  });

  test('is a drawing of what is composed and what is awaited', async () => {
    const { code, stdout, stderr } = await command(['render', file('claim.yaml', claim()), '-o', 'tree']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "XObjectStorage invoices-b6618: not Ready yet
      ├─ ○ bucket (Bucket)
      └─ … awaiting: bucket
      "
    `);
  });

  test('plays the loop to its end', async () => {
    const args = ['--environment', repository('examples/environment.yaml'), '--until-ready', '-o', 'tree'];
    const { code, stdout, stderr } = await command(['render', repository('examples/s3-irsa/claim.yaml'), ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "XS3IRSA invoices-b6618: Ready
      ├─ ● access-policy (Policy, round 1)
      ├─ ● access-policy-attachment (RolePolicyAttachment, round 2)
      ├─ ● bucket (Bucket, round 1)
      ├─ ● bucket-policy (BucketPolicy, round 2)
      ├─ ● encryption (BucketServerSideEncryptionConfiguration, round 2)
      ├─ ● ownership-controls (BucketOwnershipControls, round 2)
      ├─ ● public-access-block (BucketPublicAccessBlock, round 2)
      ├─ ● role (Role, round 1)
      ├─ ● service-account-invoices (ServiceAccount, round 2)
      └─ ● versioning (BucketVersioning, round 2)
      "
    `);
  });

  test('holds every document of a file', async () => {
    const { code, stdout } = await command(['render', file('two.yaml', `${claim()}---\n${claim(region, 'media')}`)]);
    expect(code).toBe(0);
    expect(kinds(yaml.loadAll(stdout))).toEqual(['XObjectStorage', 'Bucket', 'XObjectStorage', 'Bucket']);
  });

  test('is the same for standard input', async () => {
    const { code, stdout } = await command(['render', '-'], claim());
    expect(code).toBe(0);
    expect(stdout).toBe((await command(['render', file('claim.yaml', claim())])).stdout);
  });

  test('differs by form when asked to', async () => {
    const { code, stdout } = await command(['render', file('claim.yaml', claim()), '--as', 'namespaced', '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { apiVersion: 'm.awsblueprints.io/v1alpha1', kind: 'ObjectStorage', metadata: { namespace: 'team-a' } },
      { apiVersion: 's3.aws.m.upbound.io/v1beta1', kind: 'Bucket' },
    ]);
  });

  test('may be read in part', async () => {
    // Far more than a pipe holds, so that writing goes on after the reader has left.
    const many = Array.from({ length: 400 }, (_, index) => claim(region, `bucket-${index}`)).join('---\n');
    const shell = `{ "$0" "$1" render "$2"; echo "code $?" >&2; } | head -n 1`;
    const args = ['-c', shell, process.execPath, cli, file('many.yaml', many)];
    const { stdout, stderr } = await run('sh', args, { cwd: folder.path, timeout: limit });
    expect(stdout).toBe('---\n');
    expect(stderr).toMatch(/code 0\n$/);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });
});

describe('usage', () => {
  test.each([
    { name: 'no command', args: [] },
    { name: 'an unknown command', args: ['paint'] },
    { name: 'no file', args: ['render'] },
    { name: 'two files', args: ['render', 'a.yaml', 'b.yaml'] },
    { name: 'an unknown option', args: ['render', 'a.yaml', '--bogus'] },
    { name: 'an option without its value', args: ['render', 'a.yaml', '--observed'] },
    { name: 'an unknown form', args: ['render', 'a.yaml', '--as', 'cluster'] },
    { name: 'an unknown output', args: ['render', 'a.yaml', '--output', 'xml'] },
  ])('with $name ends with 2', async ({ args }) => {
    const { code, stdout, stderr } = await command(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^(error|Usage): /);
    expect(stderr).not.toMatch(stackTrace);
  });

  test.each([['--help'], ['render', '--help'], ['--version']])('%s %s ends with 0', async (...args) => {
    const { code, stdout, stderr } = await command(args.filter(Boolean));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });
});

describe('a claim is refused for', () => {
  test('a wrong type', async () => {
    expect(await refusedClaim(claim(`${region}  forceDestroy: often\n`))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.forceDestroy: is "often"; it must be boolean
      "
    `);
  });
  test('a fraction where a whole number belongs', async () => {
    const rule = '  lifecycleRules:\n    - id: old\n      expirationDays: 1.5\n';
    expect(await refusedClaim(claim(region + rule))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.lifecycleRules[0].expirationDays: is 1.5; it must be integer
      "
    `);
  });
  test('an unknown field', async () => {
    expect(await refusedClaim(claim(`${region}    regoin: eu-west-1\n`))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.resourceConfig.regoin: is not a field; the fields here are deletionPolicy, name, providerConfigName, region, tags
      "
    `);
  });
  test('a value outside an enumeration', async () => {
    expect(await refusedClaim(claim(`${region}  versioning: Sometimes\n`))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.versioning: is "Sometimes"; allowed are Enabled, Suspended
      "
    `);
  });
  test('a missing required field', async () => {
    expect(await refusedClaim(claim('  resourceConfig: {}\n'))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.resourceConfig.region: is absent; it is required
      "
    `);
  });
  test('several mistakes at once', async () => {
    expect(await refusedClaim(claim('  resourceConfig: {}\n  versioning: on\n  colour: red\n'))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.colour: is not a field; the fields here are accessLogging, corsRules, encryption, forceDestroy, lifecycleRules, resourceConfig, versioning (and 2 more: spec.resourceConfig.region, spec.versioning)
      "
    `);
  });
  test('no spec', async () => {
    expect(await refusedClaim(claim('').replace('spec:\n', ''))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec: is absent; it is required
      "
    `);
  });
  test('no name', async () => {
    expect(await refusedClaim(claim().replace('  name: invoices\n', ''))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: metadata.name: is absent; it is required
      "
    `);
  });
  test('a CEL rule of the XRD', async () => {
    expect(await refusedClaim(claim(`${region}  encryption:\n    type: KMS\n`))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.encryption: is {"type":"KMS","bucketKey":true}; kmsKeyArn is needed when type is KMS
      "
    `);
  });
  test('a CEL rule of a list item', async () => {
    expect(await refusedClaim(claim(`${region}  lifecycleRules:\n    - id: idle\n`))).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.lifecycleRules[0]: is {"id":"idle","enabled":true,"prefix":""}; a lifecycle rule needs at least one action
      "
    `);
  });
  test('a value that only the blueprint can judge', async () => {
    expect(await refusedClaim(claim('  resourceConfig:\n    region: europe\n'))).toMatchInlineSnapshot(`
      "REGION: claim.yaml: spec.resourceConfig.region is "europe"; use the code of an AWS region, for instance eu-west-1
      "
    `);
  });
  test('an unknown kind', async () => {
    expect(await refusedClaim(claim(region, 'invoices', 'ObjectStore'))).toMatchInlineSnapshot(`
      "UNKNOWN_KIND: claim.yaml: awsblueprints.io/v1alpha1 ObjectStore; use apiVersion awsblueprints.io/v1alpha1 or m.awsblueprints.io/v1alpha1 and one of the kinds ObjectStorage, IRSA, S3IRSA, Network, RelationalDatabase, EKSCluster
      "
    `);
  });
  test('an unknown apiVersion', async () => {
    expect(await refusedClaim(claim().replace('v1alpha1', 'v1'))).toMatchInlineSnapshot(`
      "UNKNOWN_KIND: claim.yaml: awsblueprints.io/v1 ObjectStorage; use apiVersion awsblueprints.io/v1alpha1 or m.awsblueprints.io/v1alpha1 and one of the kinds ObjectStorage, IRSA, S3IRSA, Network, RelationalDatabase, EKSCluster
      "
    `);
  });
});

describe('input is refused for', () => {
  test('a missing file', async () => {
    expect(await refusal(['nowhere.yaml'])).toMatchInlineSnapshot(`
      "INPUT_MISSING: nowhere.yaml: no such file or folder; check the path
      "
    `);
  });
  test('a missing file of an option', async () => {
    const path = file('claim.yaml', claim());
    expect(await refusal([path, '--environment', 'nowhere.yaml'])).toMatchInlineSnapshot(`
      "INPUT_MISSING: nowhere.yaml: no such file or folder; check the path
      "
    `);
  });
  test('a folder without documents', async () => {
    mkdirSync(join(folder.path, 'empty'), { recursive: true });
    expect(await refusal(['empty'])).toMatchInlineSnapshot(`
      "INPUT_EMPTY: empty: a folder without YAML or JSON files; name a file or another folder
      "
    `);
  });
  test('nothing in it', async () => {
    expect(await refusedClaim('')).toMatchInlineSnapshot(`
      "INPUT_EMPTY: claim.yaml: no document; write at least one Kubernetes object
      "
    `);
  });
  test('nothing on standard input', async () => {
    expect(await refusal(['-'], '')).toMatchInlineSnapshot(`
      "INPUT_EMPTY: standard input: no document; write at least one Kubernetes object
      "
    `);
  });
  test('broken YAML, with line and column', async () => {
    expect(await refusedClaim(claim(`${region}  corsRules: [\n`))).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: claim.yaml:10:1: unexpected end of the stream within a flow collection; correct the YAML
      "
    `);
  });
  test('a tab as indentation', async () => {
    expect(await refusedClaim(claim('\tresourceConfig: {}\n'))).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: claim.yaml:7:1: tab characters must not be used in indentation; correct the YAML
      "
    `);
  });
  test('a key given twice', async () => {
    expect(await refusedClaim(claim(`${region}    region: eu-west-1\n`))).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: claim.yaml:9:5: duplicated mapping key; correct the YAML
      "
    `);
  });
  test('a tag that would make code', async () => {
    expect(await refusedClaim(claim("  resourceConfig: !!js/function 'x'\n"))).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: claim.yaml:7:36: unknown tag !<tag:yaml.org,2002:js/function>; correct the YAML
      "
    `);
  });
  test('bytes that are no text', async () => {
    expect(await refusedClaim(Buffer.from([0, 1, 2, 255]))).toMatchInlineSnapshot(`
      "INPUT_SYNTAX: claim.yaml:1:1: null byte is not allowed in input; correct the YAML
      "
    `);
  });
  test('a document that is no object', async () => {
    expect(await refusedClaim('just a text\n')).toMatchInlineSnapshot(`
      "INPUT_NOT_AN_OBJECT: claim.yaml: no apiVersion and kind; write a Kubernetes object
      "
    `);
  });
  test('5 MB in one document', async () => {
    const large = claim(`${region}  note: ${'x'.repeat(5 * 1000 * 1000)}\n`);
    expect(await refusedClaim(large)).toMatchInlineSnapshot(`
      "INPUT_TOO_LARGE: claim.yaml: 4.8 MiB; the API server takes at most 3 MiB; split the file
      "
    `);
  });
  test('5 MB on standard input', async () => {
    expect(await refusal(['-'], `# ${'x'.repeat(5 * 1000 * 1000)}\n${claim()}`)).toMatchInlineSnapshot(`
      "INPUT_TOO_LARGE: standard input: 4.8 MiB; the API server takes at most 3 MiB; split the file
      "
    `);
  });
});

describe('one bad document', () => {
  const renderBesideGood = async (bad: string): Promise<Finished> => {
    const text = [claim(), bad, claim(region, 'media')].join('---\n');
    const finished = await command(['render', file('some.yaml', text)]);
    expect(finished.code).toBe(1);
    expect(finished.stderr).not.toMatch(stackTrace);
    return finished;
  };

  test('does not keep the others from being rendered', async () => {
    const { stdout, stderr } = await renderBesideGood(claim('  resourceConfig: {}\n', 'bad'));
    expect(kinds(yaml.loadAll(stdout))).toEqual(['XObjectStorage', 'Bucket', 'XObjectStorage', 'Bucket']);
    expect(stderr).toMatchInlineSnapshot(`
      "some.yaml document 1: 0 of 1 composed resources ready; awaiting: bucket
      some.yaml document 3: 0 of 1 composed resources ready; awaiting: bucket
      CLAIM_INVALID: some.yaml document 2: spec.resourceConfig.region: is absent; it is required
      "
    `);
  });

  test('of an unknown kind neither', async () => {
    const { stdout, stderr } = await renderBesideGood('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\n');
    expect(kinds(yaml.loadAll(stdout))).toEqual(['XObjectStorage', 'Bucket', 'XObjectStorage', 'Bucket']);
    expect(stderr).toMatchInlineSnapshot(`
      "some.yaml document 1: 0 of 1 composed resources ready; awaiting: bucket
      some.yaml document 3: 0 of 1 composed resources ready; awaiting: bucket
      UNKNOWN_KIND: some.yaml document 2: v1 ConfigMap; use apiVersion awsblueprints.io/v1alpha1 or m.awsblueprints.io/v1alpha1 and one of the kinds ObjectStorage, IRSA, S3IRSA, Network, RelationalDatabase, EKSCluster
      "
    `);
  });

  test('that is no Kubernetes object neither', async () => {
    const { stdout, stderr } = await renderBesideGood('name: bad\n');
    expect(kinds(yaml.loadAll(stdout))).toEqual(['XObjectStorage', 'Bucket', 'XObjectStorage', 'Bucket']);
    expect(stderr).toMatchInlineSnapshot(`
      "some.yaml document 1: 0 of 1 composed resources ready; awaiting: bucket
      some.yaml document 3: 0 of 1 composed resources ready; awaiting: bucket
      INPUT_NOT_AN_OBJECT: some.yaml document 2: no apiVersion and kind; write a Kubernetes object
      "
    `);
  });
});

describe('an environment is refused', () => {
  const environment = (data: string): string =>
    `apiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata:\n  name: cluster\n${data}`;

  const withEnvironment = (text: string): Promise<string> =>
    refusal([file('claim.yaml', claim(region, 'invoices', 'S3IRSA')), '--environment', file('environment.yaml', text)]);

  test('without data', async () => {
    expect(await withEnvironment(environment(''))).toMatchInlineSnapshot(`
      "ENVIRONMENT_EMPTY: environment.yaml: data: absent; add awsAccountID and eksOIDC under data
      "
    `);
  });
  test('without keys', async () => {
    expect(await withEnvironment(environment('data: {}\n'))).toMatchInlineSnapshot(`
      "ENVIRONMENT_EMPTY: environment.yaml: data: without keys; add awsAccountID and eksOIDC under data
      "
    `);
  });
  test('with a number for an account', async () => {
    const text = environment('data:\n  awsAccountID: 111122223333\n  eksOIDC: oidc.example.com/id/A\n');
    expect(await withEnvironment(text)).toMatchInlineSnapshot(`
      "ENVIRONMENT: claim.yaml: EnvironmentConfig cluster awsAccountID is a number, not a string; correct that key of the EnvironmentConfig
      "
    `);
  });
  test('of another kind', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cluster\n';
    expect(await withEnvironment(text)).toMatchInlineSnapshot(`
      "ENVIRONMENT_KIND: environment.yaml: ConfigMap; give an EnvironmentConfig; other objects go to --required
      "
    `);
  });

  test('never for a key that may still come: that one is named', async () => {
    const path = file('environment.yaml', environment("data:\n  awsAccountID: '111122223333'\n"));
    const input = file('claim.yaml', claim(region, 'invoices', 'S3IRSA'));
    const { code, stderr } = await command(['render', input, '--environment', path]);
    expect({ code, stderr }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "claim.yaml: 0 of 2 composed resources ready; awaiting: access-policy, bucket, eksOIDC of EnvironmentConfig cluster, role
      ",
      }
    `);
  });
});

describe('a password', () => {
  const password = 'correct-horse-battery-staple';
  const forms = [password, Buffer.from(password).toString('base64')];
  const example = (path: string): string => readFileSync(repository(`examples/${path}`), 'utf8');
  const database = example('relational-database/full.yaml');
  const reference = 'passwordSecretRef:\n    name: catalogue-owner\n    key: password\n';
  const environment = ['--environment', repository('examples/environment.yaml')];
  const required = (content: string): string => {
    const others = example('required.yaml').replace(
      'bm90LWEtcmVhbC1wYXNzd29yZA==',
      Buffer.from(content).toString('base64'),
    );
    return file('required.yaml', others);
  };

  test.for([
    { args: ['render', '--until-ready'], says: 'the composite is Ready' },
    { args: ['render', '--until-ready', '--as', 'namespaced'], says: "password: '***'" },
    { args: ['render', '--until-ready', '--as', 'namespaced', '-o', 'json'], says: '"password": "***"' },
    { args: ['render', '--until-ready', '-o', 'tree'], says: 'Ready' },
    { args: ['check'], says: 'RelationalDatabase' },
    { args: ['check', '-o', 'json'], says: 'RelationalDatabase' },
  ])('of a Secret is in nothing that $args prints', async ({ args: [name = '', ...options], says }, { skip }) => {
    skip(name === 'check' && !haveJudge, 'no judge was built on this machine');
    const { stdout, stderr } = await command([
      name,
      file('claim.yaml', database),
      ...options,
      ...environment,
      '--required',
      required(password),
    ]);
    expect(stdout + stderr).toContain(says);
    for (const form of forms) expect(stdout + stderr).not.toContain(form);
  });

  test('that AWS does not take is refused without it', async () => {
    const said = await refusal([file('claim.yaml', database), ...environment, '--required', required(`"${password}"`)]);
    expect(said).toMatch(/^PASSWORD_SECRET: /);
    expect(said).not.toContain(password);
  });

  test.each([
    { where: 'in place of the reference', text: `passwordSecretRef: ${password}\n`, code: 'CLAIM_INVALID' },
    { where: 'in a list', text: `passwordSecretRef: [${password}]\n`, code: 'CLAIM_INVALID' },
    { where: 'in a field of its own', text: `password: ${password}\n`, code: 'CLAIM_INVALID' },
    { where: 'after a *', text: `password: *${password}\n`, code: 'INPUT_SYNTAX' },
    { where: 'after a !', text: `password: !${password} a\n`, code: 'INPUT_SYNTAX' },
    { where: 'after a !, with a sign of YAML', text: `password: !{${password}\n`, code: 'INPUT_SYNTAX' },
    { where: 'in quotes that do not end', text: `password: "${password}\n`, code: 'INPUT_SYNTAX' },
  ])('that somebody wrote into a claim $where is refused without it', async ({ text, code }) => {
    const from = file('from/claim.yaml', database);
    const claimed = file('to/claim.yaml', database.replace(reference, text));
    for (const args of [
      ['render', claimed],
      ['day2', 'check', '--from', from, '--to', claimed],
      ['migrate', claimed],
    ]) {
      const { stdout, stderr } = await command(args);
      if (args[0] !== 'migrate') expect(stderr).toContain(code);
      expect(stdout + stderr).not.toContain(password);
    }
  });
});

describe('observed resources are refused', () => {
  interface Bucket {
    readonly composite?: string;
    readonly name?: string;
    readonly kind?: string;
  }

  const observed = ({ composite = 'invoices-b6618', name, kind = 'Bucket' }: Bucket): string =>
    yaml.dump({
      apiVersion: 's3.aws.upbound.io/v1beta2',
      kind,
      metadata: {
        name: 'one',
        labels: { 'crossplane.io/composite': composite },
        ...(name !== undefined && { annotations: { 'crossplane.io/composition-resource-name': name } }),
      },
    });

  const withObserved = (text: string): Promise<string> =>
    refusal([file('claim.yaml', claim()), '--observed', file('observed.yaml', text)]);

  test('of another composite', async () => {
    expect(await withObserved(observed({ composite: 'media-1a2b3', name: 'bucket' }))).toMatchInlineSnapshot(`
      "OBSERVED_FOREIGN: observed.yaml: composed for media-1a2b3; give resources of invoices-b6618
      "
    `);
  });
  test('without the annotation that names them', async () => {
    expect(await withObserved(observed({}))).toMatchInlineSnapshot(`
      "OBSERVED_UNNAMED: observed.yaml: no annotation crossplane.io/composition-resource-name; give resources that Crossplane composed
      "
    `);
  });
  test('that the blueprint does not know', async () => {
    expect(await withObserved(observed({ name: 'bucket-v1' }))).toMatchInlineSnapshot(`
      "FOREIGN_RESOURCE: claim.yaml: composed resource bucket-v1 is a s3.aws.upbound.io/v1beta2 Bucket unknown to this blueprint; nothing was changed or deleted; release or move that resource first (aws-blueprints migrate)
      "
    `);
  });
  test('of another kind than the blueprint composes under that name', async () => {
    expect(await withObserved(observed({ name: 'bucket', kind: 'Queue' }))).toMatchInlineSnapshot(`
      "FOREIGN_RESOURCE: claim.yaml: composed resource bucket is a s3.aws.upbound.io/v1beta2 Queue unknown to this blueprint; nothing was changed or deleted; release or move that resource first (aws-blueprints migrate)
      "
    `);
  });
  test('given twice', async () => {
    const one = observed({ name: 'bucket' });
    expect(await withObserved(`${one}---\n${one}`)).toMatchInlineSnapshot(`
      "OBSERVED_TWICE: observed.yaml document 2: bucket; give each composed resource once
      "
    `);
  });
});

describe('hostile input', () => {
  /** A few hundred bytes that stand for ten thousand million values. */
  const bomb = ['x0: &x0 [a, a, a, a, a, a, a, a, a, a]'];
  for (let level = 1; level < 10; level++) {
    const aliases = Array.from({ length: 10 }, () => `*x${level - 1}`).join(', ');
    bomb.push(`x${level}: &x${level} [${aliases}]`);
  }

  /** It ends by itself, either rendered or with an error that has a code and is no bug. */
  const endsWell = async (text: string): Promise<Finished> => {
    const finished = await command(['render', file('hostile.yaml', text)]);
    expect(finished.code, 'it was killed after its time was up, or ended by a signal').not.toBeNull();
    if (finished.code !== 0) expect(finished).toMatchObject({ code: 1, stderr: expect.stringMatching(/^[A-Z_]+: /) });
    expect(finished.stderr).not.toMatch(/^INTERNAL/);
    expect(finished.stderr).not.toMatch(stackTrace);
    return finished;
  };

  test.each([
    { place: 'beside the fields', text: claim() },
    { place: 'for a text', text: claim('  resourceConfig:\n    region: *x9\n') },
    { place: 'for a list', text: claim(`${region}  corsRules: *x9\n`) },
    { place: 'in an unknown field', text: claim(`${region}  other: *x9\n`) },
    { place: 'in a field of Crossplane', text: claim(`${region}  compositionSelector: *x9\n`) },
    { place: 'in the metadata', text: claim().replace('metadata:\n', 'metadata:\n  labels: *x9\n') },
  ])('an alias bomb $place ends well', async ({ text }) => {
    await endsWell(`${bomb.join('\n')}\n${text}`);
  });

  test('an alias of itself ends well', async () => {
    await endsWell(claim(`${region}  compositionSelector: &self\n    again: *self\n`));
  });

  test.each([{ depth: 1_500 }, { depth: 50_000 }])('$depth nested lists end well', async ({ depth }) => {
    await endsWell(claim(`${region}  compositionRef: ${'['.repeat(depth)}${']'.repeat(depth)}\n`));
  });

  test.each([
    { place: 'the document', text: `__proto__:\n  polluted: yes\n${claim()}` },
    { place: 'spec', text: claim(`${region}  __proto__:\n    polluted: yes\n`) },
    { place: 'a required object', text: claim('  resourceConfig:\n    __proto__:\n      region: eu-west-1\n') },
    { place: 'the tags', text: claim(`${region}    tags:\n      __proto__: polluted\n`) },
    { place: 'the labels', text: claim().replace('metadata:\n', 'metadata:\n  labels:\n    __proto__: polluted\n') },
    { place: 'a merge', text: claim(`${region}    <<:\n      __proto__:\n        polluted: yes\n`) },
  ])('__proto__ in $place ends well', async ({ text }) => {
    const { code, stdout } = await endsWell(text);
    const [, bucket] = yaml.loadAll(stdout) as { spec?: unknown }[];
    const [, clean] = yaml.loadAll(
      (await command(['render', file('claim.yaml', claim())])).stdout,
    ) as (typeof bucket)[];
    if (code === 0) expect(bucket?.spec).toEqual(clean?.spec);
  });

  test('__proto__ never fills in for a required field', async () => {
    const text = claim('  resourceConfig:\n    __proto__:\n      region: eu-west-1\n');
    expect(await refusedClaim(text)).toMatchInlineSnapshot(`
      "CLAIM_INVALID: claim.yaml: spec.resourceConfig.region: is absent; it is required (and 1 more: spec.resourceConfig.__proto__)
      "
    `);
  });
});
