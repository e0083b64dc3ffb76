import { spec } from '../../functions/eks-cluster/schema.ts';
import { isRequest, parameter, setting, when } from '../core/cel.ts';
import { clusterRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { isProtected, productionTag, protectedTag } from '../core/protection.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const good = {
  region: 'eu-west-1',
  encryptionConfig: { resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234' } },
  enabledClusterLogTypes: ['api', 'audit'],
  accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
  upgradePolicy: { supportType: 'STANDARD' },
};
const cluster = (given: object = {}) => namespaced('eks', 'Cluster', { forProvider: { ...good, ...given } });
const refusal = (seen: string, allowed: string, what = 'Cluster team-a/app-cluster') =>
  `EKS_POSTURE: ${what}: ${seen}; ${allowed}`;
const asked = (more: object = {}) => ({ resourceConfig: { region: 'eu-west-1' }, supportType: 'STANDARD', ...more });
const noAudit = refusal('enabledClusterLogTypes lacks audit', 'add it');
const bad: Case = { name: 'deny', object: cluster({ enabledClusterLogTypes: ['api'] }), message: noAudit };

const firstVersion = (authenticationMode: string) => ({
  ...clusterScoped('eks', 'Cluster', {
    forProvider: {
      region: 'eu-west-1',
      encryptionConfig: [
        { provider: [{ keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1' }], resources: ['secrets'] },
      ],
      enabledClusterLogTypes: ['audit'],
      accessConfig: [{ authenticationMode }],
      upgradePolicy: [{ supportType: 'STANDARD' }],
    },
  }),
  apiVersion: 'eks.aws.upbound.io/v1beta1',
});

export const eksPosture: Policy = {
  name: 'eks-posture',
  kind: 'AwsEksPosture',
  title:
    'Clusters encrypt secrets, keep an audit log, give access through the EKS API and stay in standard support; those that must not be lost are protected from deletion.',
  why: 'Who made a cluster is its administrator for ever unless that is switched off; what nobody logged cannot be looked into; a cluster in extended support costs six times the price.',
  controls: ['Security Hub EKS.3', 'Security Hub EKS.8', 'Checkov CKV_AWS_37', 'Checkov CKV_AWS_58'],
  match: [managed('eks', 'Cluster'), ...clusterRequests],
  parameters: {
    type: 'object',
    properties: {
      creatorMayAdminister: {
        type: 'boolean',
        description:
          "Whether who makes a cluster may stay its administrator. For EKSCluster that is the provider's role, which writes the kubeconfig with it. Without it, false.",
      },
      extendedSupport: {
        type: 'boolean',
        description:
          'Whether clusters may stay in extended support, into which EKS puts those that ask for nothing. Default false.',
      },
      protectedTag,
    },
  },
  recommended: { creatorMayAdminister: true, extendedSupport: false, protectedTag: productionTag },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => {
      const mode = `${parameter(object, 'accessConfig.authenticationMode')}.orValue('CONFIG_MAP')`;
      const { deletionProtection, logTypes, supportType } = spec.properties;
      // The requests encrypt, and give access by the EKS API, without being asked.
      const isManaged = `!${isRequest(object)}`;
      return [
        when(
          `${isManaged} && !('secrets' in ${parameter(object, 'encryptionConfig.resources')}.orValue([]))`,
          'EKS_POSTURE',
          "'encryptionConfig does not cover secrets'",
          "'add a key for them'",
        ),
        when(
          `!('audit' in ${setting(object, 'logTypes', logTypes, 'enabledClusterLogTypes')}.orValue([]))`,
          'EKS_POSTURE',
          `(${isRequest(object)} ? 'logTypes' : 'enabledClusterLogTypes') + ' lacks audit'`,
          "'add it'",
        ),
        when(
          `${isManaged} && !(${mode} in ['API', 'API_AND_CONFIG_MAP'])`,
          'EKS_POSTURE',
          `'accessConfig.authenticationMode is ' + ${mode}`,
          "'use API'",
        ),
        // Absent is true (EKS API, CreateAccessConfigRequest).
        when(
          `${isManaged} && !variables.params.?creatorMayAdminister.orValue(false) && ${parameter(object, 'accessConfig.bootstrapClusterCreatorAdminPermissions')}.orValue(true)`,
          'EKS_POSTURE',
          "'whoever creates it is its administrator'",
          "'set accessConfig.bootstrapClusterCreatorAdminPermissions to false'",
        ),
        when(
          `!variables.params.?extendedSupport.orValue(false) && ${setting(object, 'supportType', supportType, 'upgradePolicy.supportType')}.orValue('EXTENDED') != 'STANDARD'`,
          'EKS_POSTURE',
          `(${isRequest(object)} ? 'supportType' : 'upgradePolicy.supportType') + ' is EXTENDED'`,
          "'use STANDARD'",
        ),
        when(
          `${isProtected(object)} && !${setting(object, 'deletionProtection', deletionProtection, 'deletionProtection')}.orValue(false)`,
          'EKS_POSTURE',
          "'deletionProtection is off'",
          "'it must be true'",
        ),
      ];
    },
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: cluster() },
    { name: 'allow-create', object: cluster(), operation: 'CREATE', user: users.crossplane },
    {
      name: 'allow-creator',
      object: cluster({ accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true } }),
    },
    {
      name: 'deny-legacy-bare',
      parameters: { creatorMayAdminister: false },
      object: clusterScoped('eks', 'Cluster', { forProvider: { region: 'eu-west-1' } }),
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
    {
      // As the first version of the kind has it: objects are lists of one.
      name: 'allow-first-version',
      object: firstVersion('API_AND_CONFIG_MAP'),
    },
    {
      name: 'deny-first-version',
      object: firstVersion('CONFIG_MAP'),
      message: refusal('accessConfig.authenticationMode is CONFIG_MAP', 'use API', 'Cluster app-x7k2p-cluster'),
    },
    {
      name: 'deny-production-without-protection',
      object: cluster({ tags: { environment: 'production' } }),
      message: refusal('deletionProtection is off', 'it must be true'),
    },
    {
      name: 'allow-protected-production',
      object: cluster({ tags: { environment: 'production' }, deletionProtection: true }),
    },
    {
      name: 'deny-claim-without-protection',
      object: claim(
        'EKSCluster',
        asked({
          resourceConfig: { region: 'eu-west-1', tags: { environment: 'production' } },
          deletionProtection: false,
        }),
      ),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('deletionProtection is off', 'it must be true', 'EKSCluster team-a/app'),
    },
    { name: 'allow-claim', object: claim('EKSCluster', asked()) },
    {
      name: 'deny-claim-in-extended-support',
      object: claim('EKSCluster', asked({ supportType: undefined })),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('supportType is EXTENDED', 'use STANDARD', 'EKSCluster team-a/app'),
    },
    {
      name: 'allow-claim-in-extended-support',
      object: claim('EKSCluster', asked({ supportType: undefined })),
      parameters: { extendedSupport: true },
    },
    {
      name: 'deny-composite-without-audit',
      object: composite('EKSCluster', asked({ logTypes: ['api'] })),
      message: refusal('logTypes lacks audit', 'add it', 'EKSCluster team-a/app'),
    },
    {
      name: 'deny-update',
      object: cluster({ enabledClusterLogTypes: [] }),
      old: cluster(),
      user: users.crossplane,
      message: noAudit,
    },
  ],
  badParameters: { 'bad-type': { creatorMayAdminister: 'yes' } },
};
