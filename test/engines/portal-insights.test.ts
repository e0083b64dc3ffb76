import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portalProfiles } from '../../tools/gen/portal.ts';
import { entityChecks, entityKinds } from '../../tools/score/entity-checks.ts';
import { score } from '../../tools/score/score.ts';
import { type Backend, openBackend } from '../portal/backend.ts';
import { casesOf, dryRun, fileOf, templateOf } from '../portal/scaffolded.ts';
import { openScaffolder } from '../portal/scaffolder.ts';
import { temporaryFolder } from '../support/process.ts';

/** An entity of the catalog, as far as it is told apart. */
interface Entity {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What one check says of one entity. */
interface Verdict {
  readonly check: string;
  readonly passed: boolean;
  readonly remedy: string;
}

/** Verdicts by the reference of the entity. */
type Verdicts = ReadonlyMap<string, readonly Verdict[]>;

const file = 'examples/portal/tech-insights.yaml';
/** What retrievers tell; the rest is for the command alone. */
const told = entityChecks.flatMap(({ id, fact }) => (fact ? [id] : []));

const folder = temporaryFolder();
let insights: Backend<'config' | 'verdicts'>;
/** Entities of our own templates. */
let ours: readonly Entity[];
let portal: Verdicts;
let command: Verdicts;

const good = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'good',
    title: 'Shop',
    description: 'Sells things.',
    tags: ['aws'],
    annotations: { 'backstage.io/techdocs-ref': 'dir:.' },
  },
  spec: { type: 'service', owner: 'group:default/team-a', lifecycle: 'production', definition: 'openapi: 3.1.0' },
};
const withMetadata = (name: string, metadata: object) => ({
  ...good,
  metadata: { ...good.metadata, name, ...metadata },
});
const withOwner = (name: string, owner: string) => ({ ...withMetadata(name, {}), spec: { ...good.spec, owner } });

const complete = [
  ...entityKinds.map((kind) => ({ ...good, kind })),
  withOwner('owner-without-kind', 'team-a'),
  withOwner('owner-in-namespace', 'default/team-a'),
];
const without = {
  owner: withOwner('no-owner', 'user:default/somebody'),
  title: withMetadata('no-title', { title: undefined }),
  description: withMetadata('no-description', { description: '' }),
  tags: withMetadata('no-tags', { tags: [] }),
  docs: withMetadata('no-docs', { annotations: { 'backstage.io/techdocs-entity': 'component:default/good' } }),
};
/** Blanks, and owners that are neither a group nor begin as a retriever thinks that people do. */
const unnoticed = {
  owner: [withOwner('owner-in-capitals', 'User:default/somebody'), withOwner('owner-is-app', 'component:default/good')],
  title: [withMetadata('blank-title', { title: ' ' })],
  description: [withMetadata('blank-description', { description: ' ' })],
  docs: [withMetadata('blank-docs', { annotations: { 'backstage.io/techdocs-ref': ' ' } })],
};
/** What nobody describes by hand, or only says where others are. */
const unscored = [
  { ...good, kind: 'Group', spec: { type: 'team', children: [] } },
  { ...good, kind: 'User', spec: { memberOf: [] } },
  { ...good, kind: 'Location', spec: { targets: [] } },
];

beforeAll(async () => {
  ours = await scaffolded();
  const entities: Entity[] = [
    ...complete,
    ...Object.values(without),
    ...Object.values(unnoticed).flat(),
    ...unscored,
    ...ours,
  ];
  insights = await openBackend('insights.mjs', file);
  portal = ofPortal(await insights.ask('verdicts', entities));
  command = ofCommand(entities);
}, 1_800_000);

afterAll(async () => {
  await insights?.close();
  folder.remove();
});

test('is configuration that Backstage takes', async () => {
  const config = Object(yaml.load(readFileSync(file, 'utf8')));
  expect(await insights.ask('config', config)).toBe(true);
  const { techInsights } = config;
  const wrong = { techInsights: { ...techInsights, factRetrievers: { techdocsFactRetriever: {} } } };
  await expect(insights.ask('config', wrong)).rejects.toThrow('cadence');
});

describe('the portal says what the command says', () => {
  test('of entities that have everything', () => {
    for (const entity of complete) {
      expect(portal.get(referenceOf(entity))?.map(({ check }) => check)).toEqual(told);
      expect(missed(portal, entity)).toEqual([]);
      expect(missed(command, entity)).toEqual([]);
    }
  });

  test('of entities that have all but one thing', () => {
    expect(Object.keys(without)).toEqual(told);
    for (const [check, entity] of Object.entries(without)) {
      expect(missed(portal, entity)).toEqual([check]);
      expect(missed(command, entity)).toEqual([check]);
    }
  });

  test('of entities that only the catalog has: nothing', () => {
    for (const entity of unscored) {
      expect(portal.get(referenceOf(entity))).toEqual([]);
      expect(command.has(referenceOf(entity))).toBe(false);
    }
  });

  test('of what our own templates write, which has everything', () => {
    expect(new Set(ours.map(({ kind }) => kind))).toEqual(new Set(['Component', 'Resource', 'System']));
    for (const entity of ours) {
      expect(missed(portal, entity)).toEqual([]);
      expect(missed(command, entity)).toEqual([]);
    }
  });

  test('in the same words', () => {
    for (const entity of [...complete, ...Object.values(without), ...ours]) {
      const reference = referenceOf(entity);
      expect({ reference, verdicts: portal.get(reference) }).toEqual({ reference, verdicts: command.get(reference) });
    }
  });

  test('but of blanks and of odd owners, which the retrievers do not notice', () => {
    for (const [check, entities] of Object.entries(unnoticed)) {
      for (const entity of entities) {
        expect(missed(portal, entity)).toEqual([]);
        expect(missed(command, entity)).toEqual([check]);
      }
    }
  });
});

const referenceOf = ({ kind, metadata: { namespace = 'default', name } }: Entity): string =>
  `${kind}:${namespace}/${name}`.toLowerCase();

const missed = (verdicts: Verdicts, entity: Entity): string[] | undefined =>
  verdicts.get(referenceOf(entity))?.flatMap(({ check, passed }) => (passed ? [] : [check]));

/** What our own templates write, those of each in a namespace of its own, since all have one name. */
async function scaffolded(): Promise<Entity[]> {
  const scaffolder = await openScaffolder();
  const entities: Entity[] = [];
  const cases = Object.keys(portalProfiles).flatMap((profile) => casesOf(profile, 'production'));
  for (const [index, { file: template, values }] of cases.entries()) {
    const written = fileOf(await dryRun(scaffolder, templateOf(template), values), 'catalog-info.yaml');
    const found = yaml.loadAll(written) as readonly Entity[];
    entities.push(...found.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: `case-${index}` } })));
  }
  await scaffolder.close();
  return entities;
}

function ofPortal(answer: unknown): Verdicts {
  const all = answer as readonly {
    readonly entity: string;
    readonly results: readonly {
      readonly check: { readonly id: string; readonly description: string };
      readonly result: boolean;
    }[];
  }[];
  return new Map(
    all.map(({ entity, results }) => [
      entity,
      inOrder(
        results.map(({ check: { id, description }, result }) => ({
          check: id.replace(/^aws-blueprints-/, ''),
          passed: result,
          remedy: description,
        })),
      ),
    ]),
  );
}

/** What the command says of them, one file each. */
function ofCommand(entities: readonly Entity[]): Verdicts {
  const references = new Map(
    entities.map((entity, index) => [join(folder.path, `${index}.json`), referenceOf(entity)]),
  );
  entities.forEach((entity, index) => {
    writeFileSync(join(folder.path, `${index}.json`), JSON.stringify(entity));
  });
  const { scored, errors } = score(folder.path, { date: '2026-11-23' });
  if (errors.length > 0) throw new AggregateError(errors);
  return new Map(
    scored.map(({ source, results }) => [
      references.get(source) ?? source,
      inOrder(results.filter(({ check }) => told.includes(check))),
    ]),
  );
}

/** The order is that of the checks: an engine of rules ends in any. */
const inOrder = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.toSorted((one, other) => told.indexOf(one.check) - told.indexOf(other.check));
