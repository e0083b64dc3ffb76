import { PodIdentityAssociation, Policy } from '../aws/index.ts';
import { Refusal } from '../core/errors.ts';
import { irsaTrust, podIdentityTrust, policyDocument } from '../core/iam.ts';
import { allOf, given, type Known } from '../core/known.ts';
import { nameFor } from '../core/names.ts';
import { composed, oneOf, RemoteObject, Secret } from '../core/resource.ts';
import type { Base, ClusterFacts, Context } from './base.ts';
import { awsAddons, type BridgeAddon, type BridgeSettings, furtherMetadata, type Place } from './bridge-addons.ts';
import { cluster } from './cluster.ts';
import type { KarpenterFacts } from './karpenter.ts';
import { composeRole } from './roles.ts';

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
    ...Object.assign({}, ...addons.map((addon) => furtherMetadata[addon])),
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
  const purpose = `bridge-${name.replaceAll('_', '-')}`;
  const subject = { namespace: addon.namespace, serviceAccount: addon.serviceAccount };
  const { partition, region } = base;
  const role = composeRole(base, {
    purpose,
    trust: given([facts.account, facts.issuer, facts.name], (account, issuer, clusterName) =>
      argocd.identity === 'irsa'
        ? irsaTrust({ partition, account, issuer }, subject)
        : podIdentityTrust({ partition, account, region, name: clusterName }, subject),
    ),
    policies: typeof addon.policy === 'string' ? [addon.policy] : [],
    ownPolicies: composePolicy(base, purpose, addon, argocd, facts),
  });
  if (argocd.identity === 'podIdentity') {
    base.context.desired.managed(
      oneOf(association, purpose.slice('bridge-'.length)),
      given([facts.name, role.arn], (clusterName, roleArn) => ({ region, clusterName, ...subject, roleArn })),
      { orphan: base.orphan, after: role.all },
    );
  }
  const key = addon.serviceAccountKey ?? 'service_account';
  return given([role.arn, placeOf(base, facts)], (arn, place) => ({
    [`${name}_namespace`]: addon.namespace,
    [`${name}_${key}`]: addon.serviceAccount,
    // With the annotation of IRSA beside it, pods would try IRSA first, and be refused.
    [`${name}_iam_role_arn`]: argocd.identity === 'irsa' ? arn : '',
    ...addon.metadata?.(place, settingsOf(argocd)),
  }));
}

const placeOf = ({ partition, region }: Base, facts: ClusterFacts): Known<Place> =>
  given([facts.account, facts.name], (account, clusterName) => ({ partition, region, account, cluster: clusterName }));

const settingsOf = ({ hostedZoneIds = [], secretPrefixes = [], veleroBucket = '' }: Argocd): BridgeSettings => ({
  hostedZoneIds,
  secretPrefixes,
  veleroBucket,
});

/** The policy of an add-on that AWS maintains none for, as narrow as its documentation allows. */
function composePolicy(base: Base, purpose: string, addon: BridgeAddon, argocd: Argocd, facts: ClusterFacts) {
  const { policy: statements } = addon;
  if (typeof statements === 'string') return [];
  const { context, orphan } = base;
  const own = oneOf(policy, purpose.slice('bridge-'.length));
  context.desired.managed(
    own,
    given([placeOf(base, facts)], (place) => ({ policy: policyDocument(statements(place, settingsOf(argocd))) })),
    { orphan, externalName: context.observed.externalName(own) ?? nameFor(context.identity, purpose, 128) },
  );
  return [{ suffix: 'own', arn: context.observed.text(own, 'arn') }];
}
