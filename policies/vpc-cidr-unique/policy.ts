import { VPC } from '../../functions/aws/index.ts';
import { spec as network } from '../../functions/network/schema.ts';
import { inventoryOf, managed, networkRequests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { everyOne } from '../core/rego.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const defaultCidr = network.properties.cidr.default;
const vpc = (cidrBlock: string, metadata: Readonly<Record<string, unknown>> = {}) =>
  namespaced('ec2', 'VPC', { forProvider: { region: 'eu-west-1', cidrBlock } }, metadata);
const composedFor = (name: string) => ({ labels: { 'crossplane.io/composite': name } });
const held = vpc('10.1.0.0/16', { namespace: 'team-b', name: 'b-vpc', ...composedFor('b') });
const legacy = clusterScoped('ec2', 'VPC', { initProvider: { cidrBlock: '10.2.0.0/16' }, forProvider: {} });
const inAws = (id: string) => ({ annotations: { 'crossplane.io/external-name': id } });
const reading = namespaced(
  'ec2',
  'VPC',
  { forProvider: { region: 'eu-west-1' }, managementPolicies: ['Observe'] },
  { name: 'reading', labels: {}, ...inAws('vpc-0a1b') },
);
const inventory = [held, legacy, { ...reading, status: { atProvider: { cidrBlock: '172.16.0.0/12' } } }];
const refusal = (what: string, cidr: string, other: string) =>
  `VPC_CIDR: ${what}: ${cidr} overlaps ${other}; use addresses that no other network has`;
const bad: Case = {
  name: 'deny',
  object: vpc('10.1.128.0/17'),
  inventory,
  message: refusal('VPC team-a/app-vpc', '10.1.128.0/17', '10.1.0.0/16 of team-b/b-vpc'),
};
const asked = (more: object = {}) => ({ resourceConfig: { region: 'eu-west-1' }, ...more });
const networks = (description: string) =>
  ({
    type: 'array',
    description,
    items: { type: 'string', pattern: '^[0-9]{1,3}([.][0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])$' },
  }) as const;

export const vpcCidrUnique: Policy = {
  name: 'vpc-cidr-unique',
  kind: 'AwsVpcCidrUnique',
  title: 'No two VPCs of the cluster share an address, nor with networks elsewhere.',
  why: 'Networks that overlap can never be joined, by peering, transit gateway or VPN, and a VPC keeps its addresses for life. The inventory follows the cluster with a delay: two that are made within a moment both pass.',
  controls: [],
  match: [managed('ec2', 'VPC'), ...networkRequests],
  parameters: {
    type: 'object',
    properties: {
      pools: networks('Networks, IPv4 in CIDR notation, of which every VPC must be a part. Without it, any.'),
      reserved: networks(
        'Networks, IPv4 in CIDR notation, that are in use elsewhere, so that no VPC may overlap them. Without it, none.',
      ),
    },
  },
  recommended: { pools: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], reserved: [] },
  rule: {
    engine: 'rego',
    inventory: inventoryOf(VPC),
    rego: `
found(o) := taken(o) | reserved(o) | outside(o)

taken(o) := {text |
	cidr := asked(o)
	some vpc in vpcs
	not same(vpc, o)
	net.cidr_intersects(held(vpc), cidr)
	text := message("VPC_CIDR", sprintf("%s overlaps %s of %s", [cidr, held(vpc), where(vpc)]), "use addresses that no other network has")
}

reserved(o) := {text |
	cidr := asked(o)
	some network in object.get(input.parameters, "reserved", [])
	net.cidr_intersects(network, cidr)
	text := message("VPC_CIDR", sprintf("%s overlaps %s, which is reserved", [cidr, network]), "use addresses that no other network has")
}

outside(o) := {text |
	cidr := asked(o)
	pools := object.get(input.parameters, "pools", [])
	count(pools) > 0
	count([pool | some pool in pools; net.cidr_contains(pool, cidr)]) == 0
	text := message("VPC_CIDR", sprintf("%s is in no pool", [cidr]), sprintf("use a part of %s", [concat(", ", pools)]))
}

is_request(o) if contains(o.apiVersion, "awsblueprints.io/")

# One that only reads a VPC asks for no addresses.
asked(o) := parameters(o).cidrBlock if not is_request(o)

asked(o) := object.get(o.spec, "cidr", "${defaultCidr}") if {
	is_request(o)
	not o.spec.existing
}

held(vpc) := object.get(parameters(vpc), "cidrBlock", object.get(vpc, ["status", "atProvider", "cidrBlock"], ""))

${everyOne('vpcs', 'ec2', 'VPC')}

where(o) := concat("/", [part | some part in [namespace_of(o), o.metadata.name]; part != ""])

namespace_of(o) := object.get(o.metadata, "namespace", "")

label(o, name) := object.get(o.metadata, ["labels", sprintf("crossplane.io/%s", [name])], "")

same(vpc, o) if owner(vpc) == owner(o)

# Another one reads what this one made.
same(vpc, o) if in_aws(vpc) == in_aws(o)

in_aws(vpc) := vpc.metadata.annotations["crossplane.io/external-name"] if not is_request(vpc)

# What a VPC has in common with the composite and the claim that ask for it, by what Crossplane writes.
owner(o) := ["claim", o.spec.claimRef.namespace, o.spec.claimRef.name] if is_request(o)

else := ["claim", o.metadata.namespace, o.metadata.name] if startswith(o.apiVersion, "awsblueprints.io/")

else := ["composite", namespace_of(o), o.metadata.name] if is_request(o)

else := ["claim", label(o, "claim-namespace"), label(o, "claim-name")] if label(o, "claim-name") != ""

else := ["composite", namespace_of(o), label(o, "composite")] if label(o, "composite") != ""

else := ["vpc", namespace_of(o), o.metadata.name]
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: vpc('10.3.0.0/16'), inventory },
    { name: 'allow-itself', object: held, inventory },
    { name: 'allow-without-inventory', object: vpc('10.1.0.0/16') },
    { name: 'allow-one-that-reads', object: reading, inventory },
    { name: 'allow-one-that-another-reads', object: vpc('172.16.0.0/16', inAws('vpc-0a1b')), inventory },
    {
      name: 'deny-what-another-reads',
      object: vpc('172.20.0.0/16'),
      inventory,
      message: refusal('VPC team-a/app-vpc', '172.20.0.0/16', '172.16.0.0/12 of team-a/reading'),
    },
    {
      name: 'deny-claim',
      object: claim('Network', asked({ cidr: '10.2.3.0/24' }), { namespace: 'team-b' }),
      operation: 'CREATE',
      user: users.developer,
      inventory,
      message: refusal('Network team-b/app', '10.2.3.0/24', '10.2.0.0/16 of app-x7k2p-vpc'),
    },
    { name: 'allow-claim-of-its-own-vpc', object: claim('Network', asked({ cidr: '10.2.0.0/16' })), inventory },
    {
      name: 'allow-composite-of-that-claim',
      object: {
        ...claim('XNetwork', asked({ cidr: '10.2.0.0/16', claimRef: { namespace: 'team-a', name: 'app' } })),
        metadata: { name: 'app-x7k2p' },
      },
      inventory,
    },
    {
      name: 'deny-composite',
      object: composite('Network', asked({ cidr: '10.1.0.0/20' })),
      inventory,
      message: refusal('Network team-a/app', '10.1.0.0/20', '10.1.0.0/16 of team-b/b-vpc'),
    },
    {
      name: 'allow-composite-of-its-own-vpc',
      object: composite('Network', asked({ cidr: '10.1.0.0/16' }), { namespace: 'team-b', name: 'b' }),
      inventory,
    },
    {
      name: 'allow-request-that-reads',
      object: claim('Network', asked({ cidr: '10.1.0.0/16', existing: { vpcId: 'vpc-0a1b', subnetIds: {} } })),
      inventory,
    },
    {
      name: 'deny-default-outside-of-the-pools',
      object: claim('Network', asked()),
      parameters: { pools: ['192.168.0.0/16', '10.64.0.0/10'] },
      message: `VPC_CIDR: Network team-a/app: ${defaultCidr} is in no pool; use a part of 192.168.0.0/16, 10.64.0.0/10`,
    },
    {
      name: 'deny-reserved',
      object: vpc('10.200.7.0/24'),
      parameters: { reserved: ['10.200.0.0/16'] },
      message: refusal('VPC team-a/app-vpc', '10.200.7.0/24', '10.200.0.0/16, which is reserved'),
    },
    {
      name: 'deny-update-to-held-addresses',
      object: vpc('10.1.0.0/24'),
      old: vpc('10.3.0.0/24'),
      user: users.crossplane,
      inventory,
      message: refusal('VPC team-a/app-vpc', '10.1.0.0/24', '10.1.0.0/16 of team-b/b-vpc'),
    },
  ],
  badParameters: { 'bad-pool': { pools: ['office'] } },
};
