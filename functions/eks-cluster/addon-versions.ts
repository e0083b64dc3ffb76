/** EKS add-ons that a claim may name. */
export const addonNames = [
  'amazon-cloudwatch-observability',
  'aws-ebs-csi-driver',
  'aws-efs-csi-driver',
  'aws-mountpoint-s3-csi-driver',
  'cert-manager',
  'coredns',
  'eks-node-monitoring-agent',
  'eks-pod-identity-agent',
  'external-dns',
  'kube-proxy',
  'kube-state-metrics',
  'metrics-server',
  'snapshot-controller',
  'vpc-cni',
] as const;

export type AddonName = (typeof addonNames)[number];

/** Who says that add-on versions go with Kubernetes versions. */
interface Source {
  readonly source: string;
  /** Day of what it says; day on which it was read where it names none. */
  readonly date: string;
  readonly versions: Readonly<Record<string, Readonly<Partial<Record<AddonName, string>>>>>;
}

const agent = { 'eks-pod-identity-agent': 'v1.3.10-eksbuild.2' };
const older = {
  'metrics-server': 'v0.8.1-eksbuild.14',
  'amazon-cloudwatch-observability': 'v6.4.0-eksbuild.1',
} as const;
const observability = { 'amazon-cloudwatch-observability': 'v6.7.0-eksbuild.1' };

/**
 * One version of an add-on for each Kubernetes version: the provider has no "latest", and what a claim makes should not
 * depend on the day. A pair for which nothing was found is left out, and asks for an exact version.
 */
export const addonSources: readonly Source[] = [
  {
    source: 'public record of what describe-addon-versions calls the default for 1.36',
    date: '2026-09-22',
    versions: {
      '1.36': {
        'vpc-cni': 'v1.22.4-eksbuild.3',
        'kube-proxy': 'v1.36.0-eksbuild.25',
        coredns: 'v1.14.3-eksbuild.23',
        'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
        'metrics-server': 'v0.9.0-eksbuild.11',
        'external-dns': 'v0.21.0-eksbuild.10',
        'cert-manager': 'v1.21.2-eksbuild.1',
      },
    },
  },
  {
    source: 'public record of what describe-addon-versions calls the default for 1.34',
    date: '2026-09-20',
    versions: {
      '1.34': {
        'vpc-cni': 'v1.22.4-eksbuild.3',
        'kube-proxy': 'v1.34.6-eksbuild.29',
        coredns: 'v1.12.4-eksbuild.38',
        'aws-ebs-csi-driver': 'v1.66.0-eksbuild.1',
        'metrics-server': 'v0.9.0-eksbuild.11',
      },
    },
  },
  {
    source: 'public record of what describe-addon-versions calls the default',
    date: '2026-11-23',
    versions: {
      '1.31': { 'vpc-cni': 'v1.22.4-eksbuild.3' },
      '1.32': { 'vpc-cni': 'v1.22.4-eksbuild.3' },
      '1.35': { 'eks-pod-identity-agent': 'v1.3.10-eksbuild.3' },
    },
  },
  {
    source: 'public record of what ran on a cluster while it was upgraded from 1.31 to 1.36',
    date: '2026-09-24',
    versions: {
      '1.31': { 'kube-proxy': 'v1.31.14-eksbuild.36' },
      '1.32': { 'kube-proxy': 'v1.32.13-eksbuild.32', coredns: 'v1.11.4-eksbuild.60' },
      '1.34': observability,
      '1.35': {
        ...observability,
        'vpc-cni': 'v1.22.4-eksbuild.3',
        'kube-proxy': 'v1.35.3-eksbuild.29',
        coredns: 'v1.13.2-eksbuild.31',
        'aws-ebs-csi-driver': 'v1.66.0-eksbuild.1',
        'metrics-server': 'v0.9.0-eksbuild.11',
      },
      '1.36': { ...observability, 'aws-ebs-csi-driver': 'v1.66.0-eksbuild.1' },
    },
  },
  {
    source: 'public record of what ran on a cluster of 1.33',
    date: '2026-09-26',
    versions: {
      '1.33': {
        'vpc-cni': 'v1.22.4-eksbuild.3',
        'kube-proxy': 'v1.33.10-eksbuild.29',
        coredns: 'v1.12.4-eksbuild.38',
        'aws-ebs-csi-driver': 'v1.66.0-eksbuild.1',
      },
    },
  },
  {
    source: 'cdk-eks-blueprints, lib/addons/eks-pod-identity-agent/index.ts',
    date: '2026-11-23',
    versions: { '1.31': agent, '1.32': agent, '1.33': agent, '1.34': agent },
  },
  {
    source: 'public table of a CDK starter, kept from describe-addon-versions',
    date: '2026-11-23',
    versions: {
      '1.31': { ...older, coredns: 'v1.11.4-eksbuild.40', 'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1' },
      '1.32': { ...older, 'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1' },
      '1.33': older,
    },
  },
];

const byPair = new Map(
  addonSources.flatMap(({ versions }) =>
    Object.entries(versions).flatMap(([kubernetes, addons]) =>
      Object.entries(addons).map(([addon, version]) => [`${addon} ${kubernetes}`, version]),
    ),
  ),
);

/** The version of an add-on that goes with a Kubernetes version; undefined where none is known. */
export const addonVersionFor = (addon: AddonName, kubernetes: string): string | undefined =>
  byPair.get(`${addon} ${kubernetes}`);
