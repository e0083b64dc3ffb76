import { firstFree, type Network, parseNetwork, printNetwork } from '../core/cidr.ts';
import { Refusal } from '../core/errors.ts';

export const tiers = ['private', 'public', 'isolated'] as const;
export type Tier = (typeof tiers)[number];

/** A subnet that a network consists of. */
export interface Subnet {
  readonly tier: Tier;
  readonly zone: string;
  readonly cidr: string;
}

/** What of a spec decides about subnets. */
export interface SubnetPlan {
  readonly cidr: string;
  readonly zones: readonly string[];
  readonly tiers: readonly Tier[];
  readonly prefixes: Readonly<Partial<Record<Tier, number>>>;
}

/** Bits that a tier adds to the prefix of the VPC: four zones of all tiers fit. */
const widening: Readonly<Record<Tier, number>> = { private: 3, public: 6, isolated: 6 };
/** The smallest subnet that AWS makes (VPC user guide, "Subnet CIDR blocks"). */
const longestPrefix = 28;

/**
 * The subnets of a plan. One that exists keeps its addresses, and a new one takes the lowest that are free: another zone
 * or tier moves nothing, and the result does not depend on which of the subnets are there already.
 */
export function subnetsOf(plan: SubnetPlan, cidrInUse: (tier: Tier, zone: string) => string | undefined): Subnet[] {
  const vpc = vpcOf(plan.cidr);
  const wanted = plan.tiers.flatMap((tier) => plan.zones.map((zone) => ({ tier, zone, cidr: cidrInUse(tier, zone) })));
  const taken = wanted.flatMap(({ cidr }) => parseNetwork(cidr ?? '') ?? []);
  return wanted.map(({ tier, zone, cidr }) => {
    if (cidr !== undefined) return { tier, zone, cidr };
    const prefix = plan.prefixes[tier] ?? Math.min(vpc.prefix + widening[tier], longestPrefix);
    const free = prefix < vpc.prefix ? undefined : firstFree(vpc, taken, prefix);
    if (free === undefined) {
      throw new Refusal('NETWORK_SIZE', 'spec.cidr', `${plan.cidr} has no room for a ${tier} /${prefix} in ${zone}`);
    }
    taken.push(free);
    return { tier, zone, cidr: printNetwork(free) };
  });
}

function vpcOf(cidr: string): Network {
  const vpc = parseNetwork(cidr);
  if (vpc !== undefined && vpc.bits === 32) return vpc;
  throw new Refusal('NETWORK_CIDR', 'spec.cidr', `is ${JSON.stringify(cidr)}`);
}
