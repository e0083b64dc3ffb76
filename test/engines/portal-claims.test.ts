import { afterAll, beforeAll, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { xrdOf } from '../../tools/gen/xrd.ts';
import { baseOf, casesOf, claimIn, dryRun, templateOf } from '../portal/scaffolded.ts';
import { openScaffolder, type Scaffolder } from '../portal/scaffolder.ts';

let scaffolder: Scaffolder;
let stack: Stack;

beforeAll(async () => {
  scaffolder = await openScaffolder();
  stack = await startStack();
  for (const blueprint of blueprints) {
    const [xrd] = await stack.kube.apply(xrdOf(blueprint, 'namespaced') as unknown as KubeObject);
    if (xrd === undefined) throw new Error('nothing was applied');
    await stack.kube.waitFor(xrd, (one) => hasConditions(one, 'Established'), { seconds: 60, what: 'Established' });
  }
}, 1_800_000);

afterAll(async () => {
  await scaffolder?.close();
  await stack?.stop();
});

const cases = [...casesOf('github', 'production'), ...casesOf('gitea', 'full')].map((one, index) => ({
  ...one,
  index,
}));

test.each(cases)('$file: the real API server takes its $kind', async (one) => {
  const objects = baseOf(await dryRun(scaffolder, templateOf(one.file), one.values));
  const claim = claimIn(objects, one.kind);
  const [applied] = await stack.kube.apply({
    ...claim,
    metadata: { ...claim.metadata, name: `shop-${one.index}`, namespace: 'default' },
  });
  // Nothing was pruned of it.
  expect(applied).toMatchObject({ spec: claim.spec });
});
