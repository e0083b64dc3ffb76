import { approval } from '../core/day2/schema.ts';
import { networkRef } from '../core/parts/network-reference.ts';
import { type CrdSchema, type ObjectSchema, resourceConfigFields } from '../core/schema.ts';
import { type AddonName, addonNames, addonVersionFor } from './addon-versions.ts';
import { argocd } from './bridge-schema.ts';
import { kubernetesVersions, supportCalendar } from './versions.ts';

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more }) as const;

const principalPattern = '^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]+$';

const accessEntries = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['principalArn'],
  maxItems: 100,
  description: 'Who may use the Kubernetes API. Without it, nobody but what EKS itself needs.',
  'x-change-impact': 'live',
  items: {
    type: 'object',
    required: ['principalArn'],
    properties: {
      principalArn: {
        type: 'string',
        maxLength: 2048,
        pattern: principalPattern,
        description: 'ARN of the IAM role or user.',
      },
      policies: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        maxItems: 10,
        description: 'EKS access policies of the principal. Without it, only its groups count.',
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: {
              type: 'string',
              enum: [
                'AmazonEKSAdminPolicy',
                'AmazonEKSAdminViewPolicy',
                'AmazonEKSClusterAdminPolicy',
                'AmazonEKSEditPolicy',
                'AmazonEKSViewPolicy',
              ],
              description: 'Name of the access policy.',
            },
            namespaces: {
              type: 'array',
              'x-kubernetes-list-type': 'set',
              minItems: 1,
              maxItems: 100,
              description: 'Namespaces in which it counts. Without it, the whole cluster.',
              items: { type: 'string', maxLength: 63 },
            },
          },
        },
      },
      kubernetesGroups: {
        type: 'array',
        'x-kubernetes-list-type': 'set',
        maxItems: 20,
        description: 'Groups of Kubernetes RBAC that the principal is in. Without it, none.',
        // EKS refuses groups that begin with system: in access entries, and so does this.
        items: { type: 'string', maxLength: 63, pattern: '^([a-rt-z0-9]|s[^y])[a-z0-9:._-]*$' },
      },
    },
  },
} as const satisfies CrdSchema;

const taints = {
  type: 'array',
  maxItems: 20,
  description: 'Taints of the nodes, which keep pods without a toleration away. Without it, none.',
  'x-change-impact': 'live',
  items: {
    type: 'object',
    required: ['key', 'effect'],
    properties: {
      key: text('Key of the taint.', { minLength: 1, maxLength: 63 }),
      value: text('Value of the taint. Without it, empty.', { maxLength: 63 }),
      effect: {
        type: 'string',
        enum: ['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE'],
        description: 'What happens to pods without a toleration.',
      },
    },
  },
} as const;

const count = (description: string, minimum: number) =>
  ({ type: 'integer', minimum, maximum: 450, description, 'x-change-impact': 'live' }) as const;

const nodeGroups = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  maxItems: 20,
  description: 'Managed node groups. Without it, none: pods then need Auto Mode or Karpenter.',
  items: {
    type: 'object',
    required: ['name', 'minSize', 'maxSize'],
    'x-kubernetes-validations': [
      { rule: 'self.minSize <= self.maxSize', message: 'minSize must not exceed maxSize' },
      {
        rule: '!has(self.initialSize) || (self.initialSize >= self.minSize && self.initialSize <= self.maxSize)',
        message: 'initialSize must be between minSize and maxSize',
      },
      { rule: "!has(self.version) || self.versionPolicy == 'pin'", message: 'version needs versionPolicy: pin' },
    ],
    properties: {
      name: {
        type: 'string',
        maxLength: 40,
        pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
        description: 'Name of the node group, unique in the cluster.',
        'x-change-impact': 'live',
      },
      minSize: count('Least number of nodes.', 0),
      maxSize: count('Greatest number of nodes.', 1),
      initialSize: {
        ...count('Number of nodes at creation; later the autoscaler decides. Without it, minSize.', 0),
        'x-change-impact': 'live',
      },
      instanceTypes: {
        type: 'array',
        minItems: 1,
        maxItems: 20,
        default: ['m7g.large'],
        description:
          'EC2 instance types, in order of preference, of the processor of amiType. Default m7g.large, which is arm.',
        items: { type: 'string', maxLength: 32 },
        'x-change-impact': 'never',
      },
      amiType: {
        type: 'string',
        enum: ['AL2023_ARM_64_STANDARD', 'AL2023_x86_64_STANDARD', 'BOTTLEROCKET_ARM_64', 'BOTTLEROCKET_x86_64'],
        default: 'AL2023_ARM_64_STANDARD',
        description: 'Operating system and processor. Default AL2023_ARM_64_STANDARD.',
        'x-change-impact': 'never',
      },
      capacityType: {
        type: 'string',
        enum: ['ON_DEMAND', 'SPOT'],
        default: 'ON_DEMAND',
        description: 'How nodes are bought; AWS may take SPOT nodes back at any time. Default ON_DEMAND.',
        'x-change-impact': 'never',
      },
      diskSizeGB: {
        type: 'integer',
        minimum: 20,
        maximum: 16384,
        default: 50,
        description: 'Size of the encrypted disk of each node, in GiB. Default 50. Nodes are replaced one by one.',
        'x-change-impact': 'restart',
      },
      labels: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Kubernetes labels of the nodes. Without it, none but those of EKS.',
        'x-change-impact': 'live',
      },
      taints,
      versionPolicy: {
        type: 'string',
        enum: ['follow', 'pin'],
        default: 'follow',
        description:
          'Whether the nodes follow the Kubernetes version of the cluster, after its add-ons and one by one, or are pinned. Default follow.',
        'x-change-impact': 'restart',
      },
      version: {
        type: 'string',
        maxLength: 5,
        pattern: '^1[.][0-9]{2}$',
        description:
          'Kubernetes version at which nodes are pinned, at most three older than the cluster. Without it, the one that they run.',
        'x-change-impact': 'restart',
      },
    },
  },
} as const satisfies CrdSchema;

const addons = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  maxItems: 30,
  default: [{ name: 'vpc-cni' }, { name: 'kube-proxy' }, { name: 'coredns' }, { name: 'eks-pod-identity-agent' }],
  description: 'EKS add-ons. Default vpc-cni, kube-proxy, coredns and eks-pod-identity-agent.',
  'x-change-impact': 'live',
  items: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', enum: addonNames, description: 'Name of the add-on.' },
      version: text(
        'Exact version, for instance v1.20.4-eksbuild.1. Without it, the one of the dated table of this release (addon-versions.ts) for the Kubernetes version, where it has one.',
        { maxLength: 63, pattern: '^v[0-9].*$' },
      ),
      onConflict: {
        type: 'string',
        enum: ['NONE', 'OVERWRITE', 'PRESERVE'],
        default: 'PRESERVE',
        description:
          'What an update does with settings that somebody changed in the cluster: PRESERVE keeps them, OVERWRITE replaces them, NONE lets the update fail. What is there before the first installation is replaced, and fails it with NONE. Default PRESERVE.',
      },
      configuration: text('Values of the add-on, as JSON. Without it, its own defaults.', { maxLength: 65536 }),
    },
  },
} as const satisfies CrdSchema;

/** An add-on whose version is not known for every Kubernetes version has to be given one, and the rule names it. */
function exactVersionRule(name: AddonName) {
  const known = kubernetesVersions
    .map(({ version }) => version)
    .filter((one) => addonVersionFor(name, one) !== undefined);
  if (known.length === kubernetesVersions.length) return [];
  const list = known.map((one) => `'${one}'`).join(', ');
  const [among, unless] =
    known.length === 0 ? ['', ''] : [` || self.version in [${list}]`, ` unless version is ${known.join(' or ')}`];
  return {
    rule: `self.addons.all(addon, addon.name != '${name}' || has(addon.version)${among})`,
    message: `the add-on ${name} needs an exact version${unless}`,
  };
}

const rules = [
  {
    rule: 'int(self.version.substring(2)) - int(oldSelf.version.substring(2)) in [0, 1]',
    message: 'spec.version goes one minor version at a time, and never back',
  },
  {
    rule: "!has(self.argocd) || self.karpenter || !self.argocd.addons.exists(name, name == 'karpenter')",
    message: 'spec.karpenter must be true when karpenter is among the addons of argocd',
  },
  {
    // It becomes the label cluster_name, of which the contract of GitOps Bridge says that it is the name.
    rule: "!has(self.argocd) || !has(self.resourceConfig.name) || self.resourceConfig.name.matches('^([A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)?$')",
    message: 'beside argocd, resourceConfig.name has at most 63 characters, the last one a letter or digit',
  },
  ...addonNames.flatMap(exactVersionRule),
  {
    rule: '!has(self.nodeGroups) || self.nodeGroups.all(group, !has(group.version) || int(self.version.substring(2)) - int(group.version.substring(2)) in [0, 1, 2, 3])',
    message: 'a node group is pinned at most three minor versions behind the cluster, and never ahead of it',
  },
  { rule: 'has(self.networkRef) != has(self.subnetIds)', message: 'give either networkRef or subnetIds' },
  {
    rule: '!has(self.nodeGroups) || size(self.nodeGroups) == 0 || self.autoMode || self.nodeGroups.exists(group, !has(group.taints) || size(group.taints) == 0)',
    message: 'one node group must be without taints, or the add-ons have nowhere to run',
  },
] as const;

export const spec = {
  type: 'object',
  required: ['resourceConfig', 'version'],
  'x-kubernetes-validations': rules,
  properties: {
    resourceConfig: {
      type: 'object',
      description: 'Where and how the AWS resources are made.',
      required: ['region'],
      properties: {
        region: { ...text('AWS region of the cluster, for instance eu-west-1.'), 'x-change-impact': 'never' },
        name: {
          ...text('Name of the cluster. Without it, a name made of namespace, name and a hash.', { maxLength: 100 }),
          'x-change-impact': 'never',
        },
        ...resourceConfigFields,
      },
    },
    version: {
      type: 'string',
      maxLength: 5,
      enum: kubernetesVersions.map(({ version }) => version),
      description: `Kubernetes version, one minor version up at a time: control plane, then add-ons, then nodes. Support: ${supportCalendar}.`,
      'x-change-impact': 'restart',
    },
    networkRef,
    subnetIds: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 2,
      maxItems: 16,
      description: 'Subnets in at least two zones of one VPC. Without it, those of networkRef.',
      items: { type: 'string', pattern: '^subnet-[0-9a-z]+$' },
      'x-change-impact': 'live',
    },
    publicAccessCidrs: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 40,
      description:
        'Networks that reach the Kubernetes API over the internet. Without it, it is reached from the VPC only.',
      items: { type: 'string', maxLength: 18, pattern: '^[0-9]{1,3}([.][0-9]{1,3}){3}/([1-9]|[12][0-9]|3[0-2])$' },
      'x-change-impact': 'live',
    },
    secretsKeyArn: {
      ...text('ARN of the KMS key that encrypts Kubernetes Secrets. Without it, a key is made.', {
        pattern: '^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$',
      }),
      'x-change-impact': 'never',
    },
    logTypes: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      default: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      maxItems: 5,
      description: 'Logs of the control plane that go to Amazon CloudWatch. Default all five.',
      items: { type: 'string', enum: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] },
      'x-change-impact': 'live',
    },
    serviceCidr: {
      ...text('Addresses of Kubernetes services. Without it, EKS takes 10.100.0.0/16 or 172.20.0.0/16.', {
        pattern: '^[0-9]{1,3}([.][0-9]{1,3}){3}/(1[2-9]|2[0-4])$',
      }),
      'x-change-impact': 'never',
    },
    deletionProtection: {
      type: 'boolean',
      default: true,
      description: 'Whether AWS refuses to delete the cluster. Default true: switch it off first, then delete.',
      'x-change-impact': 'live',
    },
    changes: {
      type: 'object',
      description: 'How changes reach the cluster. Without it, as deletionProtection says.',
      'x-change-impact': 'live',
      properties: { approval },
    },
    supportType: {
      type: 'string',
      enum: ['STANDARD', 'EXTENDED'],
      default: 'EXTENDED',
      description:
        'What happens at the end of standard support: with STANDARD, EKS upgrades the cluster by itself; with EXTENDED, it stays and costs more. Default EXTENDED.',
      'x-change-impact': 'live',
    },
    autoMode: {
      type: 'boolean',
      default: false,
      description:
        'Whether EKS Auto Mode runs nodes, storage and load balancing; the add-ons of its parts are then not installed. Default false.',
      'x-change-impact': 'live',
    },
    karpenter: {
      type: 'boolean',
      default: false,
      description:
        'Whether there is what Karpenter needs in AWS: its role, the role of its nodes and a queue of interruptions. Default false.',
      'x-change-impact': 'live',
    },
    nodeGroups,
    addons,
    accessEntries,
    argocd,
    kubeconfigSecretName: {
      ...text(
        'Name of the Secret with a kubeconfig that is renewed every ten minutes, in the namespace of the claim. Without it, none is written.',
        { maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
      ),
      'x-change-impact': 'restart',
    },
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    clusterName: { type: 'string', description: 'Name of the cluster in AWS.' },
    clusterArn: { type: 'string', description: 'ARN of the cluster.' },
    endpoint: { type: 'string', description: 'URL of the Kubernetes API.' },
    certificateAuthority: { type: 'string', description: 'Certificate of the Kubernetes API, PEM in base64.' },
    oidcIssuer: { type: 'string', description: 'OIDC issuer, with https://.' },
    oidcProvider: { type: 'string', description: 'OIDC issuer, without https://.' },
    clusterSecurityGroupId: { type: 'string', description: 'Security group of control plane and nodes.' },
    vpcId: { type: 'string', description: 'Identifier of the VPC.' },
    accountId: { type: 'string', description: 'AWS account of the cluster.' },
    region: { type: 'string', description: 'AWS region of the cluster.' },
    partition: { type: 'string', description: 'AWS partition of the cluster.' },
    version: { type: 'string', description: 'Kubernetes version that the control plane runs.' },
    nodeRoleArn: { type: 'string', description: 'ARN of the role of the nodes.' },
    nodeGroups: {
      type: 'array',
      description: 'Every managed node group that exists, sorted by name.',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Name of the node group.' },
          version: { type: 'string', description: 'Kubernetes version that its nodes run.' },
          status: { type: 'string', description: 'State in EKS, for instance ACTIVE or UPDATING.' },
          minSize: { type: 'integer', description: 'Least number of nodes.' },
          maxSize: { type: 'integer', description: 'Greatest number of nodes.' },
          desiredSize: { type: 'integer', description: 'Number of nodes that the autoscaler asks for.' },
        },
      },
    },
    kubernetesProviderConfigName: {
      type: 'string',
      description:
        'ProviderConfig by which provider-kubernetes reaches the cluster, where the platform has that provider.',
    },
    karpenterRoleArn: { type: 'string', description: 'ARN of the role of Karpenter, for kube-system/karpenter.' },
    karpenterNodeRoleName: { type: 'string', description: 'Name of the role of the nodes that Karpenter makes.' },
    karpenterQueueName: { type: 'string', description: 'Name of the queue of interruptions.' },
  },
} as const satisfies ObjectSchema;
