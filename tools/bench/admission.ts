import { policies } from '../../policies/policies.ts';
import { installPolicies, startGatekeeper } from '../engines/gatekeeper.ts';
import type { KubeClient, KubeObject } from '../engines/kube.ts';
import { type Stack, startStack } from '../engines/stack.ts';
import { constraintOf, policyFiles, templateOf, webhookRules } from '../gen/policies.ts';
import { installed } from './installed.ts';
import { percentile } from './statistics.ts';

/** Milliseconds of requests that an API server answers without storing anything. */
export interface AdmissionFigures {
  readonly what: string;
  readonly p50: number;
  readonly p95: number;
}

const namespace = 'team-a';

const developers: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'developers' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'developers' }],
};

const request: KubeObject = {
  apiVersion: 'm.awsblueprints.io/v1alpha1',
  kind: 'ObjectStorage',
  metadata: { name: 'probe', namespace },
  spec: { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' } } },
};

const bucket: KubeObject = {
  apiVersion: 's3.aws.m.upbound.io/v1beta1',
  kind: 'Bucket',
  metadata: {
    name: 'probe',
    namespace,
    labels: { 'crossplane.io/composite': 'probe' },
    ownerReferences: [
      { apiVersion: request.apiVersion, kind: request.kind, name: 'probe', uid: 'none', controller: true },
    ],
  },
  spec: { forProvider: { region: 'eu-west-1', tags: { team: 'ledger' } } },
};

/** Creates that go through every policy, of a request by a developer and of a managed resource by Crossplane. */
export async function measureAdmission(calls: number): Promise<AdmissionFigures[]> {
  const { managed, manifests } = installed(['ObjectStorage'], ['namespaced'], namespace);
  const stack = await startStack({ managed, manifests: [developers, ...manifests] });
  try {
    const before = await measureBoth(stack, calls, 'without policies');
    const gatekeeper = await startGatekeeper(stack);
    await stack.kube.apply(...((policyFiles(policies).get('policies/sync.yaml') ?? []) as readonly KubeObject[]));
    await installPolicies(stack, gatekeeper, {
      rules: webhookRules(policies),
      templates: policies.map((policy) => templateOf(policy) as KubeObject),
      constraints: policies.map((policy) => constraintOf(policy, 'deny') as KubeObject),
    });
    await untilRefused(stack);
    return [...before, ...(await measureBoth(stack, calls, `with all ${policies.length} policies`))];
  } finally {
    await stack.stop();
  }
}

async function measureBoth({ kube }: Stack, calls: number, how: string): Promise<AdmissionFigures[]> {
  const crossplane = kube.as('system:serviceaccount:crossplane-system:crossplane', 'system:masters');
  return [
    {
      what: `an ObjectStorage by a developer ${how}`,
      ...(await measure(kube.as('alice', 'developers'), request, calls)),
    },
    { what: `a Bucket by Crossplane ${how}`, ...(await measure(crossplane, bucket, calls)) },
  ];
}

async function measure(kube: KubeClient, object: KubeObject, calls: number) {
  const warm = 20;
  const times: number[] = [];
  for (let call = 0; call < warm + calls; call++) {
    const before = performance.now();
    await kube.create(object, { dryRun: true });
    if (call >= warm) times.push(performance.now() - before);
  }
  return { p50: percentile(times, 50), p95: percentile(times, 95) };
}

/** The API server reads new policies from its own cache: until the last of them refuses, some are not asked. */
async function untilRefused({ kube }: Stack): Promise<void> {
  const bindings = policies.filter(({ rule }) => rule.engine !== 'rego').length;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const all = await kube.list('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding');
    if (all.length >= bindings && (await isRefused(kube.as('alice', 'developers')))) return;
    if (Date.now() > deadline) throw new Error('the policies are not asked');
    await new Promise((done) => setTimeout(done, 500));
  }
}

const isRefused = (kube: KubeClient): Promise<boolean> =>
  kube.create(bucket, { dryRun: true }).then(
    () => false,
    (error: unknown) => String(error).includes('MANAGED_RESOURCE_AUTHOR'),
  );
