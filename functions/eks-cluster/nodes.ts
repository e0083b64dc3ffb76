import { LaunchTemplate, NodeGroup } from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
import { dnsSuffixOf, serviceTrust } from '../core/iam.ts';
import { awaiting, given, isKnown, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { type Composed, composed, oneOf } from '../core/resource.ts';
import type { JsonValue } from '../core/schema.ts';
import type { Base, ClusterFacts, Context } from './base.ts';
import { composeRole, type RoleFacts } from './roles.ts';
import { minorsBetween } from './versions.ts';

const launchTemplate = composed('launch-template-*', LaunchTemplate);
export const nodeGroup = composed('node-group-*', NodeGroup);

/** Every resource that nodes may need. */
export const nodeResources = [launchTemplate, nodeGroup] as const;

type Group = NonNullable<Context['spec']['nodeGroups']>[number];

/** Policies of nodes; the network plug-in has a role of its own (EKS user guide, "Amazon EKS node IAM role"). */
const nodePolicies = [
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
];
const autoNodePolicies = ['AmazonEKSWorkerNodeMinimalPolicy', 'AmazonEC2ContainerRegistryPullOnly'];

/** Composes the role of nodes, where there are any; Auto Mode has nodes of its own. */
export function composeNodeRole(base: Base): RoleFacts | undefined {
  const { nodeGroups = [], autoMode } = base.context.spec;
  if (nodeGroups.length === 0 && !autoMode) return undefined;
  return composeRole(base, {
    purpose: 'nodes',
    trust: nodeTrust(base),
    policies: nodeGroups.length > 0 ? nodePolicies : autoNodePolicies,
  });
}

/** Trust of EC2 instances; China has a service principal of its own. */
export function nodeTrust({ partition, region }: Base): Known<string> {
  const service = partition === 'aws-cn' ? `ec2.${dnsSuffixOf(region)}` : 'ec2.amazonaws.com';
  return known(serviceTrust(service));
}

interface NodeInputs {
  readonly role: RoleFacts;
  readonly cluster: ClusterFacts;
  /** Whether control plane and add-ons are as new as they are asked to be, so that nodes may follow. */
  readonly mayUpgrade: Known<boolean>;
  readonly after: readonly Composed[];
}

/** Composes every node group with its launch template. */
export function composeNodeGroups(base: Base, inputs: NodeInputs): void {
  for (const group of base.context.spec.nodeGroups ?? []) composeNodeGroup(base, group, inputs);
}

function composeNodeGroup(base: Base, group: Group, { role, cluster, mayUpgrade, after }: NodeInputs): void {
  const { context, region, orphan } = base;
  const { desired, observed } = context;
  const template = composeLaunchTemplate(base, group);
  const own = oneOf(nodeGroup, group.name);
  const scaling = scalingOf(context, own, group);
  // AWS keeps the subnets of a node group for ever, also when the network gets another zone.
  const existing = observed.parameterList(own, 'subnetIds');
  desired.managed(
    own,
    given(
      [
        cluster.name,
        role.arn,
        existing ? known(existing) : base.subnetIds,
        template,
        versionOf(context, own, group, cluster.version, mayUpgrade),
      ],
      (clusterName, nodeRoleArn, subnetIds, launch, nodeVersion) => ({
        region,
        clusterName,
        nodeRoleArn,
        subnetIds: [...subnetIds],
        version: nodeVersion,
        amiType: group.amiType,
        capacityType: group.capacityType,
        instanceTypes: group.instanceTypes,
        launchTemplate: launch,
        scalingConfig: scaling.config,
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: true },
        ...(group.labels && { labels: group.labels }),
        ...(group.taints && { taint: group.taints }),
      }),
    ),
    {
      orphan,
      externalName: group.name,
      after: [...role.all, ...after],
      ...(scaling.settled && { initial: ['scalingConfig'] }),
    },
  );
}

/** Kubelets may be three minor versions older than the API server (Kubernetes version skew policy). */
const mostSkew = 3;

/** The Kubernetes version that a node group is to run in the end. */
export function wantedVersion({ spec, observed }: Context, { name, version, versionPolicy }: Group): string {
  if (versionPolicy === 'follow') return spec.version;
  const pinned = version ?? observed.parameter(oneOf(nodeGroup, name), 'version') ?? spec.version;
  const skew = minorsBetween(pinned, spec.version);
  if (skew >= 0 && skew <= mostSkew) return pinned;
  const seen = skew < 0 ? `newer than ${spec.version}` : `more than ${mostSkew} minor versions behind ${spec.version}`;
  throw new Refusal('NODE_VERSION', `spec.nodeGroups ${name}`, `is pinned at ${pinned}, ${seen}`);
}

function versionOf(
  context: Context,
  own: Composed<typeof NodeGroup>,
  group: Group,
  running: Known<string>,
  mayUpgrade: Known<boolean>,
): Known<string> {
  const wanted = wantedVersion(context, group);
  const existing = context.observed.parameter(own, 'version');
  if (group.versionPolicy === 'pin' && (group.version ?? existing) !== undefined) return known(wanted);
  return given([running, mayUpgrade], (version, may) => (may ? wanted : (existing ?? version)));
}

/** What exists of the node groups, for the status. */
export function nodeGroupsOf({ spec, observed }: Context): Known<JsonValue> | undefined {
  if (spec.nodeGroups === undefined || spec.nodeGroups.length === 0) return undefined;
  const groups = spec.nodeGroups.flatMap(({ name }) => {
    const own = oneOf(nodeGroup, name);
    const size = (field: string) => observed.number(own, 'scalingConfig', field);
    const facts = given(
      [
        observed.text(own, 'version'),
        observed.text(own, 'status'),
        size('minSize'),
        size('maxSize'),
        size('desiredSize'),
      ],
      (version, status, minSize, maxSize, desiredSize) => ({ name, version, status, minSize, maxSize, desiredSize }),
    );
    return isKnown(facts) ? [facts.value] : [];
  });
  if (groups.length === 0) return awaiting(nodeGroup.name);
  return known(groups.sort((one, other) => (one.name < other.name ? -1 : 1)));
}

/**
 * The size is given at creation and then left to the autoscaler. The provider ignores what counts at creation only by
 * whole parameters (crossplane/upjet#633: not the members of this one), so while the bounds change, and no longer,
 * the whole is enforced, with the number of nodes that there are.
 */
function scalingOf({ observed }: Context, own: Composed<typeof NodeGroup>, { minSize, maxSize, initialSize }: Group) {
  const config = { minSize, maxSize, desiredSize: initialSize ?? minSize };
  const read = (field: string) => observed.number(own, 'scalingConfig', field);
  const [min, max, size] = [read('minSize'), read('maxSize'), read('desiredSize')];
  if (!isKnown(min) || !isKnown(max) || !isKnown(size)) return { config, settled: true };
  if (min.value === minSize && max.value === maxSize) return { config, settled: true };
  const desiredSize = Math.min(Math.max(size.value, minSize), maxSize);
  return { config: { ...config, desiredSize }, settled: false };
}

/** The version is named, so that nodes are replaced when the template changes. */
function composeLaunchTemplate(
  base: Base,
  { name, amiType, diskSizeGB }: Group,
): Known<{ id: string; version: string }> {
  const { context, region, orphan } = base;
  const { desired, observed, identity } = context;
  const template = oneOf(launchTemplate, name);
  // Bottlerocket keeps containers on its second disk (Bottlerocket documentation, "Data volume").
  const deviceName = amiType.startsWith('BOTTLEROCKET') ? '/dev/xvdb' : '/dev/xvda';
  desired.managed(
    template,
    known({
      region,
      name: nameFor(identity, `nodes-${name}`, 125),
      blockDeviceMappings: [
        {
          deviceName,
          ebs: { encrypted: 'true', volumeType: 'gp3', volumeSize: diskSizeGB, deleteOnTermination: 'true' },
        },
      ],
      // One hop: pods cannot reach the metadata of the node, and so not its role.
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    }),
    { orphan },
  );
  return given([observed.text(template, 'id'), observed.number(template, 'latestVersion')], (id, version) => ({
    id,
    version: String(version),
  }));
}
