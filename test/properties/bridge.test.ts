import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { load } from '../../tools/cli/load.ts';
import { exampleOf } from '../../tools/gen/examples.ts';
import { history } from '../support/world.ts';

// Annotations that the ApplicationSets of each add-on read, beside the ones that every cluster has. Source:
// gitops-bridge-argocd-control-plane-template, bootstrap/control-plane/addons, as of 2024-05-15.
const identity = (addon: string) => ['namespace', 'service_account', 'iam_role_arn'].map((key) => `${addon}_${key}`);
const read: Readonly<Record<string, readonly string[]>> = {
  argo_workflows: ['argo_workflows_namespace'],
  aws_cloudwatch_metrics: identity('aws_cloudwatch_metrics'),
  aws_efs_csi_driver: [
    'aws_efs_csi_driver_controller_service_account',
    'aws_efs_csi_driver_iam_role_arn',
    'aws_efs_csi_driver_namespace',
    'aws_efs_csi_driver_node_service_account',
  ],
  aws_for_fluentbit: [...identity('aws_for_fluentbit'), 'aws_for_fluentbit_log_group_name'],
  aws_load_balancer_controller: identity('aws_load_balancer_controller'),
  cert_manager: identity('cert_manager'),
  cluster_autoscaler: identity('cluster_autoscaler'),
  external_dns: [...identity('external_dns'), 'external_dns_domain_filters', 'external_dns_policy'],
  external_secrets: identity('external_secrets'),
  ingress_nginx: ['ingress_nginx_service_type'],
  karpenter: [...identity('karpenter'), 'karpenter_sqs_queue_name', 'karpenter_node_iam_role_name'],
  velero: [...identity('velero'), 'velero_backup_s3_bucket_name', 'velero_backup_s3_bucket_prefix'],
};
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
      xr: { ...xr, spec: { ...spec, argocd: { ...spec.argocd, annotations: {}, addons, identity: way } } },
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

  test('is never there in part', () => {
    const seen = secrets.flatMap((one) =>
      one === undefined ? [] : [JSON.stringify(one.object.metadata?.annotations)],
    );
    expect(new Set(seen).size).toBe(1);
  });
});

test('an add-on that the ApplicationSets read something of can be switched on', () => {
  expect(addons).toEqual(expect.arrayContaining(Object.keys(read)));
});
