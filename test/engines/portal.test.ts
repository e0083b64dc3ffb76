import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { resourceOf } from '../../tools/cli/template/resource.ts';
import { choiceOf, choicePage, keyed, type Template } from '../../tools/cli/template/template.ts';
import { apiOf } from '../../tools/cli/xrd/api.ts';
import { definitionOf } from '../../tools/cli/xrd/definition.ts';
import { cacheDirectory } from '../../tools/engines/cache.ts';
import { providerModule } from '../../tools/engines/crds.ts';
import { goModule } from '../../tools/engines/go.ts';
import { specOf } from '../../tools/gen/xrd.ts';
import { type FormSchema, toForm } from '../../tools/openapi/backstage/index.ts';
import { convert, type StructuralSchema } from '../../tools/openapi/index.ts';
import { chromium, openPortal, type Portal } from '../portal/browser.ts';
import { sampleOf } from '../portal/sample.ts';

let portal: Portal;
let crds: string;

beforeAll(async () => {
  if (chromium === undefined) return;
  portal = await openPortal();
  crds = join(await goModule(providerModule, cacheDirectory()), 'package', 'crds');
}, 600_000);

afterAll(() => portal?.close());

const inBrowser = describe.skipIf(chromium === undefined);
const stepOf = (schema: StructuralSchema): FormSchema => ({
  type: 'object',
  required: ['claim'],
  properties: { claim: toForm(schema).schema },
});

/** What was entered comes out, the source schema takes it, and nothing else is in it. */
async function enters(schema: StructuralSchema, value: unknown) {
  const step = stepOf(schema);
  expect(await portal.show(step)).toEqual([]);
  await portal.enter(step, { claim: value });
  expect(await portal.submit()).toEqual({ submitted: { claim: value } });
  const validate = new Ajv({ strict: false, allErrors: true }).compile(
    convert(schema, { target: 'draft-07', closed: true }).schema,
  );
  expect(validate(value) || validate.errors).toBe(true);
}

const forms = ['claims', 'namespaced'] as const;
const examples = blueprints.flatMap((blueprint) =>
  forms.flatMap((form) => (['claim', 'full', 'production'] as const).map((name) => ({ blueprint, form, name }))),
);

inBrowser('a form in Chromium (left out without chromium-headless-shell)', () => {
  test.each(examples)(
    '$blueprint.name, $form: example $name goes in and comes out',
    async ({ blueprint, form, name }) => {
      const { writeConnectionSecretToRef, ...spec } = blueprint.examples[name].spec;
      const secret = form === 'namespaced' &&
        writeConnectionSecretToRef !== undefined && { writeConnectionSecretToRef };
      await enters(specOf(blueprint, form) as StructuralSchema, { ...spec, ...secret });
    },
  );

  test.each(blueprints)('$name: an empty form is refused where something is required', async (blueprint) => {
    const schema = specOf(blueprint, 'namespaced') as StructuralSchema;
    await portal.show(stepOf(schema));
    const { submitted, errors = [] } = await portal.submit();
    expect(submitted).toBeUndefined();
    const leaves = idsOf(sampleOf(schema, 'required'), 'root_claim');
    expect(leaves.length).toBeGreaterThan(0);
    // The browser has another word for a choice than for a text.
    const word = / (fill out this field|select an item in the list)\.$/;
    expect(errors.map((error) => error.replace(word, ''))).toEqual(leaves.map((id) => `${id}: Please`));
  });

  test.each(kinds())('%s: required fields alone, and then one of everything', async (file) => {
    const path = join(crds, `${file}.yaml`);
    const { spec } = apiOf(definitionOf(path, yaml.load(readFileSync(path, 'utf8'))));
    await enters(spec, sampleOf(spec, 'required'));
    await enters(spec, sampleOf(spec, 'all'));
  });

  test('everything that a schema may have is shown and entered', async () => {
    const schema = yaml.load(readFileSync('test/portal/kitchen-sink.yaml', 'utf8')) as StructuralSchema;
    await enters(schema, sampleOf(schema, 'all'));
    const step = stepOf(schema);
    await portal.show(step);
    await portal.enter(step, { claim: { huge: 9007199254740993n.toString() } });
    expect((await portal.submit()).submitted).toBeUndefined();
  });

  test('a choice of kinds asks for what the chosen kind needs, and keeps the kinds apart', async () => {
    const all = keyed(['irsa', 'object-storage'].map((name) => resourceIn(`xrds/claims/${name}.yaml`)));
    const page = { ...choicePage(all), dependencies: { resource: { oneOf: all.map(choiceOf) } } };
    expect(await portal.show(page)).toEqual([]);
    const role = { resource: 'irsa', irsa: { resourceConfig: { name: 'a' }, serviceAccountName: 'pods' } };
    await portal.enter(page, role);
    expect((await portal.submit()).submitted).toEqual(role);
    const bucket = { resource: 'objectstorage', objectstorage: { resourceConfig: { region: 'eu-west-1' } } };
    await portal.enter(page, bucket);
    expect((await portal.submit()).submitted).toEqual({ ...role, ...bucket });
  });

  test.each(blueprints)('$name: the names of an object are asked for and checked', async ({ name }) => {
    const { spec } = yaml.load(readFileSync(`examples/${name}/template.yaml`, 'utf8')) as Template;
    const [page] = spec.parameters;
    if (page === undefined) throw new Error('no page');
    expect(await portal.show(page)).toEqual([]);
    await portal.enter(page, { name: 'A b', namespace: 'team-a' });
    expect((await portal.submit()).submitted).toBeUndefined();
    await portal.enter(page, { name: 'a-b' });
    expect((await portal.submit()).submitted).toEqual({ name: 'a-b', namespace: 'team-a' });
  });

  test('a field by a condition comes and goes with it', async () => {
    const objectStorage = blueprints.find(({ name }) => name === 'object-storage');
    if (objectStorage === undefined) throw new Error('no object-storage');
    const step = stepOf(specOf(objectStorage, 'claims') as StructuralSchema);
    await portal.show(step);
    const claim = { resourceConfig: { region: 'eu-west-1' }, encryption: { type: 'KMS' } };
    await portal.enter(step, { claim });
    const { submitted, errors } = await portal.submit();
    expect({ submitted, errors }).toEqual({ errors: ['root_claim_encryption_kmsKeyArn: Please fill out this field.'] });
    await portal.enter(step, { claim: { encryption: { type: 'AES256' } } });
    expect((await portal.submit()).submitted).toEqual({ claim: { ...claim, encryption: { type: 'AES256' } } });
    await portal.enter(step, { claim: { encryption: null } });
    expect((await portal.submit()).submitted).toEqual({ claim: { resourceConfig: claim.resourceConfig } });
  });
});

const resourceIn = (path: string) => resourceOf(definitionOf(path, yaml.load(readFileSync(path, 'utf8'))));

/** The inputs of a value, as the form library names them. */
function idsOf(value: unknown, id: string): string[] {
  if (typeof value !== 'object' || value === null) return [id];
  return Object.entries(value).flatMap(([name, member]) => idsOf(member, `${id}_${name}`));
}

/** Twenty kinds of the provider, of every service that blueprints are planned for and some odd ones. */
function kinds(): string[] {
  return [
    'sqs.aws.m.upbound.io_queues',
    'sns.aws.m.upbound.io_topics',
    'dynamodb.aws.m.upbound.io_tables',
    'rds.aws.m.upbound.io_instances',
    'rds.aws.m.upbound.io_clusters',
    'rds.aws.m.upbound.io_parametergroups',
    's3.aws.m.upbound.io_buckets',
    's3.aws.m.upbound.io_bucketlifecycleconfigurations',
    'eks.aws.m.upbound.io_clusters',
    'eks.aws.m.upbound.io_nodegroups',
    'eks.aws.m.upbound.io_addons',
    'ec2.aws.m.upbound.io_vpcs',
    'ec2.aws.m.upbound.io_subnets',
    'ec2.aws.m.upbound.io_securitygrouprules',
    'iam.aws.m.upbound.io_roles',
    'kms.aws.m.upbound.io_keys',
    'lambda.aws.m.upbound.io_functions',
    'elasticache.aws.m.upbound.io_replicationgroups',
    'secretsmanager.aws.m.upbound.io_secrets',
    'cloudwatch.aws.m.upbound.io_metricalarms',
  ];
}
