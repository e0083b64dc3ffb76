import { parameter, when } from '../core/cel.ts';
import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { clusterScoped, namespaced, users } from '../core/samples.ts';
import { standardCases } from '../core/standard.ts';

const good = {
  region: 'eu-west-1',
  version: '1.34',
  encryptionConfig: { resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234' } },
  enabledClusterLogTypes: ['api', 'audit'],
  accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
  upgradePolicy: { supportType: 'STANDARD' },
};
const cluster = (given: object = {}) => namespaced('eks', 'Cluster', { forProvider: { ...good, ...given } });
const refusal = (seen: string, allowed: string, what = 'Cluster team-a/app-cluster') =>
  `EKS_POSTURE: ${what}: ${seen}; ${allowed}`;
const version = (seen: string) =>
  `EKS_VERSION: Cluster team-a/app-cluster: version is ${seen}; allowed are 1.34, 1.35, 1.36`;
const noAudit = refusal('enabledClusterLogTypes lacks audit', 'add it');
const bad: Case = { name: 'deny', object: cluster({ enabledClusterLogTypes: ['api'] }), message: noAudit };

export const eksPosture: Policy = {
  name: 'eks-posture',
  kind: 'AwsEksPosture',
  title: 'Clusters encrypt secrets, keep an audit log, give access through the EKS API and run an allowed version.',
  why: 'Who made a cluster is its administrator for ever unless that is switched off; what nobody logged cannot be looked into; a version in extended support costs six times the price.',
  controls: [
    'Security Hub EKS.2',
    'Security Hub EKS.3',
    'Security Hub EKS.8',
    'Checkov CKV_AWS_37',
    'Checkov CKV_AWS_58',
    'Checkov CKV_AWS_339',
  ],
  match: [managed('eks', 'Cluster')],
  parameters: {
    type: 'object',
    required: ['versions'],
    properties: {
      versions: {
        type: 'array',
        description: 'Kubernetes versions that are allowed, for instance 1.34.',
        minItems: 1,
        items: { type: 'string', pattern: '^1\\.[0-9]{2}$' },
      },
      creatorMayAdminister: {
        type: 'boolean',
        description:
          "Whether who makes a cluster may stay its administrator. For EKSCluster that is the provider's role, which writes the kubeconfig with it. Without it, false.",
      },
    },
  },
  recommended: { versions: ['1.34', '1.35', '1.36'], creatorMayAdminister: true },
  rule: {
    engine: 'cel',
    findings: (object) => {
      const mode = `${parameter(object, 'accessConfig.authenticationMode')}.orValue('CONFIG_MAP')`;
      const seenVersion = `${parameter(object, 'version')}.orValue('absent')`;
      return [
        when(
          `!(${seenVersion} in variables.params.versions)`,
          'EKS_VERSION',
          `'version is ' + ${seenVersion}`,
          "'allowed are ' + variables.params.versions.join(', ')",
        ),
        when(
          `!('secrets' in ${parameter(object, 'encryptionConfig.resources')}.orValue([]))`,
          'EKS_POSTURE',
          "'encryptionConfig does not cover secrets'",
          "'add a key for them'",
        ),
        when(
          `!('audit' in ${parameter(object, 'enabledClusterLogTypes')}.orValue([]))`,
          'EKS_POSTURE',
          "'enabledClusterLogTypes lacks audit'",
          "'add it'",
        ),
        when(
          `!(${mode} in ['API', 'API_AND_CONFIG_MAP'])`,
          'EKS_POSTURE',
          `'accessConfig.authenticationMode is ' + ${mode}`,
          "'use API'",
        ),
        // Absent is true (EKS API, CreateAccessConfigRequest).
        when(
          `!variables.params.?creatorMayAdminister.orValue(false) && ${parameter(object, 'accessConfig.bootstrapClusterCreatorAdminPermissions')}.orValue(true)`,
          'EKS_POSTURE',
          "'whoever creates it is its administrator'",
          "'set accessConfig.bootstrapClusterCreatorAdminPermissions to false'",
        ),
        when(
          `${parameter(object, 'upgradePolicy.supportType')}.orValue('EXTENDED') != 'STANDARD'`,
          'EKS_POSTURE',
          "'upgradePolicy.supportType is EXTENDED'",
          "'use STANDARD'",
        ),
      ];
    },
  },
  cases: [
    bad,
    ...standardCases(bad),
    { name: 'allow', object: cluster() },
    { name: 'allow-create', object: cluster(), operation: 'CREATE', user: users.crossplane },
    {
      name: 'allow-creator',
      object: cluster({ accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true } }),
    },
    {
      name: 'deny-legacy-bare',
      parameters: { creatorMayAdminister: false },
      object: clusterScoped('eks', 'Cluster', { forProvider: { region: 'eu-west-1', version: '1.34' } }),
      message: [
        refusal('encryptionConfig does not cover secrets', 'add a key for them', 'Cluster app-x7k2p-cluster'),
        refusal('enabledClusterLogTypes lacks audit', 'add it', 'Cluster app-x7k2p-cluster'),
        refusal('accessConfig.authenticationMode is CONFIG_MAP', 'use API', 'Cluster app-x7k2p-cluster'),
        refusal(
          'whoever creates it is its administrator',
          'set accessConfig.bootstrapClusterCreatorAdminPermissions to false',
          'Cluster app-x7k2p-cluster',
        ),
        refusal('upgradePolicy.supportType is EXTENDED', 'use STANDARD', 'Cluster app-x7k2p-cluster'),
      ].join('; '),
    },
    { name: 'deny-version', object: cluster({ version: '1.29' }), message: version('1.29') },
    { name: 'deny-version-absent', object: cluster({ version: undefined }), message: version('absent') },
    {
      name: 'deny-update',
      object: cluster({ enabledClusterLogTypes: [] }),
      old: cluster(),
      user: users.crossplane,
      message: noAudit,
    },
  ],
  badParameters: { 'bad-version': { versions: ['v1.34.2'] } },
};
