import type { ComposeContext } from '../core/blueprint.ts';
import type { Known } from '../core/known.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';

export type Context = ComposeContext<FromSchema<typeof spec>>;

/** What all parts of a cluster are built on. */
export interface Base {
  readonly context: Context;
  readonly region: string;
  readonly partition: string;
  /** Whether cluster, key and all that they run on stay in AWS when the composite is deleted. */
  readonly orphan: boolean;
  /** Name of the cluster in AWS. */
  readonly name: string;
  readonly subnetIds: Known<readonly string[]>;
}

/** What is known of a cluster that exists. */
export interface ClusterFacts {
  /** The name, known once the cluster is there to be referred to. */
  readonly name: Known<string>;
  readonly account: Known<string>;
  /** OIDC issuer without https://. */
  readonly issuer: Known<string>;
  /** Kubernetes version that the control plane runs. */
  readonly version: Known<string>;
}
