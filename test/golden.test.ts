import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import { type RenderOptions, renderFile } from '../tools/cli/render.ts';
import { validateManaged } from '../tools/gen/managed-schemas.ts';

const root = 'test/golden';

const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** The input files that a case may have, by the option of `render` that takes them. */
const inputs = {
  observed: 'observed.yaml',
  environment: 'environment.yaml',
  required: 'required.yaml',
  input: 'input.yaml',
};

function optionsOf(folder: string): RenderOptions {
  const present = Object.entries(inputs).filter(([, file]) => existsSync(join(folder, file)));
  return Object.fromEntries(present.map(([option, file]) => [option, join(folder, file)]));
}

describe.each(folders(root))('%s', (blueprint) => {
  test.each(folders(join(root, blueprint)))('%s', async (name) => {
    const folder = join(root, blueprint, name);
    const { results, errors } = renderFile(join(folder, 'xr.yaml'), optionsOf(folder));
    const rendered = results.flatMap(({ rounds }) => rounds);
    const documents = rendered.flatMap(({ xr, resources, ttl, connection, warnings }) => [
      { ...xr, metadata: { ...xr.metadata, annotations: undefined } },
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
    const text = [...documents, ...refusals]
      .map((document) => yaml.dump(document, { noRefs: true, lineWidth: -1, skipInvalid: true }))
      .join('---\n');
    await expect(text).toMatchFileSnapshot(join('golden', blueprint, name, 'expected.yaml'));
    const managed = rendered
      .flatMap(({ resources }) => resources.map(({ object }) => object))
      .filter(({ apiVersion }) => apiVersion.includes('.upbound.io/'));
    expect(managed.flatMap((resource) => validateManaged(resource))).toEqual([]);
  });
});

test('every blueprint has golden cases', () => {
  expect(folders(root)).toEqual(blueprints.map(({ name }) => name).sort());
});
