import {
  SecurityGroup,
  SecurityGroupRule,
  VPCEndpoint,
  VPCEndpointRouteTableAssociation,
  VPCEndpointSecurityGroupAssociation,
  VPCEndpointSubnetAssociation,
} from '../aws/index.ts';
import { given, type Known } from '../core/known.ts';
import { composed, oneOf } from '../core/resource.ts';
import type { Foundation } from './foundation.ts';
import type { Routes } from './routes.ts';

const gatewayEndpoint = composed('gateway-endpoint-*', VPCEndpoint);
const gatewayEndpointRoutes = composed('gateway-endpoint-routes-*', VPCEndpointRouteTableAssociation);
const interfaceEndpoint = composed('interface-endpoint-*', VPCEndpoint);
const interfaceEndpointSubnet = composed('endpoint-subnet-*', VPCEndpointSubnetAssociation);
const interfaceEndpointGroup = composed('endpoint-group-*', VPCEndpointSecurityGroupAssociation);
const endpointSecurityGroup = composed('endpoint-security-group', SecurityGroup);
// Not an ingress rule of its own kind, which provider-aws v2.5.0 makes and then loses (its issue 2085).
const endpointSecurityGroupRule = composed('endpoint-security-group-rule', SecurityGroupRule);

/** Every resource that endpoints may need. */
export const endpointResources = [
  gatewayEndpoint,
  gatewayEndpointRoutes,
  interfaceEndpoint,
  interfaceEndpointSubnet,
  interfaceEndpointGroup,
  endpointSecurityGroup,
  endpointSecurityGroupRule,
] as const;

/** Composes private ways to AWS services, so that their traffic needs neither NAT nor the internet. */
export function composeEndpoints(foundation: Foundation, tables: readonly Routes[]): void {
  const { gatewayEndpoints, interfaceEndpoints = [] } = foundation.context.spec;
  for (const service of gatewayEndpoints) composeGatewayEndpoint(foundation, service, tables);
  if (interfaceEndpoints.length === 0) return;
  const groupId = composeSecurityGroup(foundation);
  for (const service of interfaceEndpoints) composeInterfaceEndpoint(foundation, service, groupId);
}

/** Some services have names that begin otherwise, above all in China: those are given in full. */
const serviceName = (service: string, region: string): string =>
  service.includes('amazonaws.') ? service : `com.amazonaws.${region}.${service}`;

function composeGatewayEndpoint(
  { context, region, orphan, vpcId, named }: Foundation,
  service: string,
  tables: readonly Routes[],
): void {
  const { desired, observed } = context;
  const endpoint = oneOf(gatewayEndpoint, service);
  desired.managed(
    endpoint,
    given([vpcId], (id) => ({
      region,
      vpcId: id,
      vpcEndpointType: 'Gateway',
      serviceName: serviceName(service, region),
      tags: named(service),
    })),
    { orphan },
  );
  const endpointId = observed.text(endpoint, 'id');
  for (const table of tables) {
    desired.managed(
      oneOf(gatewayEndpointRoutes, `${service}-${table.name}`),
      given([endpointId, table.id], (vpcEndpointId, routeTableId) => ({ region, vpcEndpointId, routeTableId })),
      { orphan },
    );
  }
}

/** Endpoints speak HTTPS only, and only with the VPC. */
function composeSecurityGroup({ context, region, orphan, vpcId, named }: Foundation): Known<string> {
  const { desired, observed, spec } = context;
  desired.managed(
    endpointSecurityGroup,
    given([vpcId], (id) => ({
      region,
      vpcId: id,
      name: 'interface-endpoints',
      description: 'Interface endpoints: HTTPS from the VPC',
      tags: named('endpoints'),
    })),
    { orphan },
  );
  const groupId = observed.text(endpointSecurityGroup, 'id');
  desired.managed(
    endpointSecurityGroupRule,
    given([groupId], (securityGroupId) => ({
      region,
      securityGroupId,
      type: 'ingress',
      cidrBlocks: [spec.cidr],
      protocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })),
    { orphan },
  );
  return groupId;
}

function composeInterfaceEndpoint(
  { context, region, orphan, vpcId, subnets, named }: Foundation,
  service: string,
  groupId: Known<string>,
): void {
  const { desired, observed } = context;
  const endpoint = oneOf(interfaceEndpoint, service);
  desired.managed(
    endpoint,
    given([vpcId], (id) => ({
      region,
      vpcId: id,
      vpcEndpointType: 'Interface',
      serviceName: serviceName(service, region),
      privateDnsEnabled: true,
      tags: named(service),
    })),
    { orphan },
  );
  const endpointId = observed.text(endpoint, 'id');
  desired.managed(
    oneOf(interfaceEndpointGroup, service),
    given([endpointId, groupId], (vpcEndpointId, securityGroupId) => ({
      region,
      vpcEndpointId,
      securityGroupId,
      replaceDefaultAssociation: true,
    })),
    { orphan },
  );
  for (const { zone, id } of subnets.filter(({ tier }) => tier === 'private')) {
    desired.managed(
      oneOf(interfaceEndpointSubnet, `${service}-${zone}`),
      given([endpointId, id], (vpcEndpointId, subnetId) => ({ region, vpcEndpointId, subnetId })),
      { orphan },
    );
  }
}
