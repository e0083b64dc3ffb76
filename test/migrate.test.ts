import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import { render } from '../functions/core/render.ts';
import type { KubernetesObject } from '../functions/core/resource.ts';
import { compositeOf } from '../tools/cli/claim.ts';
import { load } from '../tools/cli/load.ts';
import { cutOverOf } from '../tools/cli/migrate/cut-over.ts';
import { migrate } from '../tools/cli/migrate/migrate.ts';
import { reportOf } from '../tools/cli/migrate/report.ts';
import { toYaml } from '../tools/cli/output.ts';
import { repository, run, temporaryFolder } from './support/process.ts';

const claims = repository('test/migrate/claims.yaml');
const managed = repository('test/migrate/managed.yaml');
const command = (...args: string[]) =>
  run(process.execPath, [
    repository('node_modules/tsx/dist/cli.mjs'),
    repository('tools/cli/main.ts'),
    'migrate',
    ...args,
  ]);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const written = (name: string) => load(join(folder.path, 'out', name))[0]?.object;

describe.each(['namespaced', 'claims'] as const)('to the %s form', (form) => {
  test('every request keeps what it owns in AWS, and would be accepted', async () => {
    const out = join(folder.path, 'out');
    expect(await command(claims, '--observed', managed, '--to', form, '--out', out)).toMatchObject({ code: 0 });
    const files = readdirSync(out).filter((name) => name.endsWith('.yaml'));
    expect(files).toEqual([
      'irsa-default-reader.yaml',
      'objectstorage-default-test-bucket.yaml',
      's3irsa-default-uploads.yaml',
    ]);
    for (const file of files) {
      const [document] = load(join(out, file));
      expect(document && compositeOf(blueprints, document, undefined).form).toBe(form);
    }
    expect(written('objectstorage-default-test-bucket.yaml')).toEqual({
      apiVersion: form === 'claims' ? 'awsblueprints.io/v1alpha1' : 'm.awsblueprints.io/v1alpha1',
      kind: 'ObjectStorage',
      metadata: {
        name: 'test-bucket',
        namespace: 'default',
        labels: { team: 'media' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'media:awsblueprints.io/ObjectStorage:default/test-bucket' },
      },
      spec: {
        ...(form === 'claims' && {
          compositeDeletePolicy: 'Background',
          compositionSelector: { matchLabels: { 'awsblueprints.io/provider': 'aws' } },
        }),
        resourceConfig: {
          name: 'test-bucket-awsblueprint-112233',
          providerConfigName: 'aws-provider-config',
          region: 'us-east-1',
          tags: { team: 'media' },
        },
      },
    });
    expect(written('irsa-default-reader.yaml')?.spec).toMatchObject({
      adoptServiceAccount: true,
      resourceConfig: { name: 'reader-9wq4z' },
    });
    expect(written('s3irsa-default-uploads.yaml')?.spec).toMatchObject({
      serviceAccountName: 'uploads',
      resourceConfig: { name: 'example-uploads', deletionPolicy: 'Orphan' },
    });
  });

  test('the steps let AWS keep everything before anything is deleted', async () => {
    await command(claims, '--observed', managed, '--to', form, '--out', join(folder.path, 'out'));
    const steps = readFileSync(join(folder.path, 'out', 'CUT-OVER.md'), 'utf8');
    for (const section of steps.split('\n## ').slice(1)) {
      const at = (text: string): number => section.indexOf(text);
      const order = [at('paused=true'), at('"deletionPolicy":"Orphan"'), at('kubectl delete'), at('paused-')];
      expect(order.every((position) => position >= 0)).toBe(true);
      expect([...order].sort((a, b) => a - b)).toEqual(order);
      // One group has one definition: there the old claim must be gone first. Two forms run side by side.
      if (form === 'claims') expect(at('kubectl apply')).toBeGreaterThan(at('paused-'));
      else expect(at('kubectl apply')).toBeLessThan(at('kubectl delete'));
    }
    expect(steps).not.toContain('bucket-of-another-team');
  });
});

test('the report says which parameter grants rights that it did not grant there', async () => {
  const { stderr } = await command(claims, '--observed', managed);
  expect(stderr).toContain('| `spec.policyArns` | now acts | are attached to the role: this GRANTS RIGHTS');
  expect(stderr).toContain('| `spec.resourceConfig.tags` | changed | a list of key and value became a map |');
  expect(stderr).toContain('| `spec.serviceAccountName` | changed |');
});

test('a request whose name in AWS is unknown is refused; the others are migrated', async () => {
  const { code, stdout, stderr } = await command(claims);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^MIGRATE_EXTERNAL_NAME: .*claims\.yaml.*Bucket of test-bucket is not known; give --observed/m,
  );
  expect(stderr).toMatch(/^MIGRATE_EXTERNAL_NAME: .*Role of reader is not known/m);
  expect(stdout.match(/^kind: .*/gm)).toEqual(['kind: S3IRSA']);
});

test.each([
  ['a Deployment', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n', 'MIGRATE_KIND'],
  ['a queue', 'apiVersion: awsblueprints.io/v1alpha1\nkind: Queue\nmetadata: {name: a}\n', 'MIGRATE_KIND'],
  [
    'an Aurora without its cluster',
    'apiVersion: db.awsblueprint.io/v1alpha1\nkind: Aurora\nmetadata: {name: a, namespace: b}\n',
    'MIGRATE_EXTERNAL_NAME',
  ],
  [
    'a composite of nobody',
    'apiVersion: awsblueprints.io/v1alpha1\nkind: XIRSA\nmetadata: {name: a}\n',
    'MIGRATE_NAMESPACE',
  ],
  [
    'a network',
    'apiVersion: awsblueprints.io/v1alpha1\nkind: Network\nmetadata: {name: a, namespace: b}\n',
    'MIGRATE_TAKEOVER',
  ],
  ['a picture', '\u0000\u0001PNG', 'INPUT_'],
])('%s is refused, and nothing is written', async (_, text, errorCode) => {
  const file = join(folder.path, 'input.yaml');
  writeFileSync(file, text);
  const { code, stderr } = await command(file, '--out', join(folder.path, 'out'));
  expect(stderr).toMatch(new RegExp(`^${errorCode}`));
  expect(code).toBe(1);
  expect(readdirSync(folder.path)).toEqual(['input.yaml']);
});

test('somebody else’s folder is left as it is', async () => {
  writeFileSync(join(folder.path, 'REPORT.md'), 'mine');
  const { code, stderr } = await command(claims, '--observed', managed, '--out', folder.path);
  expect(stderr).toMatch(/^OUTPUT_FOREIGN/m);
  expect(code).toBe(1);
  expect(readdirSync(folder.path)).toEqual(['REPORT.md']);
});

/** Every definition of the older platforms, by what a blueprint makes of it. */
const oldDefinitions = {
  'awsblueprints.io/v1alpha1': {
    ours: ['ObjectStorage', 'IRSA', 'S3IRSA', 'RelationalDatabase'],
    refused: [
      ...['ApiGateway', 'CDN', 'DaskHub', 'DynamoDBTable', 'DynamoIRSA', 'EMRContainer', 'EncryptionKey', 'ExampleApp'],
      ...['EventSourceMapping', 'Fanout', 'FirehoseApp', 'IAMPolicy', 'LambdaFunction', 'Microservice', 'Notification'],
      ...['Queue', 'RedisCluster', 'ServerlessApp', 'SubscriptionFilter', 'XIAMPolicy', 'XKinesisFirehose'],
    ],
  },
  'db.awsblueprint.io/v1alpha1': { ours: ['Aurora'], refused: [] },
  'network.awsblueprints.io/v1alpha1': { ours: ['vpcSubnet'], refused: ['amazonVpc'] },
  'cluster.awsblueprints.io/v1alpha1': { ours: [], refused: ['amazonEks'] },
  'aws.cnoe.io/v1alpha1': { ours: [], refused: ['EC2Instance'] },
};

test.each(Object.entries(oldDefinitions))(
  'of %s every kind is taken over, or refused with what to do instead',
  (apiVersion, kinds) => {
    const attempt = (kind: string) => () =>
      migrate(
        blueprints,
        { source: 'input', object: { apiVersion, kind, metadata: { name: 'a', namespace: 'b' } } },
        [],
        'namespaced',
      );
    for (const kind of kinds.refused) {
      expect(attempt(kind), kind).toThrow(
        new RegExp(`^MIGRATE_KIND: input: ${apiVersion} ${kind} is not taken over; `),
      );
      expect(attempt(kind), kind).not.toThrow(/give claims and composites/);
    }
    // Known, and refused only because nothing is known of what they own.
    for (const kind of kinds.ours) expect(attempt(kind), kind).toThrow(/^MIGRATE_(EXTERNAL_NAME|TAKEOVER): /);
  },
);

/** A request of another shape than ours, with what it owns. */
const foreign = (file: string, to: 'claims' | 'namespaced' = 'namespaced') => {
  const [request, ...managed] = load(repository(`test/migrate/${file}.yaml`));
  if (request === undefined) throw new Error(`${file} is empty`);
  return migrate(
    blueprints,
    request,
    managed.map(({ object }) => object),
    to,
  );
};

test.each(['s3-irsa', 'vpc-subnet', 'aurora', 'postgres', 'eks-cluster'])(
  '%s in our form, field by field, with its steps',
  async (name) => {
    const migration = foreign(name);
    const resources = migration.handover.resources.map((one) => toYaml(one));
    const files = { request: () => 'request.yaml', handover: (_: unknown, folder: string) => `${folder}.yaml` };
    const text = [toYaml(migration.object), ...resources, reportOf([migration]), cutOverOf([migration], files)].join(
      '---\n',
    );
    await expect(text).toMatchFileSnapshot(repository(`test/migrate/${name}.out.txt`));
  },
);

test('a database is copied into another form only, since a copy cannot have the name of its source', () => {
  expect(() => foreign('aurora', 'claims')).toThrow(/^MIGRATE_FORM: .*; use --to namespaced$/);
});

test('the function takes what was handed over for its own, and would make nothing of it anew', () => {
  const { object, handover } = foreign('s3-irsa');
  const composite = compositeOf(blueprints, { source: 'input', object: structuredClone(object) }, undefined);
  const input = {
    xr: composite.xr,
    observed: new Map(handover.resources.map((one) => [composedName(one), one])),
    cluster: load(repository('examples/environment.yaml')).map((one) => one.object),
  };
  const { resources } = render(blueprints, input, (error) => {
    throw error;
  });
  expect(handover.resources.length).toBe(5);
  for (const heir of handover.resources) {
    const made = resources.filter(({ name }) => name === composedName(heir));
    expect(made, composedName(heir)).toHaveLength(1);
    const { metadata } = made[0]?.object ?? {};
    expect(metadata?.name).toBe(heir.metadata?.name);
    const given = metadata?.annotations?.[externalName];
    if (given !== undefined) expect(given).toBe(heir.metadata?.annotations?.[externalName]);
  }
});

const externalName = 'crossplane.io/external-name';
const composedName = ({ metadata }: KubernetesObject): string =>
  metadata?.annotations?.['crossplane.io/composition-resource-name'] ?? '';
