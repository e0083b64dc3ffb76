import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { validateManaged } from '../../tools/gen/managed-schemas.ts';
import { compositesOf, environments } from '../support/arbitrary.ts';
import { applied, history, reconcile, type World, xrOf } from '../support/world.ts';

const cases = blueprints.flatMap((blueprint) =>
  (['claims', 'namespaced'] as const).map((form) => ({ name: blueprint.name, blueprint, form })),
);
const runs = { numRuns: 150 };

describe.each(cases)('$name in the $form form', ({ blueprint, form }) => {
  const worlds = fc
    .record({ one: compositesOf(blueprint, form), environment: fc.option(environments, { nil: undefined, freq: 6 }) })
    .map(({ one, environment }): World => ({ xr: xrOf(blueprint, form, one), observed: new Map(), environment }));
  const names = (resources: readonly { readonly name: string }[]): string[] => resources.map(({ name }) => name);

  test('compose is deterministic', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const step of history(world)) expect(reconcile(step.world)).toEqual(step.rendered);
      }),
      runs,
    );
  });

  test('applying the same desired state again changes nothing', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const last = history(world).at(-1);
        if (last === undefined || last.rendered.refusal !== undefined) return;
        const settled = applied(last.world, last.rendered);
        const again = reconcile(settled);
        expect(reconcile(applied(settled, again)).resources).toEqual(again.resources);
      }),
      runs,
    );
  });

  test('what is composed only grows while resources become observed', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const steps = history(world);
        for (const [index, { rendered }] of steps.entries()) {
          const earlier = steps[index - 1];
          if (earlier === undefined || rendered.refusal !== undefined) continue;
          expect(names(rendered.resources)).toEqual(expect.arrayContaining(names(earlier.rendered.resources)));
        }
      }),
      runs,
    );
  });

  test('what is observed is never dropped, whatever is out of sight', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.infiniteStream(fc.integer({ min: 0, max: 5 })),
        fc.option(environments, { nil: undefined }),
        (world, dice, environment) => {
          for (const step of history(world)) {
            const observed = new Map(
              [...step.world.observed].map(([name, object]) => [name, blurred(object, dice.next().value)]),
            );
            const rendered = reconcile({ ...step.world, observed, environment });
            if (rendered.refusal !== undefined) continue;
            expect(names(rendered.resources)).toEqual(expect.arrayContaining([...observed.keys()]));
          }
        },
      ),
      runs,
    );
  });

  test('what is kept is what was last applied', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const last = history(world).at(-1);
        if (last === undefined || last.rendered.refusal !== undefined) return;
        const settled = applied(last.world, last.rendered);
        const lost = reconcile({ ...settled, environment: undefined });
        if (lost.refusal === undefined) expect(specs(lost.resources)).toEqual(specs(reconcile(settled).resources));
      }),
      runs,
    );
  });

  test('after a pass in which resources flap or vanish, or the environment is gone, all is as before', () => {
    const disturbances = fc.record({
      dice: fc.infiniteStream(fc.constantFrom('same', 'same', 'unready', 'vanished')),
      isEnvironmentGone: fc.boolean(),
    });
    fc.assert(
      fc.property(worlds, disturbances, (world, { dice, isEnvironmentGone }) => {
        const last = history(world).at(-1);
        if (last === undefined || last.rendered.refusal !== undefined) return;
        const settled = applied(last.world, last.rendered);
        const before = reconcile(settled);
        const observed = new Map([...settled.observed].flatMap((entry) => disturbed(entry, dice.next().value)));
        const environment = isEnvironmentGone ? undefined : settled.environment;
        const during = reconcile({ ...settled, observed, environment });
        if (during.refusal === undefined) {
          expect(names(during.resources)).toEqual(expect.arrayContaining([...observed.keys()]));
          const kept = during.resources.filter(({ name }) => observed.has(name));
          expect(externalNames(before.resources)).toMatchObject(externalNames(kept));
        }
        const xr = during.refusal === undefined ? during.xr : settled.xr;
        expect(specs(reconcile({ ...settled, xr }).resources)).toEqual(specs(before.resources));
      }),
      { numRuns: 50 },
    );
  });

  test('names are unique and legal', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { rendered } of history(world)) {
          expect(new Set(names(rendered.resources)).size).toBe(rendered.resources.length);
          for (const { object } of rendered.resources) expectLegalNames(object);
        }
      }),
      runs,
    );
  });

  test('every managed resource is valid against its CRD', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { rendered } of history(world)) {
          const managed = rendered.resources
            .map(({ object }) => object)
            .filter(({ apiVersion }) => apiVersion.includes('.upbound.io/'));
          expect(managed.flatMap((object) => validateManaged(object))).toEqual([]);
        }
      }),
      runs,
    );
  });

  test('most generated composites are composed, so that these laws are not empty', () => {
    const sample = fc.sample(worlds, { numRuns: 200, seed: 1 });
    const composed = sample.filter((world) => history(world).at(-1)?.rendered.refusal === undefined);
    expect(composed.length).toBeGreaterThan(40);
  });
});

const specs = (resources: readonly { name: string; object: KubernetesObject }[]) =>
  Object.fromEntries(
    resources.map(({ name, object: { metadata, ...content } }) => [
      name,
      { content, annotations: metadata?.annotations },
    ]),
  );

const externalNames = (resources: Parameters<typeof specs>[0]) =>
  Object.fromEntries(
    resources.map(({ name, object }) => [name, object.metadata?.annotations?.['crossplane.io/external-name']]),
  );

/** An observed resource as it may be for one pass. */
function disturbed(
  [name, object]: readonly [string, KubernetesObject],
  how: 'same' | 'unready' | 'vanished',
): (readonly [string, KubernetesObject])[] {
  if (how === 'vanished') return [];
  if (how === 'same') return [[name, object]];
  const conditions = [{ type: 'Ready', status: 'False', reason: 'Unavailable' }];
  return [[name, { ...object, status: { ...Object(object.status), conditions } }]];
}

/** Takes something of an observed object out of sight: its status, its readiness or its identifiers. */
function blurred(object: KubernetesObject, die: number): KubernetesObject {
  const { status, ...rest } = object;
  if (die === 0) return { ...rest, apiVersion: object.apiVersion, kind: object.kind };
  if (die === 1) return { ...object, status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  if (die === 2) return { ...object, status: { ...Object(status), atProvider: { arn: 42, id: null } } };
  return object;
}

function expectLegalNames({ kind, metadata }: KubernetesObject): void {
  if (metadata?.name !== undefined) expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
  const external = metadata?.annotations?.['crossplane.io/external-name'];
  if (kind === 'Bucket') expect(external).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  if (kind === 'Role') expect(external).toMatch(/^[\w+=,.@-]{1,64}$/);
  if (kind === 'Policy') expect(external).toMatch(/^[\w+=,.@-]{1,128}$/);
}
