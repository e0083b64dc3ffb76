import { DefaultSecurityGroup, InternetGateway, Subnet, VPC } from '../aws/index.ts';
import type { Composition } from '../core/blueprint.ts';
import { Refusal } from '../core/errors.ts';
import { checkRegion } from '../core/iam.ts';
import { allOf, given, type Known, known } from '../core/known.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { JsonValue } from '../core/schema.ts';
import type { Context, Foundation, PlacedSubnet } from './foundation.ts';
import { composeRoutes, routeResources } from './routes.ts';
import { subnetsOf, type Tier, tiers } from './subnets.ts';
import { zonesOf } from './zones.ts';

const vpc = composed('vpc', VPC);
const defaultSecurityGroup = composed('default-security-group', DefaultSecurityGroup);
const internetGateway = composed('internet-gateway', InternetGateway);
const subnet = composed('subnet-*', Subnet);

/** Every resource that a network may need. */
export const resources = [vpc, defaultSecurityGroup, internetGateway, subnet, ...routeResources] as const;

export function compose(context: Context): Composition {
  const { spec, identity, observed } = context;
  const region = checkRegion(spec.resourceConfig.region, 'spec.resourceConfig.region');
  const base = {
    context,
    region,
    orphan: spec.resourceConfig.deletionPolicy === 'Orphan',
    vpcId: observed.text(vpc, 'id'),
    named: (suffix: string) => ({ Name: `${identity.name}-${suffix}` }),
  };
  composeVpc(base);
  const foundation = { ...base, internetGateway, subnets: composeSubnets(base) };
  const { natPublicIps } = composeRoutes(foundation);
  return {
    status: {
      vpcId: base.vpcId,
      cidr: given([base.vpcId], (_id) => spec.cidr),
      region: given([base.vpcId], (_id) => region),
      subnets: allOf(
        foundation.subnets
          .map(published)
          .sort(byTierAndZone)
          .map(({ value }) => value),
      ),
      natPublicIps,
    },
  };
}

type Base = Omit<Foundation, 'subnets' | 'internetGateway'>;

function composeVpc({ context: { spec, desired }, region, orphan, vpcId, named }: Base): void {
  desired.managed(
    vpc,
    known({ region, cidrBlock: spec.cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: named('vpc') }),
    { orphan },
  );
  // Every VPC has one, it cannot be deleted, and whatever is made without a group of its own lands in it.
  desired.managed(
    defaultSecurityGroup,
    given([vpcId], (id) => ({ region, vpcId: id, ingress: [], egress: [], tags: named('default-closed') })),
    { orphan, after: [vpc] },
  );
  desired.managed(
    internetGateway,
    given([vpcId], (id) => ({ region, vpcId: id, tags: named('internet') })),
    { orphan, after: [vpc] },
  );
}

/** By these tags load balancer controllers find subnets (EKS user guide, "Network load balancing"). */
const roleTags: Readonly<Record<Tier, Readonly<Record<string, string>>>> = {
  public: { 'kubernetes.io/role/elb': '1' },
  private: { 'kubernetes.io/role/internal-elb': '1' },
  isolated: {},
};

function composeSubnets({ context: { spec, desired, observed }, region, orphan, vpcId, named }: Base): PlacedSubnet[] {
  const wanted = subnetsOf(
    {
      cidr: spec.cidr,
      zones: zonesWanted(spec.zones, spec.zoneCount, region),
      tiers: tiers.filter((tier) => tier !== 'isolated' || spec.isolatedSubnets),
      prefixes: spec.subnetPrefixes,
    },
    (tier, zone) => observed.parameter(oneOf(subnet, `${tier}-${zone}`), 'cidrBlock'),
  );
  const suffixes = wanted.map(({ tier, zone }) => `${tier}-${zone}`);
  const left = observed.suffixes(subnet).find((suffix) => !suffixes.includes(suffix));
  if (left !== undefined) throw new Refusal('SUBNET_IN_USE', 'spec', `leaves out subnet ${left}, which exists`);
  return wanted.map(({ tier, zone, cidr }) => {
    const resource = oneOf(subnet, `${tier}-${zone}`);
    desired.managed(
      resource,
      given([vpcId], (id) => ({
        region,
        vpcId: id,
        availabilityZone: zone,
        cidrBlock: cidr,
        mapPublicIpOnLaunch: tier === 'public',
        tags: { ...named(`${tier}-${zone}`), ...roleTags[tier] },
      })),
      { orphan, after: [vpc] },
    );
    return { tier, zone, cidr, resource, id: observed.text(resource, 'id') };
  });
}

function zonesWanted(named: readonly string[] | undefined, count: number, region: string): readonly string[] {
  const foreign = named?.find((zone) => zone.slice(0, -1) !== region);
  if (foreign !== undefined) throw new Refusal('NETWORK_ZONES', 'spec.zones', `has ${foreign}, not of ${region}`);
  if (named !== undefined) return named;
  const zones = zonesOf(region);
  if (zones.length >= count) return zones.slice(0, count);
  throw new Refusal('NETWORK_ZONES', 'spec.zoneCount', `is ${count}, and ${zones.length} zones of ${region} are known`);
}

interface Published {
  readonly key: string;
  readonly value: Known<JsonValue>;
}

const published = ({ id, tier, zone, cidr }: PlacedSubnet): Published => ({
  key: `${tier} ${zone}`,
  value: given([id], (subnetId) => ({ id: subnetId, tier, zone, cidr })),
});

const byTierAndZone = (one: Published, other: Published): number => (one.key < other.key ? -1 : 1);
