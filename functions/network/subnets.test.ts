import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlap, parseNetwork } from '../core/cidr.ts';
import { Refusal } from '../core/errors.ts';
import { type Subnet, type SubnetPlan, subnetsOf, type Tier, tiers } from './subnets.ts';

const allZones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c', 'eu-west-1d'] as const;
const prefix = fc.integer({ min: 17, max: 28 });
const plans: fc.Arbitrary<SubnetPlan> = fc.record({
  cidr: fc.integer({ min: 16, max: 28 }).map((length) => `10.32.0.0/${length}`),
  zones: fc.shuffledSubarray([...allZones], { minLength: 1 }),
  tiers: fc.subarray([...tiers], { minLength: 1 }),
  prefixes: fc.record({ private: prefix, public: prefix, isolated: prefix }, { requiredKeys: [] }),
});

/** Undefined where there is no room. */
function subnets(plan: SubnetPlan, present: readonly Subnet[] = []): Subnet[] | undefined {
  const inUse = (tier: Tier, zone: string) => present.find((one) => one.tier === tier && one.zone === zone)?.cidr;
  try {
    return subnetsOf(plan, inUse);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NETWORK_SIZE') return undefined;
    throw error;
  }
}

const networkOf = (cidr: string) => {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new Error(`${cidr} is no network`);
  return network;
};

describe('subnets of any plan', () => {
  test('lie in the VPC, apart from each other', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const networks = (subnets(plan) ?? []).map(({ cidr }) => networkOf(cidr));
        const vpc = networkOf(plan.cidr);
        for (const [index, one] of networks.entries()) {
          expect(overlap(one, vpc) && one.prefix >= vpc.prefix).toBe(true);
          expect(networks.slice(index + 1).some((other) => overlap(one, other))).toBe(false);
        }
      }),
    );
  });

  test('do not depend on which of them exist', () => {
    fc.assert(
      fc.property(plans, fc.infiniteStream(fc.boolean()), (plan, present) => {
        const all = subnets(plan);
        if (all === undefined) return;
        expect(
          subnets(
            plan,
            all.filter(() => present.next().value),
          ),
        ).toEqual(all);
      }),
    );
  });

  test('stay where they are when a zone or a tier is added', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const before = subnets({ ...plan, zones: plan.zones.slice(0, 1), tiers: plan.tiers.slice(0, 1) });
        const after = before && subnets(plan, before);
        if (after !== undefined) expect(after).toEqual(expect.arrayContaining(before ?? []));
      }),
    );
  });
});

test('four zones of every tier fit into a VPC of each size from /16 to /24', () => {
  for (let length = 16; length <= 24; length++) {
    const plan = { cidr: `10.0.0.0/${length}`, zones: [...allZones], tiers, prefixes: {} };
    expect(subnets(plan), plan.cidr).toHaveLength(12);
  }
  expect(subnets({ cidr: '10.0.0.0/25', zones: [...allZones], tiers, prefixes: {} })).toBeUndefined();
});
