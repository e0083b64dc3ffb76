import { describe, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import {
  approvalData,
  approvalFlaws,
  approvalFor,
  approvalNamespace,
  digestOf,
} from '../functions/core/day2/approval.ts';
import { isDisruptive, judge } from '../functions/core/day2/judge.ts';
import type { CrdSchema } from '../functions/core/schema.ts';
import { eksCluster } from '../functions/eks-cluster/index.ts';
import { relationalDatabase } from '../functions/relational-database/index.ts';
import { databaseCases } from './day2/database-cases.ts';
import { databaseSpec } from './day2/specs.ts';

const rules = relationalDatabase.changes?.rules ?? [];

describe('what AWS documents of a change', () => {
  test.each(databaseCases)('$name', ({ running, live, from, to, field, impact, takesEffect, source }) => {
    const found = judge(
      relationalDatabase,
      databaseSpec({ ...running, ...from }),
      databaseSpec({ ...running, ...to }),
      live,
    );
    expect(source).toMatch(/^https:/);
    expect(found.find((change) => change.field === field)).toMatchObject({ impact, takesEffect });
    // Another engine has another port, and a restored database the names of its source.
    if (impact !== 'refused')
      expect(found.filter((change) => change.field !== field && isDisruptive(change))).toEqual([]);
  });

  test('has a case for every rule, and for no two of them the same', () => {
    const used = databaseCases.map(({ running, live, from, to, field }) =>
      judge(relationalDatabase, databaseSpec({ ...running, ...from }), databaseSpec({ ...running, ...to }), live).find(
        (change) => change.field === field,
      ),
    );
    const ids = rules.map(({ id }) => id);
    expect([...new Set(ids)]).toEqual(ids);
    expect(ids.filter((id) => !used.some((change) => change?.rule === id))).toEqual([]);
    expect(new Set(databaseCases.map(({ name }) => name)).size).toBe(databaseCases.length);
  });
});

describe('the table of a database', () => {
  const fieldsOf = (schema: CrdSchema, path: string): string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
      const here = path === '' ? key : `${path}.${key}`;
      if (member.properties !== undefined) return fieldsOf(member, here);
      return member.additionalProperties === undefined ? [here] : [`${here}.*`];
    });
  // What every blueprint has, and what the annotation says all of.
  const shared = ['resourceConfig.deletionPolicy', 'resourceConfig.providerConfigName', 'resourceConfig.tags.*'];

  test('has a row for every field, with a source', () => {
    const rowed = (field: string): boolean =>
      rules.some(({ fields, when }) =>
        fields.some(
          (one) => when === undefined && (one === field || (one.endsWith('.*') && field.startsWith(one.slice(0, -1)))),
        ),
      );
    expect(fieldsOf(relationalDatabase.spec, '').filter((field) => !rowed(field))).toEqual(shared);
    for (const { source } of rules) expect(source).toMatch(/^https:\/\//);
  });

  test('names fields that exist', () => {
    const fields = fieldsOf(relationalDatabase.spec, '');
    const missing = rules
      .flatMap((rule) => rule.fields)
      .filter((field) => !fields.some((one) => one === field || one.startsWith(`${field.replace('*', '')}`)));
    expect(missing).toEqual([]);
  });
});

describe('what AWS documents of a change of a cluster', () => {
  const base = { resourceConfig: { region: 'eu-west-1' }, version: '1.33' };
  const group = { name: 'a', minSize: 1, maxSize: 2, instanceTypes: ['m7g.large'], diskSizeGB: 50 };
  const guide = 'https://docs.aws.amazon.com/eks/latest/userguide';
  test.each([
    ['version', '1.33', '1.34', 'restart', 'version', `${guide}/update-cluster.html`],
    ['version', '1.33', '1.32', 'refused', 'version-older', `${guide}/update-cluster.html`],
    ['version', '1.33', '1.35', 'refused', 'version-skipped', `${guide}/update-cluster.html`],
    ['autoMode', true, false, 'restart', 'auto-mode-off', `${guide}/auto-disable.html`],
    ['autoMode', false, true, 'live', 'schema-live', `${guide}/auto-enable-existing.html`],
    ['serviceCidr', '10.100.0.0/16', '10.101.0.0/16', 'refused', 'replacement', `${guide}/network-reqs.html`],
    ['publicAccessCidrs', ['10.0.0.0/8'], ['10.1.0.0/16'], 'live', 'schema-live', `${guide}/cluster-endpoint.html`],
  ])('%s from %j to %j: %s', (field, from, to, impact, rule, _source) => {
    expect(judge(eksCluster, { ...base, [field]: from }, { ...base, [field]: to })).toMatchObject([
      { field, impact, rule, from, to },
    ]);
  });

  test.each([
    ['a later version', [{ ...group, version: '1.32' }], [{ ...group, version: '1.33' }], 'a.version', 'restart'],
    [
      'its pin off',
      [{ ...group, versionPolicy: 'pin' }],
      [{ ...group, versionPolicy: 'follow' }],
      'a.versionPolicy',
      'restart',
    ],
    ['a larger disk', [group], [{ ...group, diskSizeGB: 100 }], 'a.diskSizeGB', 'restart'],
    ['other instances', [group], [{ ...group, instanceTypes: ['m8g.large'] }], 'a.instanceTypes', 'refused'],
    ['more nodes', [group], [{ ...group, maxSize: 4 }], 'a.maxSize', 'live'],
    ['another group, named first', [group], [{ ...group, name: '0' }, group], '0', 'live'],
    ['one group less', [group, { ...group, name: 'b' }], [group], 'b', 'restart'],
  ])('a node group with %s', (_what, from, to, field, impact) => {
    expect(judge(eksCluster, { ...base, nodeGroups: from }, { ...base, nodeGroups: to })).toMatchObject([
      { field: `nodeGroups.${field}`, impact },
    ]);
  });
});

describe.each(blueprints)('changes of $name', (blueprint) => {
  test.each(Object.entries(blueprint.examples))('none, none of %s', (_which, { spec }) => {
    const same = structuredClone(spec) as ReturnType<typeof databaseSpec>;
    expect(judge(blueprint, same, same)).toEqual([]);
  });
});

describe('an approval', () => {
  const subject = { kind: 'RelationalDatabase', namespace: 'team-a', name: 'orders' };
  const change = { field: 'instanceClass', from: 'db.t4g.medium', to: 'db.r7g.large', impact: 'failover' } as const;
  const approval = { ...approvalFor(subject, change), data: approvalData(subject, change) };

  test('is a ConfigMap where only approvers write, named after the database and the change', () => {
    expect(approvalFor(subject, change)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: approvalNamespace,
      name: `team-a-orders-${digestOf(subject, change)}`,
    });
    expect(approvalFlaws(approval, subject, change)).toEqual([]);
  });

  test.each([
    ['another database', { ...subject, name: 'invoices' }, change],
    ['another team', { ...subject, namespace: 'team-b' }, change],
    ['a name that reads the same', { kind: subject.kind, namespace: 'team', name: 'a-orders' }, change],
    ['another field', subject, { ...change, field: 'engineVersion' }],
    ['another value', subject, { ...change, to: 'db.r7g.xlarge' }],
    ['the way back', subject, { ...change, from: change.to, to: change.from }],
    ['another impact', subject, { ...change, impact: 'restart' as const }],
  ])('is none for %s', (_what, another, other) => {
    expect(digestOf(another, other)).not.toBe(digestOf(subject, change));
    expect(approvalFlaws(approval, another, other)).not.toEqual([]);
  });

  test('does not depend on the order of members', () => {
    const [a, b] = [
      { x: 1, y: [{ p: 1, q: 2 }] },
      { y: [{ q: 2, p: 1 }], x: 1 },
    ];
    expect(digestOf(subject, { ...change, to: a })).toBe(digestOf(subject, { ...change, to: b }));
  });

  test('of a name as long as Kubernetes allows has one as well', () => {
    const long = { kind: 'RelationalDatabase', namespace: 'n'.repeat(63), name: 'd'.repeat(253) };
    expect(approvalFor(long, change).name).toMatch(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])$/);
  });
});
