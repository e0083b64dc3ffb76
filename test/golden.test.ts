import { resolve } from 'node:path';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import { renderFile } from '../tools/cli/render.ts';
import { validateManaged } from '../tools/gen/managed-schemas.ts';
import { goldenCases } from './support/cases.ts';

test.each(goldenCases)('$blueprint: $name', async ({ xr, options, expected }) => {
  const { results, errors } = renderFile(xr, options);
  const rendered = results.flatMap(({ rounds }) => rounds);
  const documents = rendered.flatMap(({ xr: composite, resources, ttl, connection, warnings }) => [
    composite,
    {
      kind: 'Response',
      ttl,
      ready: resources.filter(({ ready }) => ready).map(({ name }) => name),
      connection,
      warnings,
    },
    ...resources.map(({ object }) => object),
  ]);
  const refusals = errors.map(({ message }) => ({ kind: 'Refusal', message }));
  const text = [...documents, ...refusals].map((one) => yaml.dump(one, { noRefs: true, lineWidth: -1 })).join('---\n');
  await expect(text).toMatchFileSnapshot(resolve(expected));
  const managed = rendered.flatMap(({ resources }) => resources.map(({ object }) => object)).filter(isManaged);
  expect(managed.flatMap((resource) => validateManaged(resource))).toEqual([]);
});

const isManaged = ({ apiVersion }: { readonly apiVersion: string }): boolean => apiVersion.includes('.upbound.io/');

test('every blueprint has golden cases', () => {
  expect([...new Set(goldenCases.map(({ blueprint }) => blueprint))]).toEqual(
    blueprints.map(({ name }) => name).sort(),
  );
});
