import { SecurityGroup, SecurityGroupRule, SubnetGroup } from '../aws/index.ts';
import { parseNetwork } from '../core/cidr.ts';
import { Refusal } from '../core/errors.ts';
import { awaitingLookup, given, isKnown, type Known, known } from '../core/known.ts';
import { shortHash, slug } from '../core/names.ts';
import { networkOf, type NetworkFacts as ReferencedNetwork } from '../core/parts/network-reference.ts';
import { type Composed, composed, oneOf } from '../core/resource.ts';
import type { Database, DatabaseContext } from './context.ts';

export const subnetGroup = composed('subnet-group', SubnetGroup);
export const securityGroup = composed('security-group', SecurityGroup);
/** Not an ingress rule of its own kind, which provider-aws v2.5.0 makes and then loses (its issue 2085). */
export const ingressRule = composed('ingress-*', SecurityGroupRule);

/** What the database is placed in. */
export interface NetworkFacts {
  readonly subnetGroupName: string;
  readonly securityGroupId: Known<string>;
  readonly vpcId: Known<string>;
  readonly subnetIds: Known<readonly string[]>;
}

interface Place {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}

/** Composes the subnet group, and a security group that lets in exactly what was asked for. */
export function composeNetwork(context: DatabaseContext, database: Database): NetworkFacts {
  const { desired, observed } = context;
  const { region, identifier, orphan } = database;
  const place = placeOf(context);
  const subnetGroupName = observed.externalName(subnetGroup) ?? identifier;
  const description = `Database ${identifier}`;
  desired.managed(
    subnetGroup,
    given([place], ({ subnetIds }) => ({ region, description, subnetIds: [...subnetIds] })),
    { orphan, externalName: subnetGroupName },
  );
  desired.managed(
    securityGroup,
    given([place], ({ vpcId }) => ({ region, name: identifier, description, vpcId })),
    { orphan },
  );
  const securityGroupId = observed.text(securityGroup, 'id');
  composeIngress(context, database, ingressRule, securityGroupId);
  return {
    subnetGroupName,
    securityGroupId,
    vpcId: given([place], ({ vpcId }) => vpcId),
    subnetIds: given([place], ({ subnetIds }) => subnetIds),
  };
}

/** A rule for each source, named after it, so that taking a source away takes its rule away and touches no other. */
export function composeIngress(
  { spec, desired }: DatabaseContext,
  { region, port, orphan }: Database,
  rules: Composed<typeof SecurityGroupRule>,
  securityGroupId: Known<string>,
): void {
  const { cidrs = [], securityGroupIds = [] } = spec.ingress ?? {};
  const sources = [
    ...cidrs.map((cidr, index) => ({ text: cidr, source: cidrSource(cidr, `spec.ingress.cidrs[${index}]`) })),
    ...securityGroupIds.map((id) => ({ text: id, source: { sourceSecurityGroupId: id } })),
  ];
  for (const { text, source } of new Map(sources.map((one) => [one.text, one])).values()) {
    desired.managed(
      oneOf(rules, `${slug(text)}-${shortHash(text)}`),
      given([securityGroupId], (id) => ({
        region,
        type: 'ingress',
        securityGroupId: id,
        protocol: 'tcp',
        fromPort: port,
        toPort: port,
        ...source,
      })),
      { orphan },
    );
  }
}

function cidrSource(cidr: string, path: string): { cidrBlocks: string[] } | { ipv6CidrBlocks: string[] } {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new Refusal('CIDR', path, `is "${cidr}"`);
  return network.bits === 32 ? { cidrBlocks: [cidr] } : { ipv6CidrBlocks: [cidr] };
}

function placeOf(context: DatabaseContext): Known<Place> {
  const { vpcId = '', subnetIds = [], networkRef } = context.spec;
  if (networkRef === undefined) return known({ vpcId, subnetIds });
  const network = networkOf(context, networkRef.name);
  if (!isKnown(network)) return network;
  return (
    placeWithin(network.value) ?? awaitingLookup(`two subnets in zones of their own of Network ${networkRef.name}`)
  );
}

/** Isolated subnets have no way to the internet, which a database needs least of all; private ones do for want of them. */
function placeWithin({ vpcId, subnets }: ReferencedNetwork): Known<Place> | undefined {
  const ids = (tier: string) => subnets.filter((one) => one.tier === tier).map(({ id }) => id);
  const isolated = ids('isolated');
  const subnetIds = isolated.length > 0 ? isolated : ids('private');
  return subnetIds.length < 2 ? undefined : known({ vpcId, subnetIds });
}
