import type { Composition } from '../core/blueprint.ts';
import { type Network, overlap, parseNetwork } from '../core/cidr.ts';
import { Refusal } from '../core/errors.ts';
import { checkRegion, partitionOf } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { type NetworkFacts, networkOf } from '../core/parts/network-reference.ts';
import { inScope, usageResources } from '../core/parts/usages.ts';
import { oneOf } from '../core/resource.ts';
import { accessResources, composeAccess } from './access.ts';
import { addonResource, addonResources, addonsOf, composeAddon, isCurrent } from './addons.ts';
import type { Base, ClusterFacts, Context } from './base.ts';
import { bridgeResources, composeBridge } from './bridge.ts';
import { cluster, clusterResources, composeControlPlane } from './cluster.ts';
import { interruptionResources } from './interruptions.ts';
import { composeKarpenter, karpenterResources } from './karpenter.ts';
import { composeNodeGroups, composeNodeRole, nodeGroup, nodeGroupsOf, nodeResources } from './nodes.ts';
import { roleResources } from './roles.ts';
import { upgradeProgress } from './upgrade.ts';
import { composeUsages } from './usages.ts';

/** Every resource that a cluster may need. */
export const resources = [
  ...clusterResources,
  ...roleResources,
  ...nodeResources,
  ...addonResources,
  ...accessResources,
  ...usageResources,
  ...bridgeResources,
  ...karpenterResources,
  ...interruptionResources,
] as const;

export function compose(context: Context): Composition {
  const { spec, observed, identity } = context;
  const region = checkRegion(spec.resourceConfig.region, 'spec.resourceConfig.region');
  const network = spec.networkRef === undefined ? undefined : networkOf(context, spec.networkRef.name);
  const base: Base = {
    context,
    region,
    partition: partitionOf(region),
    orphan: spec.resourceConfig.deletionPolicy === 'Orphan',
    name: observed.externalName(cluster) ?? checkName(spec.resourceConfig.name || nameFor(identity, 'eks', 63)),
    subnetIds: subnetsOf(spec, network),
  };
  const nodeRole = composeNodeRole(base);
  const facts = composeControlPlane(base, nodeRole?.arn ?? known(''));
  composeAccess(base, facts);
  composeWorkers(base, facts, nodeRole);
  const karpenter = composeKarpenter(base, facts);
  composeBridge(base, facts, karpenter);
  const attachments = [...facts.role.attachments, ...(nodeRole?.attachments ?? [])];
  const usedNetwork = network && given([network], ({ object }) => inScope(context, object));
  composeUsages(context, attachments, usedNetwork);
  return {
    status: {
      ...statusOf(base, facts, nodeRole?.arn),
      nodeGroups: nodeGroupsOf(context),
      kubernetesProviderConfigName: facts.providerConfigName,
      karpenterRoleArn: karpenter?.roleArn,
      karpenterNodeRoleName: karpenter?.nodeRoleName,
      karpenterQueueName: karpenter?.queueName,
    },
    conditions: [upgradeProgress(context, facts.version)],
  };
}

/** Add-ons and nodes, in the order in which they become ready, and in which they are upgraded after the control plane. */
function composeWorkers(base: Base, facts: ClusterFacts, role: ReturnType<typeof composeNodeRole>): void {
  const { context } = base;
  const { spec } = context;
  const mayUpgrade = given([facts.version], (running) => running === spec.version);
  const { first, second } = addonsOf(spec);
  for (const wish of first) composeAddon(base, wish, { cluster: facts, mayUpgrade, after: [cluster] });
  const groups = (spec.nodeGroups ?? []).map(({ name }) => oneOf(nodeGroup, name));
  const some = groups.slice(0, 1);
  for (const wish of second) composeAddon(base, wish, { cluster: facts, mayUpgrade, after: [cluster, ...some] });
  if (role === undefined) return;
  const current = [...first, ...second].every((wish) => isCurrent(context, wish));
  composeNodeGroups(base, {
    role,
    cluster: facts,
    mayUpgrade: given([mayUpgrade], (may) => may && current),
    after: first.map(addonResource),
  });
}

function subnetsOf(spec: Context['spec'], network: Known<NetworkFacts> | undefined): Known<readonly string[]> {
  if (network === undefined) return known(spec.subnetIds ?? []);
  return given([network], ({ subnets, cidr }) => {
    checkServiceCidr(spec.serviceCidr, cidr);
    const tier = subnets.some((one) => one.tier === 'private') ? 'private' : 'public';
    const own = subnets.filter((one) => one.tier === tier);
    if (new Set(own.map(({ zone }) => zone)).size < 2) {
      const saw = `has ${tier} subnets in fewer than two zones`;
      throw new Refusal('CLUSTER_SUBNETS', 'spec.networkRef', saw);
    }
    return own.map(({ id }) => id);
  });
}

/** EKS takes private networks only, and routing needs them apart (EKS API reference, KubernetesNetworkConfigRequest). */
const serviceNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

function checkServiceCidr(text: string | undefined, vpc: string): void {
  if (text === undefined) return;
  const [services, nodes] = [parseNetwork(text), parseNetwork(vpc)];
  const isPrivate = services && serviceNetworks.some((one) => within(services, parseNetwork(one)));
  if (isPrivate && !(nodes && overlap(services, nodes))) return;
  throw new Refusal('SERVICE_CIDR', 'spec.serviceCidr', `is ${text}, and the VPC has ${vpc}`);
}

const within = (inner: Network, outer: Network | undefined): boolean =>
  outer !== undefined && overlap(inner, outer) && inner.prefix >= outer.prefix;

function checkName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/.test(name)) return name;
  throw new Refusal('CLUSTER_NAME', 'spec.resourceConfig.name', `is ${JSON.stringify(name)}`);
}

function statusOf(
  { context: { observed }, region, partition }: Base,
  facts: ClusterFacts,
  nodeRoleArn: Known<string> | undefined,
): Composition['status'] {
  const once = (value: string): Known<string> => given([facts.name], (_name) => value);
  return {
    clusterName: facts.name,
    clusterArn: observed.text(cluster, 'arn'),
    endpoint: observed.text(cluster, 'endpoint'),
    certificateAuthority: observed.text(cluster, 'certificateAuthority', '0', 'data'),
    oidcIssuer: given([facts.issuer], (host) => `https://${host}`),
    oidcProvider: facts.issuer,
    clusterSecurityGroupId: observed.text(cluster, 'vpcConfig', 'clusterSecurityGroupId'),
    vpcId: observed.text(cluster, 'vpcConfig', 'vpcId'),
    accountId: facts.account,
    region: once(region),
    partition: once(partition),
    version: facts.version,
    nodeRoleArn,
  };
}
