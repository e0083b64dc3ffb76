import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { approvalData, approvalFor } from '../../functions/core/day2/approval.ts';
import { type Change, isDisruptive, judge, type Spec } from '../../functions/core/day2/judge.ts';
import { member } from '../../functions/core/observed.ts';
import type { Rendered } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { type EngineName, engines, majorOf } from '../../functions/relational-database/engines.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';
import { compare, type Effect, exitCodeOf, isNoticed } from '../../tools/cli/day2/comparison.ts';
import { accepted, compositesOf } from '../support/arbitrary.ts';
import { applied, history, reconcile, type World, xrOf } from '../support/world.ts';

// Changes of databases that run, as a person would make them: what nobody approved must not reach AWS.
const runs = { numRuns: 100 };
const environment = { awsAccountID: '111122223333' };

/** Members of managed resources whose change breaks connections, whatever the database. */
const disruptive = ['instanceClass', 'engineVersion', 'port', 'caCertIdentifier'] as const;

const edits = fc.record(
  {
    instanceClass: fc.constantFrom('db.r7g.large', 'db.r7g.xlarge', 'db.m7g.large'),
    engineVersion: fc.constantFrom('16', '17', '8.4', '11.8'),
    port: fc.integer({ min: 1150, max: 9000 }),
    caCertificate: fc.constantFrom('rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'),
    parameters: fc.constantFrom({ work_mem: '64' }, { max_connections: '100', work_mem: '128' }),
    backupRetentionDays: fc.integer({ min: 1, max: 35 }),
    snapshots: fc.constantFrom({ names: ['a'], keep: 7 }, { names: ['a', 'b'], keep: 1 }),
  },
  { requiredKeys: [] },
);

describe.each(['claims', 'namespaced'] as const)('a database in the %s form', (form) => {
  const settled = compositesOf(relationalDatabase, form)
    .map(({ spec, ...one }): World => {
      const { approval: _approval, ...changes } = Object(spec.changes);
      const guarded = { ...spec, deletionProtection: true, changes };
      return { xr: xrOf(relationalDatabase, form, { ...one, spec: guarded }), observed: new Map(), environment };
    })
    .map((world) => history(world).at(-1))
    .filter((last) => last?.rendered.ready === true)
    .map((last) => (last === undefined ? undefined : applied(last.world, last.rendered)))
    .filter((world) => world !== undefined);
  // Making a database ready takes most of the time, and the laws are about what is changed afterwards.
  const databases = fc.constantFrom(...fc.sample(settled, { numRuns: 40, seed: 7 }));

  test('that is not changed has no change, and nothing of it is held', () => {
    fc.assert(
      fc.property(databases, (world) => {
        expect(conditionOf(reconcile(world), 'ChangesHeld')).toMatchObject({ status: 'False', reason: 'None' });
        expect(conditionOf(reconcile(world), 'RestartPending')).toMatchObject({ status: 'False' });
      }),
      runs,
    );
  });

  test('keeps what nobody approved, and takes all else', () => {
    fc.assert(
      fc.property(databases, edits, (world, edit) => {
        const before = reconcile(world);
        const after = reconcile(edited(world, edit));
        if (after.refusal !== undefined) return;
        expect(membersOf(after, before, disruptive)).toEqual(membersOf(before, after, disruptive));
        const days = edit.backupRetentionDays;
        if (days !== undefined) expect(retentionsOf(after)).toContain(days);
      }),
      runs,
    );
  });

  // Both forms together: a thousand pairs.
  test('is judged alike by the table, on the pull request and when it is composed', () => {
    let noticed = 0;
    fc.assert(
      fc.property(databases, edits, (world, edit) => {
        const changed = edited(world, edit);
        const { claimRef: _claimRef, ...claimed } = Object(changed.xr.spec);
        const after = reconcile(changed);
        // What the API server or the function refuses whole is not judged field by field.
        fc.pre(accepted(relationalDatabase, form, claimed) && after.refusal === undefined);
        const judged = judge(relationalDatabase, world.xr.spec as Spec, changed.xr.spec as Spec);
        const effects = checked(world.xr, changed.xr);
        expect(effects.map(verdict)).toEqual(judged.map(verdict));
        const holdable = effects.filter((effect) => isNoticed(effect) || effect.impact === 'refused');
        expect(heldFields(after)).toEqual(holdable.map(({ field, impact }) => `${field}: ${impact}`));
        expect(exitCodeOf(effects) !== 0).toBe(heldFields(after).length > 0);
        noticed += holdable.length;
      }),
      { numRuns: 500 },
    );
    expect(noticed).toBeGreaterThan(0);
  });

  test('does not take one change for the approval of another', () => {
    fc.assert(
      fc.property(databases, edits, edits, (world, wanted, other) => {
        const approvals = approvalsOf(world, other).filter(({ field }) => !sameChange(field, wanted, other));
        const before = reconcile(world);
        const after = reconcile(
          edited(world, wanted),
          approvals.map(({ approval }) => approval),
        );
        if (after.refusal !== undefined) return;
        expect(membersOf(after, before, disruptive)).toEqual(membersOf(before, after, disruptive));
      }),
      runs,
    );
  });

  test('keeps what was released when its approval goes', () => {
    let released = 0;
    fc.assert(
      fc.property(databases, edits, (world, edit) => {
        const approvals = approvalsOf(world, edit).map(({ approval }) => approval);
        const changed = edited(world, edit);
        const after = reconcile(changed, approvals);
        if (after.refusal !== undefined) return;
        if (approvals.length > 0) released++;
        expect(conditionOf(after, 'ChangesHeld')?.reason).not.toBe('AwaitingApproval');
        const later = reconcile(applied(changed, after));
        expect(membersOf(later, after, disruptive)).toEqual(membersOf(after, later, disruptive));
        expect(conditionOf(later, 'ChangesHeld')?.reason).not.toBe('AwaitingApproval');
      }),
      runs,
    );
    expect(released).toBeGreaterThan(0);
  });
});

const edited = (world: World, edit: object): World => ({
  ...world,
  xr: { ...world.xr, spec: { ...Object(world.xr.spec), ...edit } },
});

const verdict = ({ field, impact, takesEffect, rule }: Effect | Change) => [field, impact, takesEffect, rule];

/** What `day2 check` says of two composites of one name. */
function checked(from: KubernetesObject, to: KubernetesObject): readonly Effect[] {
  const document = (object: KubernetesObject) => [{ source: 'generated', object }];
  const sides = { from: document(from), to: document(to), passedOver: { manifests: 0, files: 0 } };
  return compare([relationalDatabase], { ...sides, elsewhere: () => [] }, 'default').effects;
}

const sameChange = (field: string, a: object, b: object): boolean =>
  JSON.stringify(member(a, field)) === JSON.stringify(member(b, field));

/** An approval of every disruptive change, as a person would take it from what both specs say. */
function approvalsOf(world: World, edit: object): { readonly field: string; readonly approval: KubernetesObject }[] {
  const spec = world.xr.spec as Spec;
  const claim = member(world.xr.spec, 'claimRef') ?? world.xr.metadata;
  const subject = {
    kind: relationalDatabase.kind,
    namespace: String(member(claim, 'namespace')),
    name: String(member(claim, 'name')),
  };
  return judge(relationalDatabase, spec, { ...spec, ...edit })
    .filter(isDisruptive)
    .map((change) => {
      const { apiVersion, kind, ...metadata } = approvalFor(subject, change);
      return { field: change.field, approval: { apiVersion, kind, metadata, data: approvalData(subject, change) } };
    });
}

const conditionOf = (
  { xr }: Rendered,
  type: string,
): { status: string; reason: string; message: string } | undefined => {
  const conditions = member(xr.status, 'conditions');
  return Array.isArray(conditions) ? conditions.find((one) => member(one, 'type') === type) : undefined;
};

const heldFields = (rendered: Rendered): string[] => {
  const { status, message } = conditionOf(rendered, 'ChangesHeld') ?? { status: '', message: '' };
  if (status !== 'True') return [];
  return message
    .split(' | ')
    .map((one) => one.replace(/^spec[.](\S+) from .*?: (restart|failover|refused)[ (].*$/, '$1: $2'));
};

/** Some members of what is asked of AWS, of every resource that the other rendering has too. */
const membersOf = ({ resources }: Rendered, other: Rendered, names: readonly string[]) =>
  resources
    .filter(({ name }) => other.resources.some((one) => one.name === name))
    .filter(({ object }) => ['Instance', 'Cluster', 'ClusterInstance'].includes(object.kind))
    .map(({ name, object }) => [name, names.map((key) => comparable(key, member(object.spec, 'forProvider')))]);

/** A minor version less exact is no other version. */
function comparable(key: string, parameters: unknown): unknown {
  const value = member(parameters, key);
  const engine = engines[String(member(parameters, 'engine')) as EngineName];
  return key === 'engineVersion' && value !== undefined ? majorOf(engine, String(value)) : value;
}

const retentionsOf = ({ resources }: Rendered): unknown[] =>
  resources.map(({ object }) => member(member(object.spec, 'forProvider'), 'backupRetentionPeriod'));
