import type { CrdSchema } from '../core/schema.ts';
import { bridgeAddonNames, neededAnnotations } from './bridge-addons.ts';

const text = <const More extends object>(description: string, more: More) =>
  ({ type: 'string', maxLength: 1024, description, ...more }) as const;

const repository = (what: string) =>
  ({
    type: 'object',
    description: `Git repository with the ${what}.`,
    required: ['url'],
    properties: {
      url: text('URL of the repository.', { minLength: 1 }),
      basepath: text('Folder below which path is. Default empty.', { default: '' }),
      path: text('Folder with the Applications. Default empty.', { default: '' }),
      revision: text('Branch, tag or commit. Default HEAD.', { default: 'HEAD' }),
    },
  }) as const;

/** How the cluster makes itself known to Argo CD, by the contract of GitOps Bridge. */
export const argocd = {
  type: 'object',
  description:
    "The Secret by which Argo CD knows the cluster, with the metadata of GitOps Bridge; it is written into the namespace of the claim, which is Argo CD's own or from which it is handed over. Without it, Argo CD does not know the cluster.",
  required: ['secretName', 'environment', 'addonsRepo', 'workloadRepo'],
  'x-change-impact': 'live',
  'x-kubernetes-validations': [
    {
      rule: "!self.addons.exists(name, name == 'velero') || has(self.veleroBucket)",
      message: 'veleroBucket is needed when velero is among the addons',
    },
    {
      rule: "!self.addons.exists(name, name in ['external_dns', 'cert_manager']) || has(self.hostedZoneIds)",
      message: 'hostedZoneIds is needed when external_dns or cert_manager is among the addons',
    },
    {
      rule: "!self.addons.exists(name, name == 'aws_privateca_issuer') || has(self.privateCaArns)",
      message: 'privateCaArns is needed when aws_privateca_issuer is among the addons',
    },
    {
      rule: "!self.addons.exists(name, name == 'aws_argocd') || has(self.clusterRoleArns)",
      message: 'clusterRoleArns is needed when aws_argocd is among the addons',
    },
    ...Object.entries(neededAnnotations).map(([addon, key]) => ({
      rule: `!self.addons.exists(name, name == '${addon}') || (has(self.annotations) && '${key}' in self.annotations)`,
      message: `annotations must have ${key} when ${addon} is among the addons`,
    })),
  ],
  properties: {
    secretName: text('Name of the Secret.', {
      maxLength: 253,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    }),
    environment: text('Stage by which add-on versions are picked, for instance dev, staging or prod.', {
      maxLength: 63,
      pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$',
    }),
    roleArn: text('ARN of the role that Argo CD assumes for this cluster. Without it, its own identity.', {
      pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$',
    }),
    addonsRepo: repository('add-ons'),
    workloadRepo: repository('workloads'),
    addons: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      maxItems: 60,
      default: [],
      description: 'Add-ons that Argo CD installs; each that calls AWS gets a role of its own. Default none.',
      items: { type: 'string', enum: bridgeAddonNames },
    },
    identity: {
      type: 'string',
      enum: ['irsa', 'podIdentity'],
      default: 'irsa',
      description: 'How add-ons get their roles. Default irsa.',
    },
    hostedZoneIds: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 50,
      description: 'Route 53 zones that external_dns and cert_manager may change. Without it, none.',
      items: { type: 'string', maxLength: 32, pattern: '^[A-Z0-9]+$' },
    },
    secretPrefixes: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 20,
      description:
        'How names of secrets and parameters begin that external_secrets may read. Without it, the name of the cluster and a slash.',
      items: { type: 'string', maxLength: 200, pattern: '^[A-Za-z0-9/_+=.@-]+$' },
    },
    veleroBucket: text('Name of the S3 bucket for the backups of velero. Without it, velero cannot be switched on.', {
      pattern: '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$',
    }),
    privateCaArns: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 20,
      description: 'Certificate authorities by which aws_privateca_issuer may issue certificates. Without it, none.',
      items: {
        type: 'string',
        maxLength: 256,
        pattern: '^arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:[0-9]{12}:certificate-authority/[A-Za-z0-9-]+$',
      },
    },
    clusterRoleArns: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 100,
      description:
        'Roles that the Argo CD which aws_argocd installs may assume: those that other clusters give as roleArn. Without it, none.',
      items: {
        type: 'string',
        maxLength: 256,
        pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$',
      },
    },
    labels: {
      type: 'object',
      additionalProperties: {
        type: 'string',
        maxLength: 63,
        pattern: '^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$',
      },
      description: 'Further labels of the Secret, by which ApplicationSets select. Without it, none.',
    },
    annotations: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Further annotations of the Secret, which charts read. Without it, none.',
    },
  },
} as const satisfies CrdSchema;
