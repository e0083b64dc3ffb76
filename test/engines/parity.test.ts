import { afterAll, beforeAll, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { load } from '../../tools/cli/load.ts';
import { renderFile } from '../../tools/cli/render.ts';
import { type DevelopmentServer, renderWithCrossplane, serveFunction } from '../../tools/engines/cli.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { compositionOf, functionName } from '../../tools/gen/composition.ts';
import { xrdOf } from '../../tools/gen/xrd.ts';
import { type GoldenCase, goldenCases } from '../support/cases.ts';

let server: DevelopmentServer;

beforeAll(async () => {
  server = await serveFunction(process.execPath, ['dist/main.js', '--metrics-address', '']);
});

afterAll(async () => {
  await server?.stop();
});

test.each(goldenCases)('Crossplane renders $blueprint: $name as we do', async (golden) => {
  const { results, errors } = renderFile(golden.xr, golden.options);
  const [refusal] = errors;
  if (refusal !== undefined) {
    await expect(crossplane(golden)).rejects.toThrow(refusal.code);
    return;
  }
  const [ours] = results.flatMap(({ rounds }) => rounds);
  const theirs = await crossplane(golden);
  expect(byName(theirs.resources)).toEqual(byName((ours?.resources ?? []).map(({ object }) => object as KubeObject)));
  const [before] = load(golden.xr).map(({ object }) => statusOf(object as KubeObject));
  expect(statusOf(theirs.composite)).toEqual({ ...before, ...statusOf(ours?.xr as KubeObject) });
});

async function crossplane({ xr, options }: GoldenCase) {
  const [document] = load(xr);
  if (document === undefined) throw new Error(`${xr} is empty`);
  const { blueprint, form, xr: composite } = compositeOf(blueprints, document, undefined);
  const objects = (path: string | undefined) =>
    path === undefined ? [] : load(path).map(({ object }) => object as KubeObject);
  const composition = structuredClone(compositionOf(blueprint, form)) as unknown as Pipeline & KubeObject;
  const [step] = composition.spec.pipeline;
  const [input] = objects(options.input);
  if (step !== undefined && input !== undefined) step.input = input;
  return renderWithCrossplane({
    composite: composite as KubeObject,
    composition,
    definition: xrdOf(blueprint, form) as unknown as KubeObject,
    functions: { [functionName]: server.address },
    observed: objects(options.observed),
    required: [...objects(options.environment), ...objects(options.required)],
  });
}

interface Pipeline {
  readonly spec: { readonly pipeline: readonly { input?: object }[] };
}

/**
 * The normalisations: Crossplane generates names and adds owner references, which our renderer leaves open, its
 * reconciler knows the time, it notes which conditions go to a claim, and its stand-in for an API server keeps what
 * status said before where nothing is said now, as server-side apply would not. Everything else must be equal.
 */
function byName(resources: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    resources.map(({ metadata, ...content }) => {
      const { name: _name, ownerReferences: _ownerReferences, ...others } = metadata;
      const { generateName: _generateName, ...rest } = { generateName: '', ...others };
      return [
        String(metadata.annotations?.['crossplane.io/composition-resource-name']),
        { ...content, metadata: rest },
      ];
    }),
  );
}

function statusOf({ status }: KubeObject): Record<string, unknown> {
  const {
    conditions = [],
    claimConditionTypes: _types,
    ...rest
  } = (status ?? {}) as {
    claimConditionTypes?: readonly string[];
    conditions?: readonly { type: string; lastTransitionTime?: string; observedGeneration?: number }[];
  };
  const own = conditions
    .filter(({ type }) => type === 'DependenciesReady' || type === 'Ready')
    .map(({ lastTransitionTime: _time, observedGeneration: _generation, ...condition }) => condition)
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  return { ...rest, conditions: own };
}
