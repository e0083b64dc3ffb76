import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { requireEngines } from '../../tools/engines/build.ts';
import { sourcesOf } from '../../tools/openapi/index.ts';
import { repository, run } from '../support/process.ts';

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: unknown } }[];
  };
}

const xrds = ['claims', 'namespaced'].flatMap((form) => {
  const folder = repository(join('xrds', form));
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'crossplane.yaml');
  return names.map((name) => join(folder, name));
});

/** Crossplane describes its own fields and gives some a default; neither judges anything. */
function verdicts(schema: unknown): unknown {
  const drop = (key: string, value: unknown) =>
    key === 'default' || (key === 'description' && typeof value === 'string');
  return JSON.parse(JSON.stringify(schema, (key, value) => (drop(key, value) ? undefined : value)));
}

test.each(xrds)('%s has the schemas that Crossplane derives', async (file) => {
  const engine = await requireEngines(['crossplane-cli']);
  const { code, stdout } = await run(join(engine('crossplane-cli'), 'crossplane-cli'), ['xrd', 'convert', file]);
  expect(code).toBe(0);
  // The shape is that of Crossplane's own CRDs.
  const crds = loadAll(stdout) as Definition[];
  const expected = crds.map(({ spec }) => [spec.names.kind, verdicts(spec.versions[0]?.schema.openAPIV3Schema)]);
  const { sources } = sourcesOf(load(readFileSync(file, 'utf8')));
  expect(Object.fromEntries(sources.map(({ kind, schema }) => [kind, verdicts(schema)]))).toEqual(
    Object.fromEntries(expected),
  );
});
