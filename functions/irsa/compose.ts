import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { checkRegion, partitionOf } from '../core/iam.ts';
import { given, known } from '../core/known.ts';
import { composeIdentity } from '../core/parts/identity.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export function compose(context: ComposeContext<FromSchema<typeof spec>>): Composition {
  const { environment } = context;
  const { name, region, deletionPolicy } = context.spec.resourceConfig;
  const asked = region ? known(checkRegion(region, 'spec.resourceConfig.region')) : undefined;
  const partition =
    asked === undefined
      ? given([environment.facts], (facts) => facts.partition ?? partitionOf(facts.region))
      : given([asked], (one) => partitionOf(one));
  const { status } = composeIdentity(context, {
    roleName: name,
    partition,
    clusterRegion: asked ?? environment.get('region'),
    orphan: deletionPolicy === 'Orphan',
  });
  return { status };
}
