import type { ComposeContext, Composition } from '../core/blueprint.ts';
import { composeBucket } from '../core/parts/bucket.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export function compose(context: ComposeContext<FromSchema<typeof spec>>): Composition {
  const { connection } = composeBucket(context);
  const { bucketName, bucketArn, region } = connection;
  return { status: { bucketName, bucketArn, region }, connection };
}
