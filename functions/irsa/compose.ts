import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { known } from '../core/known.ts';
import { composeIdentity } from '../core/parts/identity.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export function compose(context: ComposeContext<FromSchema<typeof spec>>): Composition {
  const { name, region, deletionPolicy } = context.spec.resourceConfig;
  const clusterRegion = region ? known(region) : context.environment.get('region');
  const { status } = composeIdentity(context, {
    roleName: name,
    region: region || context.environment.optional('region'),
    clusterRegion,
    orphan: deletionPolicy === 'Orphan',
  });
  return { status };
}
