import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { load } from 'js-yaml';
import { beforeAll, expect, test } from 'vitest';
import { providerModule } from '../../tools/engines/crds.ts';
import { goModule } from '../../tools/engines/go.ts';
import { type Agreement, agreement, type Disagreement, isOurs, share } from '../judge/agreement.ts';
import { kitchenSink } from '../judge/kitchen-sink.ts';

const crossplane = {
  path: 'github.com/crossplane/crossplane/v2',
  version: 'v2.3.4',
  sum: 'h1:fqYKqtyQjMnodjyKOJUeupf8SSzjLrTWGUrS+aR2z+E=',
};

/** Of a list of type map no draft can say that keys are unique. */
const inexpressible = ['map, equal keys'];
let result: Agreement;
let classes: readonly string[];

beforeAll(async () => {
  const [provider, core] = await Promise.all([goModule(providerModule), goModule(crossplane)]);
  const sampled = definitionsIn(join(provider, 'package', 'crds')).filter((_, index) => index % 40 === 0);
  const others = definitionsIn(join(core, 'cluster', 'crds'));
  result = await agreement([
    ...[...sampled, ...others].map((crd) => ({ crd: load(readFileSync(crd, 'utf8')) as object, most: 6 })),
    ...kitchenSink.map((one) => ({ ...one, most: 10_000 })),
  ]);
  classes = [...result.scores.keys()].filter((name) => !inexpressible.includes(name)).sort();
  process.stdout.write(`${report()}\n`);
}, 600_000);

function definitionsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.sort().map((name) => join(folder, name));
}

const percent = (part: number) => (Number.isNaN(part) ? '' : `${(100 * part).toFixed(1)} %`);

/** Why ours and the API server may disagree, by class and kind of definition. */
const reasons: readonly (readonly [start: string, reason: string])[] = [
  ['map, equal keys', 'no draft can compare elements by a part of them'],
  ['format of text: SinkFormats', 'check digits and issuers of card and book numbers are beyond a pattern'],
  [
    'null: SinkEmbedded spec.named.metadata.name',
    'the server decodes metadata, where null means absent, before it validates',
  ],
  ['unknown field: SinkEnums spec.objects', 'the server drops the field before it compares with the enum'],
];

const describe = (one: Disagreement) =>
  `${one.class}: ${one.source} ${one.path} ${JSON.stringify(one.instance)}: ${one.accepted ? 'accepted' : 'refused'}`;
const reasonFor = (one: Disagreement) => reasons.find(([start]) => describe(one).startsWith(start))?.[1];
const ownDisagreements = () => result.disagreements.filter(({ contestant }) => isOurs(contestant));

function report(): string {
  const contestants = ['draft-04', 'draft-07', '2020-12', 'contrib', 'old'];
  const table = new Table({ head: ['class', 'instances', ...contestants], style: { head: [], border: [] } });
  const row = (label: string, total: number, names: readonly string[]) =>
    table.push([label, String(total), ...contestants.map((one) => percent(share(result, one, names)))]);
  for (const name of [...classes, ...inexpressible])
    row(name, result.scores.get(name)?.get('draft-07')?.total ?? 0, [name]);
  row('mean of classes', result.instances, classes);
  const counts = new Map<string, number>();
  for (const one of ownDisagreements().filter(({ contestant }) => contestant === 'draft-07')) {
    const reason = reasonFor(one) ?? describe(one);
    if (!one.class.startsWith('nothing unknown')) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [
    table.toString(),
    `${result.definitions} definitions. A schema that does not compile disagrees on every instance: ${result.uncompiled.length}.`,
    ...[...counts].map(([reason, count]) => `draft-07 disagrees on ${count}: ${reason}`),
  ].join('\n');
}

test('there is something to judge', () => {
  expect(result.unjudged).toEqual([]);
  expect(result.definitions).toBeGreaterThan(70);
  expect(classes).toEqual(
    expect.arrayContaining(['bounds', 'embedded resource', 'junction', 'multiple', 'pattern', 'set']),
  );
});

test('every schema compiles in strict mode', () => {
  expect(result.uncompiled.filter((one) => isOurs(one.split(' ')[0] ?? ''))).toEqual([]);
});

test.each(['draft-04', 'draft-07', '2020-12'])('%s agrees with the API server', (target) => {
  expect(share(result, target, classes)).toBeGreaterThanOrEqual(0.99);
});

test('every disagreement has a known reason', () => {
  // Closed schemas are judged by the same instances again.
  const open = ownDisagreements().filter((one) => !one.class.startsWith('nothing unknown'));
  expect(open.filter((one) => reasonFor(one) === undefined).map(describe)).toEqual([]);
});
