import { given, type Known } from '../core/known.ts';
import type { Base } from './base.ts';
import { ackAddons } from './bridge-ack.ts';
import * as rights from './bridge-policies.ts';
import { composeInterruptions } from './interruptions.ts';

type Texts = Readonly<Record<string, string>>;

/** An add-on that the bridge installs and that calls AWS. */
export interface BridgeAddon {
  /** How its annotations begin, where not by its own name. */
  readonly prefix?: string;
  readonly namespace: string;
  /** Service accounts that have its role, by how the annotation ends that names them. */
  readonly serviceAccounts: Texts;
  /** Policies that AWS maintains, by what follows `policy/` in their ARN. Without it, none. */
  readonly policies?: readonly string[];
  /** The statements of a policy of our own. Without it, there is none. */
  readonly statements?: rights.Rights;
  /** What its chart reads beside namespace, service accounts and role. */
  readonly metadata?: (place: rights.Place, settings: rights.BridgeSettings) => Texts;
  /** Composes what else it needs in AWS, and gives what its chart reads of that. */
  readonly compose?: (base: Base) => Known<Texts>;
}

const account = (name: string): Texts => ({ service_account: name });

/** Add-ons of the bridge that call AWS, by the name in their label; Karpenter is composed by itself. */
export const awsAddons: Readonly<Record<string, BridgeAddon>> = {
  ...ackAddons,
  aws_argocd: {
    prefix: 'argocd',
    namespace: 'argocd',
    // The names that the chart of Argo CD gives them, which the ApplicationSet does not change.
    serviceAccounts: {
      controller_service_account: 'argocd-application-controller',
      server_service_account: 'argocd-server',
    },
    statements: rights.argocdHub,
  },
  aws_cloudwatch_metrics: {
    namespace: 'amazon-cloudwatch',
    serviceAccounts: account('aws-cloudwatch-metrics'),
    policies: ['CloudWatchAgentServerPolicy'],
  },
  aws_efs_csi_driver: {
    namespace: 'kube-system',
    serviceAccounts: { controller_service_account: 'efs-csi-controller-sa', node_service_account: 'efs-csi-node-sa' },
    policies: ['service-role/AmazonEFSCSIDriverPolicy'],
  },
  aws_for_fluentbit: {
    namespace: 'kube-system',
    serviceAccounts: account('aws-for-fluent-bit-sa'),
    statements: rights.fluentBit,
    metadata: (place) => ({ aws_for_fluentbit_log_group_name: rights.fluentBitLogGroup(place) }),
  },
  aws_fsx_csi_driver: {
    namespace: 'kube-system',
    serviceAccounts: { controller_service_account: 'fsx-csi-controller-sa', node_service_account: 'fsx-csi-node-sa' },
    statements: rights.fsxCsiDriver,
  },
  aws_gateway_api_controller: {
    namespace: 'aws-application-networking-system',
    serviceAccounts: account('gateway-api-controller'),
    statements: rights.gatewayApiController,
  },
  aws_load_balancer_controller: {
    namespace: 'kube-system',
    serviceAccounts: account('aws-load-balancer-controller-sa'),
    statements: rights.loadBalancerController,
  },
  aws_node_termination_handler: {
    namespace: 'kube-system',
    serviceAccounts: account('aws-node-termination-handler-sa'),
    statements: rights.nodeTerminationHandler,
    compose: (base) =>
      given([composeInterruptions(base, 'node-termination').url], (url) => ({
        aws_node_termination_handler_sqs_queue_url: url,
      })),
  },
  aws_privateca_issuer: {
    namespace: 'aws-privateca-issuer',
    serviceAccounts: account('aws-privateca-issuer-sa'),
    statements: rights.privateCaIssuer,
  },
  cert_manager: {
    namespace: 'cert-manager',
    serviceAccounts: account('cert-manager'),
    statements: rights.certManager,
  },
  cluster_autoscaler: {
    namespace: 'kube-system',
    serviceAccounts: account('cluster-autoscaler-sa'),
    statements: rights.clusterAutoscaler,
  },
  external_dns: {
    namespace: 'external-dns',
    serviceAccounts: account('external-dns-sa'),
    statements: rights.externalDns,
  },
  external_secrets: {
    namespace: 'external-secrets',
    serviceAccounts: account('external-secrets-sa'),
    statements: rights.externalSecrets,
  },
  velero: {
    namespace: 'velero',
    serviceAccounts: account('velero-server'),
    statements: rights.velero,
    metadata: (_place, { veleroBucket }) => ({ velero_backup_s3_bucket_name: veleroBucket }),
  },
};

/** What charts read and nothing decides but a person; an annotation of the claim wins. */
export const furtherMetadata: Readonly<Record<string, (cluster: string) => Texts>> = {
  argo_workflows: () => ({ argo_workflows_namespace: 'argo' }),
  aws_argo_workflows_ingress: () => ({ argo_workflows_namespace: 'argo' }),
  aws_argocd_ingress: () => ({ argocd_namespace: 'argocd' }),
  external_dns: () => ({ external_dns_policy: 'upsert-only', external_dns_domain_filters: '' }),
  fargate_fluentbit: (cluster) => ({
    fargate_fluentbit_log_group_name: `/aws/eks/${cluster}/fargate-fluentbit-logs`,
    fargate_fluentbit_log_stream_prefix: 'fargate-logs-',
  }),
  ingress_nginx: () => ({ ingress_nginx_service_type: 'LoadBalancer' }),
  velero: () => ({ velero_backup_s3_bucket_prefix: 'backups' }),
};

/**
 * The annotation that a claim has to give for an add-on, since it has no sensible default: host names, and the role of
 * a Crossplane, whose rights depend on what it is to make.
 */
export const neededAnnotations: Texts = {
  aws_argo_workflows_ingress: 'argo_workflows_hosts',
  aws_argocd_ingress: 'argocd_domain',
  aws_crossplane_provider: 'aws_crossplane_iam_role_arn',
  aws_crossplane_upbound_provider: 'aws_upbound_crossplane_iam_role_arn',
};

/** Every add-on that may be switched on: those above, and those that call no AWS. */
export const bridgeAddonNames = [
  'ack_apigatewayv2',
  'ack_dynamodb',
  'ack_emrcontainers',
  'ack_eventbridge',
  'ack_prometheusservice',
  'ack_rds',
  'ack_s3',
  'ack_sfn',
  'argo_events',
  'argo_rollouts',
  'argo_workflows',
  'argocd',
  'aws_argo_workflows_ingress',
  'aws_argocd',
  'aws_argocd_ingress',
  'aws_cloudwatch_metrics',
  'aws_crossplane_provider',
  'aws_crossplane_upbound_provider',
  'aws_ebs_csi_resources',
  'aws_efs_csi_driver',
  'aws_for_fluentbit',
  'aws_fsx_csi_driver',
  'aws_gateway_api_controller',
  'aws_load_balancer_controller',
  'aws_node_termination_handler',
  'aws_privateca_issuer',
  'aws_secrets_store_csi_driver_provider',
  'cert_manager',
  'cluster_autoscaler',
  'cluster_proportional_autoscaler',
  'crossplane',
  'crossplane_helm_provider',
  'crossplane_kubernetes_provider',
  'external_dns',
  'external_secrets',
  'fargate_fluentbit',
  'gatekeeper',
  'gpu_operator',
  'ingress_nginx',
  'karpenter',
  'keda',
  'kube_prometheus_stack',
  'kyverno',
  'metrics_server',
  'prometheus_adapter',
  'secrets_store_csi_driver',
  'velero',
  'vpa',
] as const;
