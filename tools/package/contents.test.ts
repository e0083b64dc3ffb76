import { expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import type { Blueprint } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { compositionOf } from '../gen/composition.ts';
import { xrdOf } from '../gen/xrd.ts';
import { configurationPackage, functionPackage, type Plan } from './contents.ts';

const plan = (some: readonly Blueprint[], partial: boolean): Plan => ({
  blueprints: some,
  partial,
  registry: 'ghcr.io/acme/platform',
  providers: 'xpkg.crossplane.io/crossplane-contrib',
  version: '1.2.3',
});

/** The packages that a configuration brings with it. */
const dependencies = (wanted: Plan, form: Form): string[] => {
  const [meta] = configurationPackage(wanted, form).objects;
  const { dependsOn } = Object(meta).spec;
  return dependsOn.map(({ package: reference }: { package: string }) => reference.split('/').at(-1));
};

test.each(['claims', 'namespaced'] as const)(
  'the configuration of the %s form has every blueprint, and calls the function by the name under which it is installed',
  (form) => {
    const { objects } = configurationPackage(plan(blueprints, false), form);
    for (const one of blueprints) {
      expect(objects, one.name).toContainEqual(xrdOf(one, form));
      expect(objects, one.name).toContainEqual(compositionOf(one, form, 'acme-platform-function-aws-blueprints'));
    }
    expect(objects.length).toBe(2 + 2 * blueprints.length);
  },
);

test.each(blueprints.map((one) => [one.name, one] as const))(
  '%s alone brings what it needs and nothing else',
  (name, one) => {
    const only = plan([one], true);
    const { name: configuration, objects } = configurationPackage(only, 'namespaced');
    expect(configuration).toBe(`aws-blueprints-${name}`);
    const kinds = objects.map((object) => Object(object).kind);
    expect(kinds.filter((kind) => kind === 'CompositeResourceDefinition')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'Composition')).toHaveLength(1);
    const ofAws = managedKinds.filter((kind) => one.resources.some((resource) => resource.kind === kind));
    const services = new Set(ofAws.map(({ service }) => `provider-aws-${service}`));
    expect(dependencies(only, 'namespaced').sort()).toEqual([functionPackage(only).name, ...services].sort());
  },
);
