import type { Blueprint } from './core/blueprint.ts';
import { eksCluster } from './eks-cluster/index.ts';
import { irsa } from './irsa/index.ts';
import { network } from './network/index.ts';
import { objectStorage } from './object-storage/index.ts';
import { relationalDatabase } from './relational-database/index.ts';
import { s3Irsa } from './s3-irsa/index.ts';

/** Every blueprint of the package, and the only list of them. */
export const blueprints: readonly Blueprint[] = [objectStorage, irsa, s3Irsa, network, relationalDatabase, eksCluster];
