import { DefaultSecurityGroup, InternetGateway, Subnet, VPC } from '../aws/index.ts';
import type { Composition } from '../core/blueprint.ts';
import { allot, parseNetwork } from '../core/cidr.ts';
import { Refusal } from '../core/errors.ts';
import { checkRegion } from '../core/iam.ts';
import { allOf, given, type Known, known } from '../core/known.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { JsonValue } from '../core/schema.ts';
import { composeEndpoints, endpointResources } from './endpoints.ts';
import { composeFlowLogs, flowLogResources } from './flow-logs.ts';
import type { Context, Foundation, PlacedSubnet } from './foundation.ts';
import { composeRoutes, routeResources } from './routes.ts';
import { subnetsOf, type Tier, tiers } from './subnets.ts';
import { zonesOf } from './zones.ts';

const vpc = composed('vpc', VPC);
const defaultSecurityGroup = composed('default-security-group', DefaultSecurityGroup);
const internetGateway = composed('internet-gateway', InternetGateway);
const subnet = composed('subnet-*', Subnet);

/** Every resource that a network may need. */
export const resources = [
  vpc,
  defaultSecurityGroup,
  internetGateway,
  subnet,
  ...routeResources,
  ...endpointResources,
  ...flowLogResources,
] as const;

export function compose(context: Context): Composition {
  const region = checkRegion(context.spec.resourceConfig.region, 'spec.resourceConfig.region');
  const vpcId = context.observed.text(vpc, 'id');
  const { existing } = context.spec;
  const network =
    existing === undefined ? composeNetwork(context, region, vpcId) : readNetwork(context, region, existing);
  return { status: { vpcId, region: given([vpcId], (_id) => region), ...network } };
}

function composeNetwork(context: Context, region: string, vpcId: Known<string>): Composition['status'] {
  const { spec, identity, observed } = context;
  const base = {
    context,
    region,
    vpcId,
    orphan: spec.resourceConfig.deletionPolicy === 'Orphan',
    named: (suffix: string) => ({ Name: `${identity.name}-${suffix}` }),
  };
  composeVpc(base);
  const foundation = { ...base, internetGateway, subnets: composeSubnets(base) };
  const { natPublicIps, tables } = composeRoutes(foundation);
  composeEndpoints(foundation, tables);
  if (spec.flowLogs !== 'none') composeFlowLogs(foundation, observed.text(vpc, 'ownerId'));
  return {
    cidr: given([vpcId], (_id) => spec.cidr),
    ipv6Cidr: spec.ipv6 ? observed.text(vpc, 'ipv6CidrBlock') : undefined,
    subnets: published(
      foundation.subnets.map(({ tier, id, zone, cidr }) => ({ tier, id, zone: known(zone), cidr: known(cidr) })),
    ),
    natPublicIps,
  };
}

/** Nothing of a network that was there before is managed: it is only read, and only what AWS confirms is published. */
function readNetwork(context: Context, region: string, existing: Existing): Composition['status'] {
  const { observed, desired } = context;
  const wanted = tiers.flatMap((tier) => (existing.subnetIds[tier] ?? []).map((id) => ({ tier, id })));
  const twice = wanted.find(({ id }, index) => wanted.findIndex((one) => one.id === id) !== index);
  if (twice !== undefined) throw new Refusal('NETWORK_EXISTING', 'spec.existing.subnetIds', `has ${twice.id} twice`);
  desired.managed(vpc, known({ region }), { observe: true, externalName: existing.vpcId });
  const subnets = wanted.map(({ tier, id }) => {
    const resource = oneOf(subnet, `existing-${id}`);
    desired.managed(resource, known({ region }), { observe: true, externalName: id });
    const { zone, cidr } = {
      zone: observed.text(resource, 'availabilityZone'),
      cidr: observed.text(resource, 'cidrBlock'),
    };
    return { tier, id: observed.text(resource, 'id'), zone, cidr };
  });
  return { cidr: observed.text(vpc, 'cidrBlock'), subnets: published(subnets) };
}

type Existing = NonNullable<Context['spec']['existing']>;
type Base = Omit<Foundation, 'subnets' | 'internetGateway'>;

function composeVpc({ context: { spec, desired }, region, orphan, vpcId, named }: Base): void {
  desired.managed(
    vpc,
    known({
      region,
      cidrBlock: spec.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      ...(spec.ipv6 && { assignGeneratedIpv6CidrBlock: true }),
      tags: named('vpc'),
    }),
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

function composeSubnets({ context, region, orphan, vpcId, named }: Base): PlacedSubnet[] {
  const { spec, desired, observed } = context;
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
  const ipv6 = ipv6Of(context, suffixes);
  return wanted.map(({ tier, zone, cidr }, index) => {
    const resource = oneOf(subnet, `${tier}-${zone}`);
    desired.managed(
      resource,
      given([vpcId, ipv6], (id, blocks) => ({
        region,
        vpcId: id,
        availabilityZone: zone,
        cidrBlock: cidr,
        // Load balancers and NAT gateways have public addresses all the same; nothing else gets one by accident.
        mapPublicIpOnLaunch: false,
        ...(blocks && { ipv6CidrBlock: blocks[index] ?? '', assignIpv6AddressOnCreation: true }),
        tags: { ...named(`${tier}-${zone}`), ...roleTags[tier] },
      })),
      { orphan, after: [vpc] },
    );
    return { tier, zone, cidr, resource, id: observed.text(resource, 'id') };
  });
}

/** AWS gives a VPC a /56, and takes a /64 for each subnet (VPC user guide, "Subnet CIDR blocks"). */
function ipv6Of(
  { spec, observed }: Context,
  suffixes: readonly string[],
): Known<readonly (string | undefined)[] | undefined> {
  if (!spec.ipv6) return known(undefined);
  const wanted = suffixes.map((suffix) => ({
    prefix: 64,
    inUse: observed.parameter(oneOf(subnet, suffix), 'ipv6CidrBlock'),
  }));
  return given([observed.text(vpc, 'ipv6CidrBlock')], (cidr) => {
    const within = parseNetwork(cidr);
    return within === undefined ? undefined : allot(within, wanted);
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

interface Placed {
  readonly tier: Tier;
  readonly id: Known<string>;
  readonly zone: Known<string>;
  readonly cidr: Known<string>;
}

/** Sorted, so that status changes only when a subnet does. */
function published(subnets: readonly Placed[]): Known<JsonValue> {
  const items = subnets.map(({ tier, ...facts }) =>
    given([facts.id, facts.zone, facts.cidr], (id, zone, cidr) => ({ id, tier, zone, cidr })),
  );
  const key = ({ tier, zone, id }: { tier: string; zone: string; id: string }): string => `${tier} ${zone} ${id}`;
  return given([allOf(items)], (all) => [...all].sort((one, other) => (key(one) < key(other) ? -1 : 1)));
}
