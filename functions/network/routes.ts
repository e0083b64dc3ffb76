import { EgressOnlyInternetGateway, EIP, NATGateway, Route, RouteTable, RouteTableAssociation } from '../aws/index.ts';
import { allOf, given, type Known, known } from '../core/known.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { Foundation, PlacedSubnet } from './foundation.ts';

const routeTable = composed('route-table-*', RouteTable);
const routeTableAssociation = composed('route-table-association-*', RouteTableAssociation);
const route = composed('route-*', Route);
const egressOnlyGateway = composed('egress-only-internet-gateway', EgressOnlyInternetGateway);
const eip = composed('eip-*', EIP);
const natGateway = composed('nat-gateway-*', NATGateway);

/** Every resource that routes may need. */
export const routeResources = [routeTable, routeTableAssociation, route, egressOnlyGateway, eip, natGateway] as const;

const everywhere = { destinationCidrBlock: '0.0.0.0/0' };
const everywhere6 = { destinationIpv6CidrBlock: '::/0' };

/** A route table that exists, or will. */
export interface Routes {
  readonly name: string;
  readonly id: Known<string>;
}

/** Composes the way out of every subnet: public through the internet gateway, private through NAT, isolated none. */
export function composeRoutes(foundation: Foundation): {
  readonly tables: readonly Routes[];
  readonly natPublicIps: Known<readonly string[]>;
} {
  const { subnets, context, internetGateway } = foundation;
  const tables = [...new Set(subnets.map(tableOf))].map((name) => composeTable(foundation, name));
  for (const one of subnets) composeAssociation(foundation, one);
  const internet = { gatewayId: context.observed.text(internetGateway, 'id') };
  composeRoute(foundation, 'public', everywhere, internet);
  const gateways = composeNat(foundation);
  for (const { tier, zone } of subnets) {
    const gateway = gateways.get(zone) ?? [...gateways.values()][0];
    if (tier !== 'private' || gateway === undefined) continue;
    composeRoute(foundation, `private-${zone}`, everywhere, { natGatewayId: context.observed.text(gateway, 'id') });
  }
  if (context.spec.ipv6) {
    composeRoute(foundation, 'public', everywhere6, internet);
    composeEgressOnly(foundation);
  }
  return { tables, natPublicIps: allOf([...gateways.values()].map((one) => context.observed.text(one, 'publicIp'))) };
}

/** Private subnets have a table for each zone, since each may have a NAT gateway of its own. */
const tableOf = ({ tier, zone }: PlacedSubnet): string => (tier === 'private' ? `private-${zone}` : tier);

function composeTable({ context, region, orphan, vpcId, named }: Foundation, name: string): Routes {
  const table = oneOf(routeTable, name);
  context.desired.managed(
    table,
    given([vpcId], (id) => ({ region, vpcId: id, tags: named(name) })),
    { orphan },
  );
  return { name, id: context.observed.text(table, 'id') };
}

function composeAssociation({ context, region, orphan }: Foundation, one: PlacedSubnet): void {
  const table = context.observed.text(oneOf(routeTable, tableOf(one)), 'id');
  context.desired.managed(
    oneOf(routeTableAssociation, `${one.tier}-${one.zone}`),
    given([one.id, table], (subnetId, routeTableId) => ({ region, subnetId, routeTableId })),
    { orphan },
  );
}

/** What a route leads to, by the parameter that takes it. */
type Target = Readonly<Partial<Record<'gatewayId' | 'natGatewayId' | 'egressOnlyGatewayId', Known<string>>>>;

function composeRoute(
  { context, region, orphan }: Foundation,
  table: string,
  destination: typeof everywhere | typeof everywhere6,
  target: Target,
): void {
  const [key, id] = Object.entries(target)[0] as [string, Known<string>];
  context.desired.managed(
    oneOf(route, destination === everywhere ? table : `${table}-ipv6`),
    given([context.observed.text(oneOf(routeTable, table), 'id'), id], (routeTableId, targetId) => ({
      region,
      routeTableId,
      ...destination,
      [key]: targetId,
    })),
    { orphan },
  );
}

/** Over IPv6 every address is public, so private subnets go out through a gateway that lets nothing in. */
function composeEgressOnly(foundation: Foundation): void {
  const { context, region, orphan, vpcId, named, subnets } = foundation;
  context.desired.managed(
    egressOnlyGateway,
    given([vpcId], (id) => ({ region, vpcId: id, tags: named('egress-only') })),
    { orphan },
  );
  const target = { egressOnlyGatewayId: context.observed.text(egressOnlyGateway, 'id') };
  for (const { tier, zone } of subnets) {
    if (tier === 'private') composeRoute(foundation, `private-${zone}`, everywhere6, target);
  }
}

/** NAT gateways by zone; none until their subnet is reachable, without which AWS gives them no way out. */
function composeNat({ context, region, orphan, subnets, internetGateway, named }: Foundation) {
  const { spec, observed } = context;
  const publicSubnets = subnets.filter(({ tier }) => tier === 'public');
  // A single one stays where it is, whatever zones come before it now: its address is known to others.
  const present = publicSubnets.find(({ zone }) => observed.get(oneOf(natGateway, zone)) !== undefined);
  const homes = {
    none: [],
    single: [present ?? publicSubnets[0]].filter((one) => one !== undefined),
    perZone: publicSubnets,
  };
  const gateways = homes[spec.nat].map(({ zone, id }) => {
    const address = oneOf(eip, zone);
    const gateway = oneOf(natGateway, zone);
    const tags = named(`nat-${zone}`);
    context.desired.managed(address, known({ region, domain: 'vpc', tags }), { orphan, after: [internetGateway] });
    context.desired.managed(
      gateway,
      given([id, context.observed.text(address, 'id')], (subnetId, allocationId) => ({
        region,
        subnetId,
        allocationId,
        tags,
      })),
      { orphan, after: [internetGateway, oneOf(route, 'public')] },
    );
    return [zone, gateway] as const;
  });
  return new Map(gateways);
}
