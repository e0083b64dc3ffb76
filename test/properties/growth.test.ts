import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { load } from '../../tools/cli/load.ts';
import { exampleOf } from '../../tools/gen/examples.ts';
import { applied, history, reconcile, type World } from '../support/world.ts';

// What is added to a list must not touch what was there: names carry no position.
const cluster = load('examples/required.yaml').map(({ object }) => object);

interface Growth {
  readonly blueprint: string;
  readonly example: string;
  readonly what: string;
  readonly grow: (spec: Record<string, unknown>) => Record<string, unknown>;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const growths: readonly Growth[] = [
  {
    blueprint: 'network',
    example: 'full',
    what: 'a zone, named before the others',
    grow: (spec) => ({ ...spec, zones: ['eu-west-1b', ...list(spec.zones)] }),
  },
  {
    blueprint: 'network',
    example: 'claim',
    what: 'isolated subnets',
    grow: (spec) => ({ ...spec, isolatedSubnets: true }),
  },
  {
    blueprint: 'network',
    example: 'full',
    what: 'an interface endpoint, named before the others',
    grow: (spec) => ({ ...spec, interfaceEndpoints: ['ec2', ...list(spec.interfaceEndpoints)] }),
  },
  {
    blueprint: 'eks-cluster',
    example: 'full',
    what: 'a node group, named before the others',
    grow: (spec) => ({
      ...spec,
      nodeGroups: [{ ...Object(list(spec.nodeGroups)[1]), name: 'a' }, ...list(spec.nodeGroups)],
    }),
  },
  {
    blueprint: 'eks-cluster',
    example: 'full',
    what: 'an access entry, named before the others',
    grow: (spec) => ({
      ...spec,
      accessEntries: [{ principalArn: 'arn:aws:iam::111122223333:role/b' }, ...list(spec.accessEntries)],
    }),
  },
];

describe.each(growths)('$blueprint ($example) with $what', ({ blueprint: name, example, grow }) => {
  test.each(['claims', 'namespaced'] as const)('keeps what it has, in the %s form', (form) => {
    const blueprint = blueprints.find((one) => one.name === name);
    if (blueprint === undefined) throw new Error(`no blueprint ${name}`);
    const { xr } = compositeOf([blueprint], { source: name, object: exampleOf(blueprint, example, form) }, undefined);
    const last = history({ xr, observed: new Map(), environment: undefined }, cluster).at(-1);
    if (last === undefined || !last.rendered.ready) throw new Error(`${name} ${example} does not become ready`);
    const settled: World = applied(last.world, last.rendered);
    const before = reconcile(settled, cluster);
    const after = reconcile({ ...settled, xr: { ...settled.xr, spec: grow(Object(settled.xr.spec)) } }, cluster);
    expect(after.refusal).toBeUndefined();
    expect(after.resources.length).toBeGreaterThan(before.resources.length);
    const kept = new Set(before.resources.map((one) => one.name));
    expect(after.resources.filter((one) => kept.has(one.name))).toEqual(before.resources);
  });
});
