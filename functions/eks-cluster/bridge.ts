import { PodIdentityAssociation, Policy } from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
import { irsaTrust, podIdentityTrust, policyDocument } from '../core/iam.ts';
import { allOf, given, type Known, known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed, oneOf, RemoteObject, Secret } from '../core/resource.ts';
import type { Base, ClusterFacts, Context } from './base.ts';
import { awsAddons, type BridgeAddon, furtherMetadata } from './bridge-addons.ts';
import type { BridgeSettings, Place } from './bridge-policies.ts';
import { cluster } from './cluster.ts';
import type { KarpenterFacts } from './karpenter.ts';
import { composeRole, type RoleFacts } from './roles.ts';

const secret = composed('argocd-cluster-*', Secret);
const handedOver = composed('argocd-handover-*', RemoteObject);
const policy = composed('bridge-policy-*', Policy);
const association = composed('bridge-identity-*', PodIdentityAssociation);

/** Every resource that the bridge may need. */
export const bridgeResources = [secret, handedOver, policy, association] as const;

type Argocd = NonNullable<Context['spec']['argocd']>;
type Texts = Readonly<Record<string, string>>;

/**
 * Composes the Secret by which Argo CD knows the cluster. It appears as a whole: a chart that is told of an add-on and
 * lacks one key of its metadata breaks every Application of its set (goTemplate, missingkey=error).
 */
export function composeBridge(base: Base, facts: ClusterFacts, karpenter: KarpenterFacts | undefined): void {
  const { context } = base;
  const { argocd } = context.spec;
  if (argocd === undefined) return;
  const { namespace } = context.identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const ofAddons = argocd.addons.map((name) =>
    name === 'karpenter' && karpenter !== undefined
      ? karpenterMetadata(karpenter)
      : composeAddonIdentity(base, argocd, name, facts),
  );
  const { observed } = context;
  const content = given(
    [
      facts.name,
      facts.account,
      facts.version,
      facts.issuer,
      observed.text(cluster, 'endpoint'),
      observed.text(cluster, 'certificateAuthority', '0', 'data'),
      observed.text(cluster, 'vpcConfig', 'vpcId'),
      allOf(ofAddons),
    ],
    (name, account, version, issuer, endpoint, caData, vpcId, addons) => ({
      labels: labelsOf(argocd, name, version),
      annotations: Object.assign(
        annotationsOf(argocd, { name, account, vpcId, issuer, region: base.region }),
        ...addons,
      ),
      type: 'Opaque',
      data: encoded({ name, server: endpoint, config: configOf(argocd, name, caData) }),
    }),
  );
  const { argocdNamespace, kubernetesProviderConfigName } = context.settings;
  if (kubernetesProviderConfigName === undefined || namespace === argocdNamespace) {
    context.desired.plain(oneOf(secret, argocd.secretName), { name: argocd.secretName, namespace }, content);
    return;
  }
  composeHandOver(context, argocd, content, kubernetesProviderConfigName);
}

/**
 * A namespaced composite composes into its own namespace only (crossplane#6759), so provider-kubernetes takes the
 * Secret to Argo CD. It would also take over a Secret that is there, so nobody chooses the name.
 */
function composeHandOver(
  { desired, identity, settings }: Context,
  { secretName }: Argocd,
  content: Known<{ readonly labels: Texts; readonly annotations: Texts; readonly type: string; readonly data: Texts }>,
  providerConfigName: string,
): void {
  const metadata = { name: nameFor(identity, secretName, 63), namespace: settings.argocdNamespace };
  desired.managed(
    oneOf(handedOver, secretName),
    given([content], ({ labels, annotations, ...body }) => ({
      manifest: { ...Secret, metadata: { ...metadata, labels, annotations }, ...body },
    })),
    { providerConfig: { name: providerConfigName, kind: 'ClusterProviderConfig' } },
  );
}

const karpenterMetadata = ({ roleArn, queueName, nodeRoleName }: KarpenterFacts): Known<Texts> =>
  given([roleArn, queueName, nodeRoleName], (arn, queue, nodeRole) => ({
    karpenter_namespace: 'kube-system',
    karpenter_service_account: 'karpenter',
    karpenter_iam_role_arn: arn,
    karpenter_sqs_queue_name: queue,
    karpenter_node_iam_role_name: nodeRole,
  }));

const labelsOf = ({ environment, addons, labels }: Argocd, name: string, version: string): Texts => ({
  ...labels,
  'argocd.argoproj.io/secret-type': 'cluster',
  cluster_name: name,
  aws_cluster_name: name,
  environment,
  kubernetes_version: version,
  ...Object.fromEntries(addons.map((addon) => [`enable_${addon}`, 'true'])),
});

function annotationsOf(
  { environment, addons, addonsRepo, workloadRepo, annotations }: Argocd,
  {
    name,
    account,
    vpcId,
    issuer,
    region,
  }: Readonly<Record<'name' | 'account' | 'vpcId' | 'issuer' | 'region', string>>,
): Texts {
  return {
    ...Object.assign({}, ...addons.map((addon) => furtherMetadata[addon]?.(name))),
    ...annotations,
    cluster_name: name,
    aws_cluster_name: name,
    environment,
    aws_region: region,
    aws_account_id: account,
    aws_vpc_id: vpcId,
    eks_oidc_issuer: issuer,
    oidcProvider: issuer,
    ...repository('addons', addonsRepo),
    ...repository('workload', workloadRepo),
  };
}

const repository = (which: string, repo: Argocd['addonsRepo']): Texts => ({
  [`${which}_repo_url`]: repo.url,
  [`${which}_repo_basepath`]: repo.basepath,
  [`${which}_repo_path`]: repo.path,
  [`${which}_repo_revision`]: repo.revision,
});

const configOf = ({ roleArn }: Argocd, clusterName: string, caData: string): string =>
  JSON.stringify({
    awsAuthConfig: { clusterName, ...(roleArn !== undefined && { roleARN: roleArn }) },
    tlsClientConfig: { insecure: false, caData },
  });

const encoded = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

/** Composes the role of an add-on that calls AWS, and gives the metadata by which its chart uses it. */
function composeAddonIdentity(base: Base, argocd: Argocd, name: string, facts: ClusterFacts): Known<Texts> {
  const addon = awsAddons[name];
  if (addon === undefined) return given([], () => ({}));
  const suffix = name.replaceAll('_', '-');
  const role = composeRole(base, {
    purpose: `bridge-${suffix}`,
    trust: trustOf(base, argocd, addon, facts),
    policies: addon.policies ?? [],
    ownPolicies: composePolicy(base, suffix, addon, argocd, facts),
  });
  if (argocd.identity === 'podIdentity') composeAssociations(base, suffix, addon, facts, role);
  const { prefix = name, namespace, serviceAccounts } = addon;
  const settings = settingsOf(argocd);
  return given([role.arn, placeOf(base, facts), addon.compose?.(base) ?? known({})], (arn, place, made) => ({
    [`${prefix}_namespace`]: namespace,
    ...Object.fromEntries(Object.entries(serviceAccounts).map(([key, account]) => [`${prefix}_${key}`, account])),
    // With the annotation of IRSA beside it, pods would try IRSA first, and be refused.
    [`${prefix}_iam_role_arn`]: argocd.identity === 'irsa' ? arn : '',
    ...addon.metadata?.(place, settings),
    ...made,
  }));
}

function trustOf({ partition, region }: Base, { identity }: Argocd, addon: BridgeAddon, facts: ClusterFacts) {
  const [serviceAccount = '', ...others] = Object.values(addon.serviceAccounts);
  const subject = { namespace: addon.namespace, serviceAccount };
  return given([facts.account, facts.issuer, facts.name], (account, issuer, name) =>
    identity === 'irsa'
      ? irsaTrust({ partition, account, issuer }, subject, others)
      : podIdentityTrust({ partition, account, region, name }, subject, others),
  );
}

/** The first association has the name of the add-on, each further one also that of its service account. */
function composeAssociations(
  { context, region, orphan }: Base,
  suffix: string,
  { namespace, serviceAccounts }: BridgeAddon,
  facts: ClusterFacts,
  role: RoleFacts,
): void {
  for (const [index, serviceAccount] of Object.values(serviceAccounts).entries()) {
    context.desired.managed(
      oneOf(association, index === 0 ? suffix : `${suffix}-${serviceAccount}`),
      given([facts.name, role.arn], (clusterName, roleArn) => ({
        region,
        clusterName,
        namespace,
        serviceAccount,
        roleArn,
      })),
      { orphan, after: role.all },
    );
  }
}

const placeOf = ({ partition, region }: Base, facts: ClusterFacts): Known<Place> =>
  given([facts.account, facts.name], (account, clusterName) => ({ partition, region, account, cluster: clusterName }));

const settingsOf = (argocd: Argocd): BridgeSettings => ({
  hostedZoneIds: argocd.hostedZoneIds ?? [],
  secretPrefixes: argocd.secretPrefixes ?? [],
  veleroBucket: argocd.veleroBucket ?? '',
  privateCaArns: argocd.privateCaArns ?? [],
  clusterRoleArns: argocd.clusterRoleArns ?? [],
});

/** What no policy that AWS maintains says of an add-on, as narrow as its documentation allows. */
function composePolicy(
  base: Base,
  suffix: string,
  { statements }: BridgeAddon,
  argocd: Argocd,
  facts: ClusterFacts,
): { readonly suffix: string; readonly arn: Known<string> }[] {
  if (statements === undefined) return [];
  const { context, orphan } = base;
  const own = oneOf(policy, suffix);
  context.desired.managed(
    own,
    given([placeOf(base, facts)], (place) => ({ policy: policyDocument(statements(place, settingsOf(argocd))) })),
    { orphan, externalName: context.observed.externalName(own) ?? nameFor(context.identity, `bridge-${suffix}`, 128) },
  );
  return [{ suffix: 'own', arn: context.observed.text(own, 'arn') }];
}
