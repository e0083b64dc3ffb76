import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { checkRegion, partitionOf } from '../core/iam.ts';
import { given, known } from '../core/known.ts';
import { clusterEnvironment } from '../core/parts/cluster-reference.ts';
import { composeIdentity } from '../core/parts/identity.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export function compose(asked: ComposeContext<FromSchema<typeof spec>>): Composition {
  const environment = clusterEnvironment(asked);
  const context = { ...asked, environment };
  const { name, region, deletionPolicy } = context.spec.resourceConfig;
  const named = region ? known(checkRegion(region, 'spec.resourceConfig.region')) : undefined;
  const partition =
    named === undefined
      ? given([environment.facts], (facts) => facts.partition ?? partitionOf(facts.region))
      : given([named], (one) => partitionOf(one));
  const { status } = composeIdentity(context, {
    roleName: name,
    partition,
    clusterRegion: named ?? environment.get('region'),
    orphan: deletionPolicy === 'Orphan',
  });
  return { status };
}
