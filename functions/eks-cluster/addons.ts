import { Addon } from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
import { irsaTrust } from '../core/iam.ts';
import { given, isKnown, type Known, known } from '../core/known.ts';
import { type Composed, composed, oneOf } from '../core/resource.ts';
import { addonVersionFor } from './addon-versions.ts';
import type { Base, ClusterFacts, Context } from './base.ts';
import { oidcProvider } from './cluster.ts';
import { composeRole, type RoleFacts } from './roles.ts';

export const addon = composed('addon-*', Addon);

/** Every resource that add-ons may need. */
export const addonResources = [addon] as const;

type AddonWish = Context['spec']['addons'][number];

interface AddonIdentity {
  readonly serviceAccount: string;
  readonly namespace: string;
  readonly policy: string;
  /** Service accounts that have the same role. */
  readonly others?: readonly string[];
}

/** Service account and policy of the add-ons that call AWS. Source: EKS user guide, "IAM roles for add-ons". */
export const identities: Readonly<Partial<Record<AddonWish['name'], AddonIdentity>>> = {
  'amazon-cloudwatch-observability': {
    namespace: 'amazon-cloudwatch',
    serviceAccount: 'cloudwatch-agent',
    policy: 'CloudWatchAgentServerPolicy',
  },
  'aws-ebs-csi-driver': {
    namespace: 'kube-system',
    serviceAccount: 'ebs-csi-controller-sa',
    policy: 'service-role/AmazonEBSCSIDriverPolicy',
  },
  'aws-efs-csi-driver': {
    namespace: 'kube-system',
    serviceAccount: 'efs-csi-controller-sa',
    policy: 'service-role/AmazonEFSCSIDriverPolicy',
    // EKS annotates both (EKS user guide, "Use elastic file system storage with Amazon EFS").
    others: ['efs-csi-node-sa'],
  },
  'vpc-cni': { namespace: 'kube-system', serviceAccount: 'aws-node', policy: 'AmazonEKS_CNI_Policy' },
};

/** Parts of Auto Mode (EKS user guide, "EKS Auto Mode"), which then run outside of the cluster. */
const inAutoMode: readonly string[] = [
  'aws-ebs-csi-driver',
  'coredns',
  'eks-node-monitoring-agent',
  'eks-pod-identity-agent',
  'kube-proxy',
  'vpc-cni',
];

/** Nodes are Ready only with a network; the others need nodes to become active. */
const beforeNodes: readonly string[] = ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent'];

/** The add-ons by whether they come before or after the nodes. */
export function addonsOf({ addons, autoMode }: Context['spec']): { first: AddonWish[]; second: AddonWish[] } {
  const wanted = addons.filter(({ name }) => !autoMode || !inAutoMode.includes(name));
  return {
    first: wanted.filter(({ name }) => beforeNodes.includes(name)),
    second: wanted.filter(({ name }) => !beforeNodes.includes(name)),
  };
}

export const addonResource = ({ name }: AddonWish): Composed<typeof Addon> => oneOf(addon, name);

/** The exact version that a claim gives, or the one of the table. */
export function versionOf({ name, version }: AddonWish, kubernetes: string): string {
  const wanted = version ?? addonVersionFor(name, kubernetes);
  if (wanted !== undefined) return wanted;
  throw new Refusal('ADDON_VERSION', `spec.addons ${name}`, `has no version, and none is known for ${kubernetes}`);
}

/** Whether an add-on runs in the version that is asked for. */
export function isCurrent({ observed, spec }: Context, wish: AddonWish): boolean {
  if (!observed.ready(addonResource(wish))) return false;
  const running = observed.text(addonResource(wish), 'addonVersion');
  return isKnown(running) && running.value === versionOf(wish, spec.version);
}

interface AddonInputs {
  readonly cluster: ClusterFacts;
  /** Whether the control plane is as new as it is asked to be, so that add-ons may follow. */
  readonly mayUpgrade: Known<boolean>;
  readonly after: readonly Composed[];
}

/** Composes an add-on, with a role where it calls AWS. */
export function composeAddon(base: Base, wish: AddonWish, { cluster, mayUpgrade, after }: AddonInputs): void {
  const { context, region, orphan } = base;
  const { desired, observed } = context;
  const own = addonResource(wish);
  const role = composeIdentity(base, wish, cluster);
  const wanted = versionOf(wish, context.spec.version);
  const version = given([mayUpgrade, cluster.version], (may, running) =>
    may ? wanted : (observed.parameter(own, 'addonVersion') ?? versionOf(wish, running)),
  );
  desired.managed(
    own,
    given(
      [cluster.name, version, role?.arn ?? known(undefined)],
      (clusterName, addonVersion, serviceAccountRoleArn) => ({
        region,
        clusterName,
        addonName: wish.name,
        addonVersion,
        ...(wish.configuration !== undefined && { configurationValues: wish.configuration }),
        ...(serviceAccountRoleArn !== undefined && { serviceAccountRoleArn }),
        // PRESERVE is for updates only (EKS API reference, CreateAddon).
        resolveConflictsOnCreate: wish.onConflict === 'NONE' ? 'NONE' : 'OVERWRITE',
        resolveConflictsOnUpdate: wish.onConflict,
      }),
    ),
    { orphan, after: [...after, ...(role ? [oidcProvider, ...role.all] : [])] },
  );
}

function composeIdentity(base: Base, { name }: AddonWish, cluster: ClusterFacts): RoleFacts | undefined {
  const identity = identities[name];
  if (identity === undefined) return undefined;
  return composeRole(base, {
    purpose: `addon-${name}`,
    trust: given([cluster.account, cluster.issuer], (account, issuer) =>
      irsaTrust({ partition: base.partition, account, issuer }, identity, identity.others),
    ),
    policies: [identity.policy],
  });
}
