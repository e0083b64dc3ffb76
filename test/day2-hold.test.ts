import { describe, expect, test } from 'vitest';
import { approvalData, approvalFor } from '../functions/core/day2/approval.ts';
import { judge } from '../functions/core/day2/judge.ts';
import { member } from '../functions/core/observed.ts';
import type { Rendered } from '../functions/core/render.ts';
import { relationalDatabase } from '../functions/relational-database/index.ts';
import { databaseCases } from './day2/database-cases.ts';
import { databaseSpec } from './day2/specs.ts';
import { applied, history, reconcile, type World, xrOf } from './support/world.ts';

const subject = { kind: 'RelationalDatabase', namespace: 'team-a', name: 'orders' };
type Fields = Readonly<Record<string, unknown>>;

/** A database that runs, as it is after its last reconcile. */
function running(fields: Fields = {}): World {
  const xr = xrOf(relationalDatabase, 'namespaced', { ...subject, uid: 'u', spec: databaseSpec(fields) });
  const last = history({ xr, observed: new Map(), environment: {} }).at(-1);
  if (last === undefined || !last.rendered.ready) throw new Error('the database does not become ready');
  return applied(last.world, last.rendered);
}

const ask = (world: World, fields: Fields): World => ({
  ...world,
  xr: { ...world.xr, spec: databaseSpec(fields) },
});

/** What AWS reports of the instance, beside what it is asked. */
function report(world: World, fields: Fields): World {
  const observed = new Map(world.observed);
  const object = observed.get('instance');
  if (object === undefined) throw new Error('there is no instance');
  const status = Object(object.status);
  observed.set('instance', { ...object, status: { ...status, atProvider: { ...status.atProvider, ...fields } } });
  return { ...world, observed };
}

/** Read replicas and blue/green need a password of their own. */
const secretFor = ({ engine = 'postgres', readers = 0, blueGreen, proxy }: Fields): Fields =>
  blueGreen === true || (Number(readers) > 0 && !String(engine).startsWith('aurora') && proxy === undefined)
    ? { passwordSecretRef: { name: 'catalogue-owner', key: 'password' } }
    : {};

const pending = ({ xr }: Rendered): unknown => member(xr.status, 'pendingChanges');
const condition = ({ xr }: Rendered, type: string): unknown => {
  const all = member(xr.status, 'conditions');
  return Array.isArray(all) ? all.find((one) => one.type === type) : undefined;
};
const asked = ({ resources }: Rendered, key: string): unknown =>
  member(member(resources.find(({ name }) => name === 'instance')?.object.spec, 'forProvider'), key);

function approved(from: Fields, to: Fields, field: string) {
  const change = judge(relationalDatabase, databaseSpec(from), databaseSpec(to)).find((one) => one.field === field);
  if (change === undefined) throw new Error(`${field} does not change`);
  const { apiVersion, kind, ...metadata } = approvalFor(subject, change);
  return { apiVersion, kind, metadata, data: { ...approvalData(subject, change) } };
}

const small = { instanceClass: 'db.t4g.medium' };
const large = { instanceClass: 'db.r7g.large' };

describe('a held change', () => {
  test('is let through by its approval, whatever else the ConfigMap says', () => {
    const approval = approved(small, large, 'instanceClass');
    const noted = { ...approval, data: { ...approval.data, ticket: 'CHG-1042' } };
    const world = ask(running(small), large);
    expect(asked(reconcile(world), 'instanceClass')).toBe('db.t4g.medium');
    expect(asked(reconcile(world, [noted]), 'instanceClass')).toBe('db.r7g.large');
  });

  test.each(['from', 'to', 'field', 'impact', 'name', 'namespace', 'kind'])('stays held where %s is another', (key) => {
    const approval = approved(small, large, 'instanceClass');
    const wrong = { ...approval, data: { ...approval.data, [key]: 'another' } };
    const rendered = reconcile(ask(running(small), large), [wrong]);
    expect(asked(rendered, 'instanceClass')).toBe('db.t4g.medium');
    expect(condition(rendered, 'ChangesHeld')).toMatchObject({
      reason: 'AwaitingApproval',
      message: expect.stringContaining(`approves something else: correct ${key}`),
    });
  });

  test.each([undefined, 'text', [], {}])('stays held where the ConfigMap has no data but %j', (data) => {
    const { data: _data, ...approval } = approved(small, large, 'instanceClass');
    const rendered = reconcile(ask(running(small), large), [{ ...approval, data }]);
    expect(asked(rendered, 'instanceClass')).toBe('db.t4g.medium');
  });

  test('is one that AWS refuses, approved or not', () => {
    const world = ask(running({ engineVersion: '17' }), {
      engineVersion: '16',
      changes: { apply: 'window', approval: 'none' },
    });
    const rendered = reconcile(world);
    expect(asked(rendered, 'engineVersion')).toBe('17');
    expect(condition(rendered, 'ChangesHeld')).toMatchObject({ status: 'True', reason: 'Refused' });
  });

  test.each([
    ['to a kind that needs iops', {}, { storageType: 'io2', iops: 1000 }, ['gp3', undefined]],
    ['to a kind that takes no iops', { storageType: 'io2', iops: 1000 }, {}, ['io2', 1000]],
  ])('keeps what belongs to it: storage %s', (_what, from, to, kept) => {
    const rendered = reconcile(ask(running(from), to));
    expect([asked(rendered, 'storageType'), asked(rendered, 'iops')]).toEqual(kept);
    expect(Object(condition(rendered, 'ChangesHeld')).message).toMatch(
      /^spec.storageType from .*, and with it spec.iops;/,
    );
    const released = reconcile(ask(running(from), to), [approved(from, to, 'storageType')]);
    expect([asked(released, 'storageType'), asked(released, 'iops')]).not.toEqual(kept);
  });

  test('can be taken back', () => {
    const world = running(small);
    const held = reconcile(ask(world, large));
    const back = ask(applied(ask(world, large), held), small);
    expect(condition(reconcile(back), 'ChangesHeld')).toMatchObject({ status: 'False', reason: 'None' });
  });

  test('waits for nobody before AWS has the database', () => {
    const world = running(small);
    const instance = world.observed.get('instance');
    const creating = { conditions: [{ type: 'Ready', status: 'False', reason: 'Creating' }] };
    const observed = new Map([...world.observed, ['instance', { ...Object(instance), status: creating }]]);
    expect(asked(reconcile(ask({ ...world, observed }, large)), 'instanceClass')).toBe('db.r7g.large');
    // Of a database whose status went lost nobody knows that it was never made.
    const lost = new Map([...world.observed, ['instance', { ...Object(instance), status: undefined }]]);
    expect(asked(reconcile(ask({ ...world, observed: lost }, large)), 'instanceClass')).toBe('db.t4g.medium');
  });
});

test('a parameter of a strange type in the parameter group is none that was asked for', () => {
  const fields = { parameters: { work_mem: '65536' } };
  const world = running(fields);
  const observed = new Map(
    [...world.observed].map(([name, object]) => {
      const { forProvider } = Object(object.spec);
      if (object.kind !== 'ParameterGroup') return [name, object] as const;
      const parameter = [...forProvider.parameter, { name: { toString: {} }, value: { toString: {} } }];
      return [name, { ...object, spec: { forProvider: { ...forProvider, parameter } } }] as const;
    }),
  );
  expect(condition(reconcile({ ...world, observed }), 'ChangesHeld')).toMatchObject({
    status: 'False',
    reason: 'None',
  });
});

describe('the function holds what the table calls disruptive', () => {
  // What the API server or the schema refuses does not reach the function.
  const reaching = databaseCases.filter(({ impact, field }) => impact !== 'refused' || field === 'engineVersion');
  test.each(reaching)('$name', ({ running: base, live, from, to, field, impact }) => {
    const guarded = (fields: Fields): Fields => ({ ...base, ...fields, ...secretFor({ ...base, ...from, ...to }) });
    const before = running(guarded(from));
    const rendered = reconcile(ask(live === undefined ? before : report(before, live), guarded(to)));
    const { message } = Object(condition(rendered, 'ChangesHeld'));
    const isHeld = ['restart', 'failover', 'refused'].includes(impact);
    if (isHeld) expect(message).toContain(`spec.${field} from`);
    else expect(message).toMatch(/^no change is held/);
  });
});

describe('a change that waits for the window', () => {
  const open = { changes: { apply: 'window', approval: 'none' } };

  test('is pending until AWS reports it', () => {
    const changed = ask(report(running({ ...small, ...open }), small), { ...large, ...open });
    const released = reconcile(changed);
    const entry = { field: 'instanceClass', from: '"db.t4g.medium"', to: '"db.r7g.large"', takesEffect: 'window' };
    expect(pending(released)).toMatchObject([entry]);
    const waiting = report(applied(changed, released), small);
    expect(pending(reconcile(waiting))).toMatchObject([entry]);
    expect(pending(reconcile(report(waiting, large)))).toEqual([]);
  });

  test('is none that the provider has filled in from AWS', () => {
    const world = running(small);
    const instance = Object(world.observed.get('instance'));
    const spec = { ...instance.spec, forProvider: { ...instance.spec.forProvider, iops: 3000 } };
    const filled = { ...world, observed: new Map([...world.observed, ['instance', { ...instance, spec }]]) };
    expect(pending(reconcile(report(filled, { iops: 3000 })))).toEqual([]);
    expect(asked(reconcile(filled), 'iops')).toBeUndefined();
  });

  test('can be taken back without an approval, since nothing has happened', () => {
    const changed = ask(report(running({ ...small, ...open }), small), { ...large, ...open });
    const waiting = report(applied(changed, reconcile(changed)), small);
    const back = reconcile(ask(waiting, small));
    expect(asked(back, 'instanceClass')).toBe('db.t4g.medium');
    expect(pending(back)).toEqual([]);
    expect(condition(back, 'ChangesHeld')).toMatchObject({ status: 'False', reason: 'None' });
  });
});

describe('a parameter that needs a restart', () => {
  const slow = { parameters: { max_connections: '100' } };
  const more = { parameters: { max_connections: '200' } };
  const most = { parameters: { max_connections: '300' } };
  const entry = (from: string, to: string) => [
    {
      field: 'parameters.max_connections',
      from,
      to,
      impact: 'pendingReboot',
      takesEffect: 'reboot',
      restarted: '',
      inferred: true,
    },
  ];
  const step = (world: World, fields: Fields): { readonly world: World; readonly rendered: Rendered } => {
    const changed = ask(world, fields);
    const rendered = reconcile(changed);
    return { world: applied(changed, rendered), rendered };
  };

  test('is pending from when it is made, for as long as nothing restarts', () => {
    const first = step(running(slow), more);
    expect(pending(first.rendered)).toEqual(entry('"100"', '"200"'));
    expect(condition(first.rendered, 'RestartPending')).toMatchObject({ status: 'True', reason: 'Inferred' });
    expect(pending(reconcile(first.world))).toEqual(entry('"100"', '"200"'));
    const second = step(first.world, most);
    expect(pending(second.rendered)).toEqual(entry('"100"', '"300"'));
    expect(pending(step(second.world, slow).rendered)).toEqual([]);
  });

  test('is not when somebody says that it was restarted', () => {
    const first = step(running(slow), more);
    const said = { changes: { apply: 'window', restarted: 'by hand' } };
    const second = step(first.world, { ...more, ...said });
    expect(pending(second.rendered)).toEqual([]);
    expect(condition(second.rendered, 'RestartPending')).toMatchObject({ status: 'False' });
    expect(pending(step(second.world, { ...most, ...said }).rendered)).toMatchObject([{ restarted: '"by hand"' }]);
  });

  test('is not when another change has restarted the database', () => {
    const open = { changes: { apply: 'window', approval: 'none' } };
    const first = step(report(running({ ...slow, ...small, ...open }), small), { ...more, ...large, ...open });
    const waiting = report(first.world, small);
    expect(pending(reconcile(waiting))).toMatchObject([
      { field: 'instanceClass' },
      { field: 'parameters.max_connections' },
    ]);
    expect(pending(reconcile(report(waiting, large)))).toEqual([]);
    expect(pending(step(waiting, { ...more, ...small, ...open }).rendered)).toEqual(entry('"100"', '"200"'));
  });
});
