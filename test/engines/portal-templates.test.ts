import { Ajv } from 'ajv';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import type { Page } from '../../tools/cli/template/template.ts';
import { validateResources } from '../../tools/engines/cli.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { portalProfiles } from '../../tools/gen/portal.ts';
import { xrdOf } from '../../tools/gen/xrd.ts';
import { checkDocuments } from '../../tools/judge/check.ts';
import { chromium, openPortal, type Portal } from '../portal/browser.ts';
import {
  baseOf,
  built,
  casesOf,
  claimIn,
  dryRun,
  fileOf,
  haveKubectl,
  names,
  overlaysOf,
  templateOf,
} from '../portal/scaffolded.ts';
import { type DryRun, openScaffolder, type Scaffolder } from '../portal/scaffolder.ts';

const profiles = Object.keys(portalProfiles);
const cases = profiles.flatMap((profile) => casesOf(profile, 'production'));
const each = profiles.flatMap((profile) => names.map((name) => ({ profile, name, file: `${name}-${profile}.yaml` })));
const surroundings = { environment: 'examples/environment.yaml', required: 'examples/required.yaml' };

let scaffolder: Scaffolder;
let portal: Portal;
let actions: readonly { readonly id: string; readonly schema?: { readonly input?: object } }[];

beforeAll(async () => {
  scaffolder = await openScaffolder();
  actions = (await scaffolder.ask('actions')) as typeof actions;
  if (chromium !== undefined) portal = await openPortal();
}, 1_800_000);

afterAll(async () => {
  await scaffolder?.close();
  await portal?.close();
});

test.each([...each.map(({ file }) => file), ...profiles.map((profile) => `all-${profile}.yaml`)])(
  '%s is an entity that the catalog takes',
  async (file) => {
    expect(await scaffolder.ask('entity', templateOf(file))).toBe(true);
  },
);

test('the judges refuse what is wrong', async () => {
  const template = templateOf(`${names[0]}-github.yaml`);
  await expect(scaffolder.ask('entity', { ...template, metadata: { name: 'no name' } })).rejects.toThrow(
    'metadata.name',
  );
  const [step, ...others] = template.spec.steps;
  const unknown = {
    ...template,
    spec: { ...template.spec, steps: [{ ...step, if: true, action: 'no:action' }, ...others] },
  };
  const { status, body } = await dryRun(scaffolder, unknown, cases[0]?.values ?? {});
  expect(status).not.toBe(200);
  expect(JSON.stringify(body)).toContain('no:action');
});

describe.each(cases)('$file with $kind', ({ profile, file, kind, values }) => {
  let run: DryRun;
  beforeAll(async () => {
    run = await dryRun(scaffolder, templateOf(file), values);
  });

  test('is run by the scaffolder, whose actions take what they are given', () => {
    expect(run).toMatchObject({ status: 200 });
    const asked = (run.body.log ?? []).flatMap(({ body: { message } }) => {
      const [, id, input] =
        /Running (\S+) in dry-run mode with inputs \(secrets redacted\): ([\s\S]*)$/.exec(message) ?? [];
      return id === undefined || input === undefined ? [] : [{ id, input: JSON.parse(input) as unknown }];
    });
    expect(asked.length).toBeGreaterThanOrEqual(3);
    for (const { id, input } of asked) {
      expect(portalProfiles[profile]?.actions).toContain(id);
      const schema = actions.find((action) => action.id === id)?.schema?.input;
      const { $schema: _draft, ...plain } = Object(schema);
      const validate = new Ajv({ strict: false }).compile(plain);
      expect(validate(input) || { id, errors: validate.errors }).toBe(true);
    }
  });

  test('makes entities that the catalog takes, and that refer to each other', async () => {
    const entities = yaml.loadAll(fileOf(run, 'catalog-info.yaml')) as readonly {
      readonly kind: string;
      readonly metadata: { readonly name: string };
      readonly spec: { readonly dependsOn?: readonly string[]; readonly system?: string; readonly owner: string };
    }[];
    for (const entity of entities) expect(await scaffolder.ask('entity', entity)).toBe(true);
    const known = entities.map((one) => `${one.kind.toLowerCase()}:default/${one.metadata.name}`);
    for (const { spec } of entities) {
      expect(spec.owner).toBe('group:default/team-a');
      for (const other of spec.dependsOn ?? []) expect(known).toContain(other);
      if (spec.system !== undefined) expect(known).toContain(`system:default/${spec.system}`);
    }
  });

  test('makes a claim that the policies allow, whose label the catalog selects', async () => {
    const objects = baseOf(run);
    expect(objects.every(({ metadata }) => metadata.labels?.['entity-id'] === 'shop')).toBe(true);
    expect(fileOf(run, 'catalog-info.yaml')).toContain('backstage.io/kubernetes-label-selector: entity-id=shop\n');
    expect(await findingsOf(claimIn(objects, kind))).toEqual([]);
  });

  test.skipIf(!haveKubectl)(
    'kustomize builds its overlays, with the claim allowed (left out without kubectl)',
    async () => {
      for (const overlay of overlaysOf(kind)) {
        const objects = built(run, overlay);
        expect(objects).toHaveLength(baseOf(run).length);
        expect(await findingsOf(claimIn(objects, kind))).toEqual([]);
      }
    },
  );

  test('refers to the names that the claim makes', () => {
    const objects = baseOf(run);
    const spec = Object(claimIn(objects, kind).spec);
    const pod = Object(objects.find((one) => one.kind === 'Deployment')?.spec).template?.spec;
    const secrets = JSON.stringify(objects).match(/"secretRef":\{"name":"([^"]+)"/g) ?? [];
    const wanted = spec.writeConnectionSecretToRef?.name;
    expect(new Set(secrets)).toEqual(new Set(wanted === undefined ? [] : [`"secretRef":{"name":"${wanted}"`]));
    expect(pod?.serviceAccountName).toBe(spec.serviceAccountName);
  });
});

test("Crossplane's own validator takes every claim", async () => {
  const claims = await Promise.all(
    [...cases, ...profiles.flatMap((profile) => casesOf(profile, 'full'))].map(async ({ file, kind, values }) => {
      const claim = claimIn(baseOf(await dryRun(scaffolder, templateOf(file), values)), kind);
      return { ...claim, metadata: { ...claim.metadata, namespace: 'team-a' } };
    }),
  );
  const definitions = blueprints.map((blueprint) => xrdOf(blueprint, 'namespaced') as unknown as KubeObject);
  const verdicts = await validateResources({ definitions, resources: claims, crossplaneKinds: false });
  expect(verdicts.map(({ kind, status, errors }) => ({ kind, status, errors }))).toEqual(
    claims.map(({ kind }) => expect.objectContaining({ kind, status: 'valid' })),
  );
});

test.each(cases.slice(0, 1))('what the form refuses, the scaffolder refuses too', async ({ file, values }) => {
  const wrong = { ...values, name: 'A b' };
  expect(await dryRun(scaffolder, templateOf(file), wrong)).toMatchObject({ status: 400 });
  const { s3irsa: _claim, ...nothing } = values;
  expect(await dryRun(scaffolder, templateOf(file), nothing)).toMatchObject({ status: 400 });
});

describe.skipIf(chromium === undefined)('the form in Chromium (left out without chromium-headless-shell)', () => {
  test.each(casesOf('github', 'full'))('$file: $kind in full goes in and comes out, and is taken', async (one) => {
    const template = templateOf(one.file);
    const submitted: Record<string, unknown> = {};
    for (const page of template.spec.parameters) {
      expect(await portal.show(page)).toEqual([]);
      await portal.enter(page, valuesOf(page, one.values));
      Object.assign(submitted, (await portal.submit()).submitted);
    }
    expect(submitted).toEqual(one.values);
    expect(await dryRun(scaffolder, template, submitted)).toMatchObject({ status: 200 });
  });

  test('nothing entered is refused page by page', async () => {
    for (const page of templateOf(`${names[1]}-github.yaml`).spec.parameters) {
      await portal.show(page);
      expect(await portal.submit()).toMatchObject({ errors: expect.arrayContaining([expect.any(String)]) });
    }
  });
});

/** What the policies say of a claim in the namespace of the examples' surroundings. */
async function findingsOf(claim: KubeObject) {
  const object = { ...claim, metadata: { ...claim.metadata, namespace: 'team-a' } };
  const { findings } = await checkDocuments([{ source: 'scaffolded', object }], {
    ...surroundings,
    profile: 'production',
  });
  return findings;
}

/** What belongs to a page, and to the choices on it. */
function valuesOf({ properties = {}, dependencies = {} }: Page, values: Readonly<Record<string, unknown>>): object {
  const chosen = Object.values(dependencies).flatMap((one) => Object(one).oneOf as readonly Page[]);
  const fields = new Set([...Object.keys(properties), ...chosen.flatMap((one) => Object.keys(one.properties ?? {}))]);
  return Object.fromEntries(Object.entries(values).filter(([name]) => fields.has(name)));
}
