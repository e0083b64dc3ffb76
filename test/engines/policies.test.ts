import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { policies } from '../../policies/policies.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { validateResources } from '../../tools/engines/cli.ts';
import { managedDefinition, providerModule } from '../../tools/engines/crds.ts';
import { goModule } from '../../tools/engines/go.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { run } from '../../tools/engines/run.ts';
import { readProviderCrd } from '../../tools/gen/provider-crds.ts';

let gator: string;

beforeAll(async () => {
  const directoryOf = await requireEngines(['gator']);
  gator = join(directoryOf('gator'), 'gator');
}, 900_000);

const verify = (path: string, ...more: string[]) => run(gator, ['verify', path, '-v', ...more], { seconds: 120 });
const passed = (output: string) => [...output.matchAll(/^ *--- PASS: (\S+)/gm)].map(([, name]) => name);

test.each(policies)('gator agrees with every case of $name', async ({ name, cases, badParameters }) => {
  const { code, stdout } = await verify(`policies/${name}`);
  expect(stdout).not.toContain('--- FAIL');
  expect(code).toBe(0);
  expect(passed(stdout)).toEqual(
    expect.arrayContaining([...cases.map((one) => one.name), ...Object.keys(badParameters)]),
  );
});

test.each(policies.filter(({ rule }) => rule.engine === 'rego'))(
  'gator agrees with $name where nobody judges CEL',
  async ({ name, cases }) => {
    const { code, stdout } = await verify(`policies/${name}`, '--enable-k8s-native-validation=false');
    expect(code).toBe(0);
    expect(passed(stdout)).toEqual(expect.arrayContaining(cases.map((one) => one.name)));
  },
);

test('a rule that does not compile fails its suite, since every case says its message', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-policy-'));
  try {
    cpSync('policies/allowed-regions', folder, { recursive: true });
    const template = join(folder, 'template.yaml');
    writeFileSync(template, readFileSync(template, 'utf8').replace('variables.exempt ||', 'variables.nothing ||'));
    const { code, stdout } = await verify(folder);
    expect(code).not.toBe(0);
    expect(stdout).toContain('--- FAIL: deny');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is kept in the inventory is what the policies say that they need, and gator would miss it', async () => {
  const templates = policies.map(({ name }) => `--filename=policies/${name}/template.yaml`);
  // There is no list of the kinds that a cluster serves.
  const sync = (...files: string[]) =>
    run(gator, ['sync', 'test', '--force-omit-gvk-manifest', ...templates, ...files], { seconds: 60 });
  expect((await sync('--filename=policies/sync.yaml')).code).toBe(0);
  const without = await sync();
  expect(without.code).toBe(1);
  expect(without.stdout + without.stderr).toContain('s3.aws.m.upbound.io/v1beta1:Bucket');
});

const managedObjects = policies
  .flatMap(({ cases }) =>
    cases.flatMap(({ object, old, inventory = [] }) => [object, ...(old ? [old] : []), ...inventory]),
  )
  .filter(({ apiVersion }) => apiVersion.includes('.aws.'))
  .map((object, index) => ({ ...object, metadata: { ...object.metadata, name: `sample-${index}` } }) as KubeObject);

test('the fields that the cases use are fields of the provider', async () => {
  const kinds = new Map(managedObjects.map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]));
  const managed = await Promise.all([...kinds.values()].map((kind) => managedDefinition(kind)));
  const definitions = managed.map(({ definition }) => definition);
  const verdicts = await validateResources({ definitions, resources: managedObjects });
  expect(verdicts).toHaveLength(managedObjects.length);
  // What is required is left out where a case does not need it.
  const unknown = verdicts.flatMap(({ kind, errors }) =>
    errors.filter(({ type }) => type === 'unknownField').map(({ field }) => `${kind} ${field}`),
  );
  expect([...new Set(unknown)]).toEqual([]);
});

test('the kinds that are judged are kinds of the provider, in both scopes', async () => {
  const folder = await goModule(providerModule);
  const matches = policies.flatMap(({ match }) => match).filter(({ kinds }) => kinds[0] !== '*');
  for (const { apiGroups, kinds } of matches) {
    for (const group of apiGroups.filter(
      (one) => /^\w+\.aws\.(m\.)?upbound\.io$/.test(one) && one !== 'aws.m.upbound.io',
    )) {
      const form = group.includes('.aws.m.') ? 'namespaced' : 'claims';
      for (const kind of kinds)
        expect(readProviderCrd(folder, form, group.split('.')[0] ?? '', kind).group).toBe(group);
    }
  }
});
