import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import type { Blueprint } from '../../functions/core/blueprint.ts';
import type { ChangeImpact, CrdSchema, JsonValue } from '../../functions/core/schema.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { exampleOf } from '../../tools/gen/examples.ts';
import { specOf, xrdOf } from '../../tools/gen/xrd.ts';
import { history, xrOf } from '../support/world.ts';

const forms = ['claims', 'namespaced'] as const;
const cases = blueprints.flatMap((blueprint) => forms.map((form) => ({ name: blueprint.name, blueprint, form })));
const environment = {
  awsAccountID: '111122223333',
  eksOIDC: 'oidc.eks.eu-west-1.amazonaws.com/id/A',
  clusterName: 'platform',
  region: 'eu-west-1',
};

interface Field {
  readonly path: string;
  readonly schema: CrdSchema;
  readonly required: boolean;
  readonly impact: ChangeImpact | undefined;
}

function fieldsOf(schema: CrdSchema, path: string, inherited?: ChangeImpact): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const impact = member['x-change-impact'] ?? inherited;
    const items = member.items?.type === 'object' ? fieldsOf(member.items, `${here}.0`, impact) : [];
    return [
      { path: here, schema: member, required: schema.required?.includes(key) ?? false, impact },
      ...fieldsOf(member, here, impact),
      ...items,
    ];
  });
}

const isLeaf = ({ schema }: Field): boolean => schema.properties === undefined && schema.items?.type !== 'object';

describe.each(cases)('the schema of $name in the $form form', ({ blueprint, form }) => {
  const fields = fieldsOf(specOf(blueprint, form), '');

  test('describes every field, with its default or what holds without it', () => {
    for (const { path, schema, required } of fields) {
      expect(schema.description, path).toMatch(/\.$/);
      if (schema.default !== undefined) expect(schema.description, path).toMatch(/Default /);
      else if (!required) expect(schema.description, path).toMatch(/[Ww]ithout it/);
    }
  });

  test('says of every field what changing it does', () => {
    for (const field of fields.filter(isLeaf)) expect(field.impact, field.path).toBeDefined();
  });

  test('keeps our annotations out of the XRD', () => {
    expect(JSON.stringify(xrdOf(blueprint, form))).not.toContain('x-change-impact');
  });

  test.each(fields.filter(isLeaf))('$path acts', ({ path, schema }) => {
    const outcomes = bases(blueprint).map((base) => {
      const other = set(base, path.split('.'), (value) => anotherValue(schema, value));
      return other !== undefined && outcome(blueprint, form, base) !== outcome(blueprint, form, other);
    });
    expect(outcomes).toContain(true);
  });

  test.each(Object.keys(blueprint.examples))('accepts its own example %s', (which) => {
    const object = exampleOf(blueprint, which, form);
    expect(compositeOf([blueprint], { source: which, object }, undefined).form).toBe(form);
  });
});

describe.each(blueprints)('the full example of $name', (blueprint) => {
  test('has every field that does not exclude others, which further examples have', () => {
    const { claim: _claim, production: _production, ...examples } = blueprint.examples;
    const specs = Object.values(examples).map(({ spec }) => spec);
    const paths = fieldsOf(specOf(blueprint, 'claims'), '').filter(isLeaf);
    const absent = paths
      .filter(
        ({ path }) =>
          !anyItem(
            specs,
            path.split('.').filter((step) => step !== '0'),
          ),
      )
      .map(({ path }) => path);
    expect(absent).toEqual([]);
  });
});

function anyItem(value: unknown, steps: readonly string[]): boolean {
  if (Array.isArray(value) && steps.length > 0) return value.some((item) => anyItem(item, steps));
  const [step, ...rest] = steps;
  if (step === undefined) return value !== undefined;
  return typeof value === 'object' && value !== null && anyItem(Reflect.get(value, step), rest);
}

/** Specs to change a field in: each example, each way of identity. */
function bases(blueprint: Blueprint): JsonValue[] {
  const examples = Object.keys(blueprint.examples).map((which) => {
    const { xr } = compositeOf(
      [blueprint],
      { source: which, object: exampleOf(blueprint, which, 'namespaced') },
      undefined,
    );
    return structuredClone(xr.spec) as Record<string, JsonValue>;
  });
  return examples.flatMap((spec) =>
    spec.identity === undefined ? [spec] : [spec, { ...spec, identity: 'irsa' }, { ...spec, identity: 'podIdentity' }],
  );
}

function set(
  value: JsonValue | undefined,
  steps: readonly string[],
  change: (old: JsonValue | undefined) => JsonValue,
): JsonValue | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    const item = set(value[0], rest, change);
    return value.length === 0 || item === undefined ? undefined : [item, ...value.slice(1)];
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const member = set((value as Record<string, JsonValue>)[step], rest, change);
  return member === undefined ? undefined : { ...value, [step]: member };
}

function anotherValue(schema: CrdSchema, old: JsonValue | undefined): JsonValue {
  if (schema.enum !== undefined) return schema.enum.find((value) => value !== old) ?? null;
  if (schema.type === 'boolean') return old !== true;
  if (schema.type === 'integer') return Number(old ?? schema.minimum ?? 0) + 1;
  if (schema.type === 'array')
    return Array.isArray(old) && old.length > 0 ? [] : ['arn:aws:iam::111122223333:policy/another'];
  if (schema.type === 'object') return { another: 'tag' };
  return typeof old === 'string' && old !== ''
    ? old.replace(/.$/, (last) => (last === '1' ? '2' : '1'))
    : '111122224444';
}

/** Everything that a person could notice of a spec: the whole history of reconciles. */
function outcome(blueprint: Blueprint, form: (typeof forms)[number], spec: JsonValue): string {
  const serviceAccount = Object(spec).serviceAccountName ?? 'one';
  const xr = xrOf(blueprint, form, { name: 'one', namespace: 'team-a', uid: 'u', spec: Object(spec) });
  const foreign = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace: 'team-a' } },
  ];
  const steps = history({ xr, observed: new Map(), environment }, foreign);
  return JSON.stringify(
    steps.map(({ rendered: { xr: composite, ...rest } }) => ({ ...rest, status: composite.status })),
  );
}
