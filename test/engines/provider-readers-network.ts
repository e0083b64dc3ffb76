import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeAddressesCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type RouteTable,
  type SecurityGroup,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { textOf } from '../../tools/engines/fields.ts';
import { externalName, parameters, type Readers, tagsOf } from './provider-clients.ts';

async function routeTable(ec2: EC2Client, id: unknown): Promise<RouteTable | undefined> {
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [textOf(id)] }));
  return RouteTables[0];
}

async function securityGroup(ec2: EC2Client, id: unknown): Promise<SecurityGroup | undefined> {
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [textOf(id)] }));
  return SecurityGroups[0];
}

async function endpoint(ec2: EC2Client, id: unknown): Promise<VpcEndpoint | undefined> {
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [textOf(id)] }));
  return VpcEndpoints[0];
}

/** How a network is read back. */
export const networks: Readers = {
  'cloudwatchlogs/Group': async ({ logs }, resource) => {
    const logGroupNamePrefix = externalName(resource);
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
    return logGroups.map(({ logGroupName, retentionInDays }) => ({ name: logGroupName, days: retentionInDays }))[0];
  },
  'ec2/VPC': async ({ ec2 }, resource) => {
    const VpcId = externalName(resource);
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
    const ask = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
    const [vpc] = Vpcs;
    return {
      cidr: vpc?.CidrBlock,
      ipv6Blocks: vpc?.Ipv6CidrBlockAssociationSet?.length ?? 0,
      dnsSupport: (await ask('enableDnsSupport')).EnableDnsSupport?.Value,
      dnsHostnames: (await ask('enableDnsHostnames')).EnableDnsHostnames?.Value,
      tags: tagsOf(vpc?.Tags),
    };
  },
  'ec2/Subnet': async ({ ec2 }, resource) => {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [externalName(resource)] }));
    const [subnet] = Subnets;
    return {
      vpc: subnet?.VpcId,
      zone: subnet?.AvailabilityZone,
      cidr: subnet?.CidrBlock,
      ipv6Cidr: subnet?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock,
      publicAddresses: subnet?.MapPublicIpOnLaunch,
      ipv6Addresses: subnet?.AssignIpv6AddressOnCreation,
      tags: tagsOf(subnet?.Tags),
    };
  },
  'ec2/RouteTable': async ({ ec2 }, resource) => {
    const table = await routeTable(ec2, externalName(resource));
    return table && { vpc: table.VpcId, tags: tagsOf(table.Tags) };
  },
  'ec2/RouteTableAssociation': async ({ ec2 }, resource) => {
    const table = await routeTable(ec2, parameters(resource).routeTableId);
    const { subnetId } = parameters(resource);
    return table?.Associations?.find(({ SubnetId }) => SubnetId === subnetId)?.SubnetId;
  },
  'ec2/Route': async ({ ec2 }, resource) => {
    const { routeTableId, destinationCidrBlock, destinationIpv6CidrBlock } = parameters(resource);
    const table = await routeTable(ec2, routeTableId);
    const to = destinationCidrBlock ?? destinationIpv6CidrBlock;
    const route = table?.Routes?.find((one) =>
      [one.DestinationCidrBlock, one.DestinationIpv6CidrBlock].includes(to as string),
    );
    return route && (route.NatGatewayId ?? route.EgressOnlyInternetGatewayId ?? route.GatewayId);
  },
  'ec2/InternetGateway': async ({ ec2 }, resource) => {
    const wanted = { InternetGatewayIds: [externalName(resource)] };
    const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand(wanted));
    return InternetGateways[0]?.Attachments?.map(({ VpcId }) => VpcId);
  },
  'ec2/EgressOnlyInternetGateway': async ({ ec2 }, resource) => {
    const wanted = { EgressOnlyInternetGatewayIds: [externalName(resource)] };
    const { EgressOnlyInternetGateways = [] } = await ec2.send(new DescribeEgressOnlyInternetGatewaysCommand(wanted));
    return EgressOnlyInternetGateways[0]?.Attachments?.map(({ VpcId }) => VpcId);
  },
  'ec2/EIP': async ({ ec2 }, resource) => {
    const { Addresses = [] } = await ec2.send(
      new DescribeAddressesCommand({ AllocationIds: [externalName(resource)] }),
    );
    return Addresses[0] && { domain: Addresses[0].Domain, address: Addresses[0].PublicIp };
  },
  'ec2/NATGateway': async ({ ec2 }, resource) => {
    const wanted = { NatGatewayIds: [externalName(resource)] };
    const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand(wanted));
    const [gateway] = NatGateways;
    return (
      gateway && {
        state: gateway.State,
        subnet: gateway.SubnetId,
        address: gateway.NatGatewayAddresses?.map(({ AllocationId }) => AllocationId),
      }
    );
  },
  'ec2/DefaultSecurityGroup': async ({ ec2 }, resource) => {
    const group = await securityGroup(ec2, externalName(resource));
    return (
      group && { name: group.GroupName, vpc: group.VpcId, in: group.IpPermissions, out: group.IpPermissionsEgress }
    );
  },
  'ec2/SecurityGroup': async ({ ec2 }, resource) => {
    const group = await securityGroup(ec2, externalName(resource));
    return group && { vpc: group.VpcId, description: group.Description };
  },
  'ec2/SecurityGroupRule': async ({ ec2 }, resource) => {
    const { type, securityGroupId, fromPort, protocol, ...sources } = parameters(resource);
    const group = await securityGroup(ec2, securityGroupId);
    const permissions = type === 'egress' ? group?.IpPermissionsEgress : group?.IpPermissions;
    const same = permissions?.filter((one) => one.IpProtocol === protocol && one.FromPort === fromPort) ?? [];
    const open = same.flatMap(({ IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [] }) => [
      ...IpRanges.map(({ CidrIp }) => CidrIp),
      ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
      ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
    ]);
    const wanted = [sources.cidrBlocks, sources.ipv6CidrBlocks, sources.sourceSecurityGroupId].flat();
    return same[0] && { ports: [fromPort, same[0].ToPort], peers: open.filter((one) => wanted.includes(one)) };
  },
  'ec2/FlowLog': async ({ ec2 }, resource) => {
    const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [externalName(resource)] }));
    const [log] = FlowLogs;
    return (
      log && {
        vpc: log.ResourceId,
        traffic: log.TrafficType,
        destination: log.LogDestination,
        role: log.DeliverLogsPermissionArn,
      }
    );
  },
  'ec2/VPCEndpoint': async ({ ec2 }, resource) => {
    const one = await endpoint(ec2, externalName(resource));
    return (
      one && {
        vpc: one.VpcId,
        type: one.VpcEndpointType,
        service: one.ServiceName,
        privateDns: one.PrivateDnsEnabled,
        groups: one.Groups?.map(({ GroupId }) => GroupId),
      }
    );
  },
  'ec2/VPCEndpointRouteTableAssociation': async ({ ec2 }, resource) => {
    const { vpcEndpointId, routeTableId } = parameters(resource);
    return (await endpoint(ec2, vpcEndpointId))?.RouteTableIds?.find((id) => id === routeTableId);
  },
  'ec2/VPCEndpointSecurityGroupAssociation': async ({ ec2 }, resource) => {
    const { vpcEndpointId, securityGroupId } = parameters(resource);
    return (await endpoint(ec2, vpcEndpointId))?.Groups?.map(({ GroupId }) => GroupId).find(
      (id) => id === securityGroupId,
    );
  },
  'ec2/VPCEndpointSubnetAssociation': async ({ ec2 }, resource) => {
    const { vpcEndpointId, subnetId } = parameters(resource);
    return (await endpoint(ec2, vpcEndpointId))?.SubnetIds?.find((id) => id === subnetId);
  },
};
