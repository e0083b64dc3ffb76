import type { InternetGateway, SubnetObservation, SubnetParameters } from '../aws/index.ts';
import type { ComposeContext } from '../core/blueprint.ts';
import type { Known } from '../core/known.ts';
import type { ManagedKind } from '../core/managed.ts';
import type { Composed } from '../core/resource.ts';
import type { FromSchema } from '../core/schema.ts';
import type { spec } from './schema.ts';
import type { Subnet } from './subnets.ts';

export type Context = ComposeContext<FromSchema<typeof spec>>;

/** A subnet and the resource that makes it. */
export interface PlacedSubnet extends Subnet {
  readonly resource: Composed<ManagedKind<SubnetParameters, SubnetObservation>>;
  readonly id: Known<string>;
}

/** What all parts of a network are built on. */
export interface Foundation {
  readonly context: Context;
  readonly region: string;
  /** Whether all of it stays in AWS when the composite is deleted: half a network protects nothing. */
  readonly orphan: boolean;
  readonly vpcId: Known<string>;
  readonly internetGateway: Composed<typeof InternetGateway>;
  readonly subnets: readonly PlacedSubnet[];
  /** The tag by which people find a resource. */
  readonly named: (suffix: string) => { readonly Name: string };
}
