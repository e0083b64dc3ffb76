import { ClusterAuth, EksCluster, Key, OpenIDConnectProvider } from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
import { parseArn, policyDocument } from '../core/iam.ts';
import { awaiting, given, type Known, known } from '../core/known.ts';
import { composed, ProviderConfigs } from '../core/resource.ts';
import type { Base, ClusterFacts } from './base.ts';
import { composeRole, type RoleFacts } from './roles.ts';
import { minorsBetween } from './versions.ts';

export const cluster = composed('cluster', EksCluster);
const secretsKey = composed('secrets-key', Key);
const kubeconfig = composed('kubeconfig', ClusterAuth);
const providerConfig = composed('provider-config', ProviderConfigs.namespaced);
const clusterProviderConfig = composed('cluster-provider-config', ProviderConfigs.claims);
export const oidcProvider = composed('oidc-provider', OpenIDConnectProvider);

/** Every resource that the control plane may need. */
export const clusterResources = [
  cluster,
  secretsKey,
  kubeconfig,
  oidcProvider,
  providerConfig,
  clusterProviderConfig,
] as const;

/** Policies of the role of the control plane (EKS user guide, "Amazon EKS cluster IAM role"). */
const clusterPolicies = ['AmazonEKSClusterPolicy'];
const autoModePolicies = [
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
];

interface ControlPlane extends ClusterFacts {
  readonly role: RoleFacts;
  /** By which provider-kubernetes reaches the cluster; undefined where it does not. */
  readonly providerConfigName: Known<string> | undefined;
}

/** Composes the control plane, its key and role, and the OIDC provider by which IAM trusts its service accounts. */
export function composeControlPlane(base: Base, nodeRoleArn: Known<string>): ControlPlane {
  const { context, orphan } = base;
  const { spec, observed, desired } = context;
  const running = observed.text(cluster, 'version');
  const role = composeRole(base, {
    purpose: 'cluster',
    trust: known(
      policyDocument([
        {
          Sid: 'Eks',
          Effect: 'Allow',
          Principal: { Service: 'eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ]),
    ),
    policies: [...clusterPolicies, ...(spec.autoMode ? autoModePolicies : [])],
  });
  desired.managed(
    cluster,
    given([role.arn, base.subnetIds, keyArn(base), spec.autoMode ? nodeRoleArn : known(undefined)], (...facts) =>
      clusterParameters(base, ...facts),
    ),
    { orphan, externalName: base.name, after: role.all },
  );
  given([running], (version) => checkUpgrade(version, spec.version));
  const issuer = given([observed.text(cluster, 'identity', '0', 'oidc', '0', 'issuer')], withoutScheme);
  desired.managed(
    oidcProvider,
    given([issuer], (host) => ({ url: `https://${host}`, clientIdList: ['sts.amazonaws.com'] })),
    { orphan, after: [cluster] },
  );
  return {
    providerConfigName: composeKubeconfig(base),
    role,
    issuer,
    version: running,
    name: given([observed.text(cluster, 'arn')], (_arn) => base.name),
    account: given([observed.text(cluster, 'arn')], (arn) => parseArn(arn)?.account ?? ''),
  };
}

const withoutScheme = (issuer: string): string => issuer.replace(/^https:\/\//, '');

/** The XRD holds this for changes of the claim; AWS may have moved the cluster on meanwhile. */
function checkUpgrade(running: string, wanted: string): void {
  if ([0, 1].includes(minorsBetween(running, wanted))) return;
  throw new Refusal('KUBERNETES_VERSION', 'spec.version', `is ${wanted}, and the cluster runs ${running}`);
}

function clusterParameters(
  { context: { spec }, region }: Base,
  roleArn: string,
  subnetIds: readonly string[],
  key: string,
  autoNodeRole: string | undefined,
) {
  const { publicAccessCidrs = [], serviceCidr, autoMode } = spec;
  return {
    region,
    roleArn,
    version: spec.version,
    // The creator is the provider; whoever may use the cluster stands in accessEntries.
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
    bootstrapSelfManagedAddons: false,
    deletionProtection: spec.deletionProtection,
    enabledClusterLogTypes: spec.logTypes,
    encryptionConfig: { provider: { keyArn: key }, resources: ['secrets'] },
    upgradePolicy: { supportType: spec.supportType },
    vpcConfig: {
      subnetIds: [...subnetIds],
      endpointPrivateAccess: true,
      endpointPublicAccess: publicAccessCidrs.length > 0,
      ...(publicAccessCidrs.length > 0 && { publicAccessCidrs }),
    },
    // EKS takes the three parts of Auto Mode together or not at all.
    computeConfig: {
      enabled: autoMode,
      ...(autoNodeRole !== undefined && { nodePools: ['general-purpose', 'system'], nodeRoleArn: autoNodeRole }),
    },
    storageConfig: { blockStorage: { enabled: autoMode } },
    kubernetesNetworkConfig: {
      elasticLoadBalancing: { enabled: autoMode },
      ...(serviceCidr !== undefined && { serviceIpv4Cidr: serviceCidr }),
    },
  };
}

/** Secrets cannot be read without the key, so it stays where the cluster stays. */
function keyArn({ context: { spec, desired, observed }, region, orphan, name }: Base): Known<string> {
  if (spec.secretsKeyArn !== undefined) return known(spec.secretsKeyArn);
  const description = `Kubernetes Secrets of ${name}`;
  desired.managed(secretsKey, known({ region, description, enableKeyRotation: true, deletionWindowInDays: 30 }), {
    orphan,
  });
  return observed.text(secretsKey, 'arn');
}

/** Gives the name of the provider configuration by which others reach the cluster, where there is one. */
function composeKubeconfig({ context, region }: Base): Known<string> | undefined {
  const { spec, desired, observed, identity, settings, form } = context;
  const { kubeconfigSecretName: name } = spec;
  if (name === undefined) return undefined;
  const { namespace } = identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  desired.managed(
    kubeconfig,
    given([observed.text(cluster, 'id')], (clusterName) => ({ region, clusterName, refreshPeriod: '10m0s' })),
    { after: [cluster], secret: { name, namespace } },
  );
  if (settings.kubernetesProviderConfigName === undefined) return undefined;
  // The key is the provider's (provider-aws v2.5.0, ClusterAuth).
  const credentials = { source: 'Secret', secretRef: { namespace, name, key: 'kubeconfig' } };
  const own = form === 'claims' ? clusterProviderConfig : providerConfig;
  desired.unnamed(own, observed.ready(kubeconfig) ? known({ spec: { credentials } }) : awaiting(kubeconfig.name));
  const made = observed.get(own)?.metadata?.name;
  return made === undefined ? awaiting(own.name) : known(made);
}
