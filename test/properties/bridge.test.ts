import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { load } from '../../tools/cli/load.ts';
import { exampleOf } from '../../tools/gen/examples.ts';
import { history } from '../support/world.ts';

// Annotations that the ApplicationSets of each add-on read, beside the ones that every cluster has. Source:
// gitops-bridge-argocd-control-plane-template, bootstrap/control-plane/addons, as of 2024-05-15.
const identity = (addon: string) => ['namespace', 'service_account', 'iam_role_arn'].map((key) => `${addon}_${key}`);
const csiDriver = (addon: string) =>
  ['namespace', 'controller_service_account', 'node_service_account', 'iam_role_arn'].map((key) => `${addon}_${key}`);
const ack = ['apigatewayv2', 'dynamodb', 'emrcontainers', 'eventbridge', 'prometheusservice', 'rds', 's3', 'sfn'];
const read: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(ack.map((service) => [`ack_${service}`, identity(`ack_${service}`)])),
  argo_workflows: ['argo_workflows_namespace'],
  aws_cloudwatch_metrics: identity('aws_cloudwatch_metrics'),
  aws_argo_workflows_ingress: ['argo_workflows_hosts', 'argo_workflows_namespace'],
  aws_argocd: ['argocd_iam_role_arn', 'argocd_namespace'],
  aws_argocd_ingress: ['argocd_domain', 'argocd_namespace'],
  aws_crossplane_provider: ['aws_crossplane_iam_role_arn'],
  aws_crossplane_upbound_provider: ['aws_upbound_crossplane_iam_role_arn'],
  aws_efs_csi_driver: csiDriver('aws_efs_csi_driver'),
  aws_for_fluentbit: [...identity('aws_for_fluentbit'), 'aws_for_fluentbit_log_group_name'],
  aws_fsx_csi_driver: csiDriver('aws_fsx_csi_driver'),
  aws_gateway_api_controller: identity('aws_gateway_api_controller'),
  aws_load_balancer_controller: identity('aws_load_balancer_controller'),
  aws_node_termination_handler: [
    ...identity('aws_node_termination_handler'),
    'aws_node_termination_handler_sqs_queue_url',
  ],
  aws_privateca_issuer: identity('aws_privateca_issuer'),
  cert_manager: identity('cert_manager'),
  cluster_autoscaler: identity('cluster_autoscaler'),
  external_dns: [...identity('external_dns'), 'external_dns_domain_filters', 'external_dns_policy'],
  external_secrets: identity('external_secrets'),
  fargate_fluentbit: ['fargate_fluentbit_log_group_name', 'fargate_fluentbit_log_stream_prefix'],
  ingress_nginx: ['ingress_nginx_service_type'],
  karpenter: [...identity('karpenter'), 'karpenter_sqs_queue_name', 'karpenter_node_iam_role_name'],
  velero: [...identity('velero'), 'velero_backup_s3_bucket_name', 'velero_backup_s3_bucket_prefix'],
};
const readNothing = [
  ...['argo_events', 'argo_rollouts', 'argocd', 'aws_ebs_csi_resources', 'aws_secrets_store_csi_driver_provider'],
  ...['cluster_proportional_autoscaler', 'crossplane', 'crossplane_helm_provider', 'crossplane_kubernetes_provider'],
  ...['gatekeeper', 'gpu_operator', 'keda', 'kube_prometheus_stack', 'kyverno', 'metrics_server'],
  ...['prometheus_adapter', 'secrets_store_csi_driver', 'vpa'],
];
const always = [
  ...['cluster_name', 'environment', 'aws_cluster_name', 'aws_region', 'aws_account_id', 'aws_vpc_id'],
  ...['addons', 'workload'].flatMap((repo) =>
    ['url', 'basepath', 'path', 'revision'].map((part) => `${repo}_repo_${part}`),
  ),
];

const blueprint = blueprints.find(({ name }) => name === 'eks-cluster');
if (blueprint === undefined) throw new Error('no blueprint eks-cluster');
const { addons: schema } = Object(blueprint.spec.properties.argocd).properties;
const addons: readonly string[] = schema.items.enum;
// What a claim has to give for some of them.
const annotations = {
  argo_workflows_hosts: '["workflows.example.com"]',
  argocd_domain: 'argocd.example.com',
  aws_crossplane_iam_role_arn: 'arn:aws:iam::111122223333:role/crossplane',
  aws_upbound_crossplane_iam_role_arn: 'arn:aws:iam::111122223333:role/crossplane',
};
const cluster = load('examples/required.yaml').map(({ object }) => object);

describe.each(['irsa', 'podIdentity'])('the Secret for Argo CD with every add-on by %s', (way) => {
  const { xr } = compositeOf(
    [blueprint],
    { source: 'full', object: exampleOf(blueprint, 'full', 'namespaced') },
    undefined,
  );
  const spec = Object(xr.spec);
  const steps = history(
    {
      xr: { ...xr, spec: { ...spec, argocd: { ...spec.argocd, annotations, addons, identity: way } } },
      observed: new Map(),
      environment: undefined,
    },
    cluster,
  );
  const secrets = steps.map(({ rendered }) => rendered.resources.find(({ name }) => name === 'argocd-cluster-build'));
  const metadata = secrets.at(-1)?.object.metadata;

  test.each(addons)('has what charts read of %s', (addon) => {
    expect(metadata?.labels).toMatchObject({ [`enable_${addon}`]: 'true' });
    expect(Object.keys(metadata?.annotations ?? {})).toEqual(
      expect.arrayContaining([...always, ...(read[addon] ?? [])]),
    );
  });

  test('comes with policies that name their actions, each as short as IAM wants it', () => {
    const policies = (steps.at(-1)?.rendered.resources ?? []).filter(({ object }) => object.kind === 'Policy');
    const documents: string[] = policies.map(({ object }) => Object(object.spec).forProvider.policy);
    expect(documents.length).toBeGreaterThan(15);
    const actions = documents.flatMap((text) => JSON.parse(text).Statement).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^[^:]*[*?]|:[*?]*$/.test(action))).toEqual([]);
    // IAM and STS quotas: characters of a managed policy.
    expect(documents.filter(({ length }) => length > 6144)).toEqual([]);
  });

  test('is never there in part', () => {
    const seen = secrets.flatMap((one) =>
      one === undefined ? [] : [JSON.stringify(one.object.metadata?.annotations)],
    );
    expect(new Set(seen).size).toBe(1);
  });
});

test('what hands a Secret over to Argo CD may read that of the example only, and gives all of its keys', () => {
  const { metadata, spec } = exampleOf(blueprint, 'full', 'claims');
  const objects = load('examples/argocd/hand-over.yaml').map(({ object }) => object);
  const [role, store, external] = ['Role', 'SecretStore', 'ExternalSecret'].map((kind) =>
    Object(objects.find((one) => one.kind === kind)),
  );
  const { argocd } = Object(spec);
  expect(role.metadata.namespace).toBe(metadata?.namespace);
  expect(role.rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], resourceNames: [argocd.secretName], verbs: ['get'] },
  ]);
  expect(store.spec.provider.kubernetes.remoteNamespace).toBe(metadata?.namespace);
  expect(external.spec.dataFrom).toEqual([
    { extract: { key: argocd.secretName } },
    { extract: { key: argocd.secretName, metadataPolicy: 'Fetch' } },
  ]);
  const { data, templateFrom } = external.spec.target.template;
  expect(data).toEqual({ config: '{{ .config }}', name: '{{ .name }}', server: '{{ .server }}' });
  expect(templateFrom.map(({ target }: { target: string }) => target)).toEqual(['Labels', 'Annotations']);
});

test('exactly the add-ons that the ApplicationSets know can be switched on', () => {
  expect([...addons].sort()).toEqual([...Object.keys(read), ...readNothing].sort());
});
