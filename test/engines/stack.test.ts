import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderWithCrossplane, serveFunction, validateResources } from '../../tools/engines/cli.ts';
import { managedDefinition } from '../../tools/engines/crds.ts';
import { hasConditions, KubeError, type KubeObject } from '../../tools/engines/kube.ts';
import { type RunningFunction, type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import * as forms from './stack-forms.ts';

const program = join(import.meta.dirname, 'stack-function.mjs');
const buckets = { claims: forms.legacyBucket, namespaced: forms.namespacedBucket } as const;

describe('a stack of real engines', () => {
  let stack: Stack;
  let provider: StandInProvider;
  let fn: RunningFunction;

  beforeAll(async () => {
    const manifests = [
      forms.team,
      forms.legacy.definition,
      forms.legacy.composition,
      ...Object.values(forms.namespaced),
    ];
    stack = await startStack({ managed: Object.values(buckets), manifests });
    provider = await startStandInProvider(stack, { atProvider: ({ metadata }) => ({ arn: `arn:${metadata.name}` }) });
    fn = await stack.startFunction({ name: forms.functionName, command: process.execPath, args: [program] });
  }, 900_000);

  afterAll(async () => {
    provider?.stop();
    await stack?.stop();
  });

  test.each([
    ['claim', forms.claim({ deletionPolicy: 'Orphan' }), buckets.claims, true],
    ['namespaced composite', forms.composite({}), buckets.namespaced, false],
  ])(
    'a %s becomes Ready under the rights of the chart, and goes without a trace',
    async (_, object, bucket, orphan) => {
      const { kube } = stack;
      await kube.apply(object);
      const ready = { seconds: 30, what: 'Ready, and the ARN in its status' };
      const isReady = (seen: KubeObject) => hasConditions(seen, 'Synced', 'Ready') && seen.status?.arn !== '';
      const seen = await kube.waitFor(object, isReady, ready);
      const [resource] = await kube.list(bucket.apiVersion, bucket.kind);
      expect(seen.status?.arn).toBe(`arn:${resource?.metadata.name}`);

      await kube.delete(object);
      await kube.waitGone(object, { seconds: 30, what: 'deletion' });
      await expect.poll(() => kube.list(bucket.apiVersion, bucket.kind), { timeout: 30_000 }).toEqual([]);
      expect(provider.deleted.at(-1)).toMatchObject({ name: resource?.metadata.name, orphaned: orphan });
      expect(provider.failures).toEqual([]);
    },
  );

  test('a developer without rights is refused by name', async () => {
    const refused = stack.kube.as('developer').apply(forms.composite({}));
    await expect(refused).rejects.toThrow(KubeError);
    await expect(refused).rejects.toMatchObject({ reason: 'Forbidden' });
  });

  test('a piece that was killed is started again and works on', async () => {
    await stack.pieces.kill(fn.piece);
    expect(stack.pieces.names).not.toContain(fn.piece);
    await stack.pieces.restart(fn.piece);
    const composite = forms.composite({}, 'again');
    await stack.kube.apply(composite);
    await stack.kube.waitFor(composite, (seen) => hasConditions(seen, 'Ready'), { seconds: 30, what: 'Ready' });
    await stack.kube.delete(composite);
  });
});

describe('the Crossplane CLI', () => {
  test('renders with a function, and says what the API server would refuse', async () => {
    const { definition, composition } = forms.namespaced;
    const composite = forms.composite({});
    const server = await serveFunction(process.execPath, [program]);
    const functions = { [forms.functionName]: server.address };
    const rendered = renderWithCrossplane({ composite, composition, definition, functions });
    const { resources } = await rendered.finally(server.stop);
    expect(resources.map(({ kind }) => kind)).toEqual(['Bucket']);

    const bucket = await managedDefinition(buckets.namespaced);
    const wrong = forms.composite({ colour: 'red' });
    const definitions = [definition, bucket.definition];
    const verdicts = await validateResources({ definitions, resources: [...resources, wrong] });
    expect(verdicts.map(({ status }) => status)).toEqual(['valid', 'invalid']);
    expect(verdicts[1]?.errors).toMatchObject([{ type: 'unknownField', field: 'spec.colour' }]);
  }, 900_000);
});
