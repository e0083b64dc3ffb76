import { allot, type Network, parseNetwork } from '../core/cidr.ts';
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

/** The subnets of a plan. One that exists keeps its addresses: another zone or tier moves nothing. */
export function subnetsOf(plan: SubnetPlan, cidrInUse: (tier: Tier, zone: string) => string | undefined): Subnet[] {
  const vpc = vpcOf(plan.cidr);
  const wanted = plan.tiers.flatMap((tier) => {
    const prefix = plan.prefixes[tier] ?? Math.min(vpc.prefix + widening[tier], longestPrefix);
    return plan.zones.map((zone) => ({ tier, zone, prefix, inUse: cidrInUse(tier, zone) }));
  });
  const cidrs = allot(vpc, wanted);
  return wanted.map(({ tier, zone, prefix }, index) => {
    const cidr = cidrs[index];
    if (cidr !== undefined) return { tier, zone, cidr };
    throw new Refusal(
      'NETWORK_SIZE',
      'spec.cidr',
      `${plan.cidr} has no room for the ${tier} subnet /${prefix} of ${zone}`,
    );
  });
}

function vpcOf(cidr: string): Network {
  const vpc = parseNetwork(cidr);
  if (vpc !== undefined && vpc.bits === 32) return vpc;
  throw new Refusal('NETWORK_CIDR', 'spec.cidr', `is ${JSON.stringify(cidr)}`);
}
