import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { groups } from '../../functions/core/blueprint.ts';
import { approvalData, approvalFor, approvalNamespace } from '../../functions/core/day2/approval.ts';
import { ProviderConfigs, RemoteObject } from '../../functions/core/resource.ts';
import { settingsApiVersion, settingsKind } from '../../functions/core/settings.ts';
import { load } from '../../tools/cli/load.ts';
import { conditionStatus, hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { simulate } from '../../tools/simulate.ts';
import { goldenCases } from '../support/cases.ts';

// A network, a cluster on it and an application on the cluster, from one apply to Ready and back to nothing, on real
// etcd, kube-apiserver and Crossplane core with its Usages; only the provider is a stand-in without any AWS.
const forms = ['claims', 'namespaced'] as const;
type Form = (typeof forms)[number];
const namespace = 'team-a';
const seconds = 120;

// With provider-kubernetes, by which the ServiceAccount gets into the cluster, and the Secret to Argo CD.
const settings = {
  apiVersion: settingsApiVersion,
  kind: settingsKind,
  kubernetesProviderConfigName: 'in-cluster',
};
const withSettings = (object: KubeObject): KubeObject => {
  if (object.kind !== 'Composition') return object;
  const [step] = Object(object.spec).pipeline;
  return { ...object, spec: { ...object.spec, pipeline: [{ ...step, input: settings }] } };
};

let stack: Stack;
let provider: StandInProvider;

beforeAll(async () => {
  const files = forms.flatMap((form) =>
    blueprints.flatMap(({ name }) => [`xrds/${form}/${name}.yaml`, `compositions/${form}/${name}.yaml`]),
  );
  const team: KubeObject[] = [namespace, approvalNamespace].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const manifests = ['compositions/clusterrole.yaml', ...files].flatMap((file) =>
    load(file).map(({ object }) => withSettings(object as KubeObject)),
  );
  const managed = [...managedKinds, RemoteObject]
    .flatMap(({ kind, apiVersion }) => forms.map((form) => ({ kind, apiVersion: apiVersion[form] })))
    .concat(Object.values(ProviderConfigs));
  stack = await startStack({ managed, manifests: [...team, ...manifests] });
  provider = await startStandInProvider(stack, {
    atProvider: (resource) =>
      Object(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider,
  });
  await stack.startFunction({
    name: functionName,
    command: process.execPath,
    args: ['dist/main.js', '--metrics-address', ''],
  });
}, 900_000);

afterAll(async () => {
  provider?.stop();
  await stack?.stop();
});

const request = (form: Form, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion: `${groups[form]}/v1alpha1`,
  kind,
  metadata: { name: `${name}-${form}`, namespace },
  spec: { resourceConfig: { region: 'eu-west-1' }, ...spec },
});

const three = (form: Form) => ({
  network: request(form, 'Network', 'platform', {}),
  cluster: request(form, 'EKSCluster', 'apps', {
    version: '1.33',
    networkRef: { name: `platform-${form}` },
    nodeGroups: [{ name: 'general', minSize: 2, maxSize: 6 }],
    kubeconfigSecretName: `apps-${form}-kubeconfig`,
    argocd: {
      secretName: 'apps',
      environment: 'dev',
      addonsRepo: { url: 'https://git.example.com/addons' },
      workloadRepo: { url: 'https://git.example.com/workloads' },
      addons: ['cluster_autoscaler'],
    },
  }),
  application: request(form, 'S3IRSA', 'invoices', { clusterRef: { name: `apps-${form}` } }),
});

const ready = (object: KubeObject) =>
  stack.kube.waitFor(
    object,
    (seen) => hasConditions(seen, 'Synced', 'Ready') && conditionStatus(seen, 'DependenciesReady') === 'True',
    { seconds, what: 'Synced, DependenciesReady and Ready' },
  );

const messageOf = ({ status }: KubeObject, type: string): string =>
  status?.conditions?.find((one) => one.type === type)?.message ?? '';

/** When the condition Ready turned True, in milliseconds. */
const readySince = ({ status }: KubeObject): number =>
  Date.parse(String(Object(status?.conditions?.find(({ type }) => type === 'Ready')).lastTransitionTime));

describe.each(forms)('in the %s form', (form) => {
  test('all three become Ready in order from one apply', async () => {
    const { network, cluster, application } = three(form);
    provider.hold('VPC');
    await stack.kube.apply(application, cluster, network);
    const waits = (object: KubeObject, wanted: RegExp) =>
      stack.kube.waitFor(object, (seen) => wanted.test(messageOf(seen, 'DependenciesReady')), {
        seconds,
        what: `awaiting ${wanted}`,
      });
    await waits(cluster, new RegExp(`awaiting: Network ${namespace}/platform-${form} to be Ready`));
    await waits(application, new RegExp(`EKSCluster ${namespace}/apps-${form} to be Ready`));
    provider.release('VPC');
    const [net, eks, app] = [await ready(network), await ready(cluster), await ready(application)];
    expect(readySince(net)).toBeLessThanOrEqual(readySince(eks));
    expect(readySince(eks)).toBeLessThanOrEqual(readySince(app));
    expect(net.status?.subnets).toHaveLength(6);
    expect(eks.status).toMatchObject({ accountId: '111122223333', version: '1.33' });
    expect(messageOf(eks, 'UpgradeProgress')).toBe('Kubernetes 1.33');
    const trust = `oidc-provider/${eks.status?.oidcProvider}`;
    const roles = await stack.kube.list(
      form === 'claims' ? 'iam.aws.upbound.io/v1beta1' : 'iam.aws.m.upbound.io/v1beta1',
      'Role',
    );
    const own = roles.filter((role) => JSON.stringify(role.metadata.labels).includes(`invoices-${form}`));
    expect(own.map(({ spec }) => String(Object(spec?.forProvider).assumeRolePolicy).includes(trust))).toEqual([true]);
    expect(eks.status?.nodeGroups).toEqual([expect.objectContaining({ name: 'general', version: '1.33' })]);
    const manifests = (await remoteObjects(form)).map(({ spec }) => Object(spec?.forProvider).manifest);
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`).sort()).toEqual([
      'Secret argocd',
      `ServiceAccount ${namespace}`,
    ]);
    expect(manifests.find(({ kind }) => kind === 'ServiceAccount').metadata).toMatchObject({
      name: `invoices-${form}`,
      annotations: { 'eks.amazonaws.com/role-arn': app.status?.roleArn },
    });
    expect(provider.failures).toEqual([]);
  });

  test('the API server refuses a skipped version, and what would replace subnets', async () => {
    const { cluster, network } = three(form);
    const change = (object: KubeObject, spec: object) =>
      stack.kube.apply({ ...object, spec: { ...object.spec, ...spec } });
    await expect(change(cluster, { version: '1.35' })).rejects.toThrow('one minor version at a time');
    await expect(change(cluster, { version: '1.32' })).rejects.toThrow('one minor version at a time');
    await expect(change(network, { zoneCount: 2 })).rejects.toThrow('subnets are never replaced');
    await expect(change(network, { cidr: '10.1.0.0/16' })).rejects.toThrow('spec.cidr cannot change after creation');
  });

  test('an upgrade is held until it is approved, and reaches control plane and nodes', async () => {
    const { cluster } = three(form);
    await stack.kube.apply({ ...cluster, spec: { ...cluster.spec, version: '1.34' } });
    await stack.kube.waitFor(cluster, (seen) => messageOf(seen, 'ChangesHeld').startsWith('spec.version from "1.33"'), {
      seconds,
      what: 'the upgrade to be held',
    });
    const change = { field: 'version', from: '1.33', to: '1.34', impact: 'restart' } as const;
    const subject = { kind: 'EKSCluster', namespace, name: cluster.metadata.name ?? '' };
    const { apiVersion, kind, ...metadata } = approvalFor(subject, change);
    await stack.kube.apply({ apiVersion, kind, metadata, data: { ...approvalData(subject, change) } });
    await stack.kube.waitFor(cluster, (seen) => messageOf(seen, 'UpgradeProgress') === 'Kubernetes 1.34', {
      seconds,
      what: 'the end of the upgrade',
    });
    const nodeGroups = await stack.kube.list(
      form === 'claims' ? 'eks.aws.upbound.io/v1beta2' : 'eks.aws.m.upbound.io/v1beta1',
      'NodeGroup',
    );
    expect(nodeGroups.map(({ spec }) => Object(spec?.forProvider).version)).toEqual(['1.34']);
  });

  test('deleted in the wrong order, each waits for what needs it, and nothing is left', async () => {
    const all = three(form);
    provider.holdDeletion('Cluster');
    const before = provider.deleted.length;
    await refusedDelete(form, all.cluster);
    await refusedDelete(form, all.network);
    await stack.kube.delete(all.application);
    await stack.kube.waitGone(all.application, { seconds, what: 'deletion' });
    const sinceThen = () => provider.deleted.slice(before).map(({ kind }) => kind);
    // What a namespaced composite composed goes after it.
    await expect.poll(sinceThen, { timeout: seconds * 1000 }).toContain('Object');
    expect(sinceThen()).not.toContain('VPC');
    // What was refused is asked for again when nothing needs it any more.
    provider.release('Cluster');
    await stack.kube.waitGone(all.cluster, { seconds, what: 'deletion' });
    await stack.kube.waitGone(all.network, { seconds, what: 'deletion' });
    const left = async () =>
      (await Promise.all(managedKinds.map(({ kind, apiVersion }) => stack.kube.list(apiVersion[form], kind)))).flat();
    await expect.poll(async () => (await left()).length, { timeout: seconds * 1000 }).toBe(0);
    const deleted = sinceThen();
    expect(deleted.indexOf('Object')).toBeLessThan(deleted.indexOf('Cluster'));
    expect(deleted.indexOf('Cluster')).toBeLessThan(deleted.indexOf('Subnet'));
    expect(deleted.indexOf('Cluster')).toBeLessThan(deleted.indexOf('VPC'));
  });
});

// What a person gets wrong is said at the earliest place that can know: by the API server, or on the claim.
describe('bad input', () => {
  const wrong = goldenCases
    .filter(({ blueprint, options }) => ['eks-cluster', 'network'].includes(blueprint) && isEmpty(options))
    .map(({ xr, expected, name }) => ({ xr, name, said: refusalIn(expected) }))
    .filter(({ said }) => said !== undefined);

  test('there is some', () => expect(wrong.length).toBeGreaterThan(15));

  test.each(wrong)('$name: $said', async ({ xr, name, said = '' }) => {
    const [document] = load(xr);
    if (document === undefined) throw new Error(`${xr} is empty`);
    const { metadata, ...content } = document.object as KubeObject;
    const claim: KubeObject = { ...content, metadata: { ...metadata, name, namespace } };
    if (said.startsWith('CLAIM_INVALID')) {
      await expect(stack.kube.apply(claim)).rejects.toThrow(/is invalid|Unsupported value|Invalid value/);
      return;
    }
    await stack.kube.apply(claim);
    const [code] = said.split(':');
    await stack.kube.waitFor(claim, (seen) => messageOf(seen, 'DependenciesReady').startsWith(`${code}: `), {
      seconds,
      what: said,
    });
    await stack.kube.delete(claim);
  });
});

const isEmpty = (options: object): boolean => Object.keys(options).length === 0;

/** The message of a case that is refused. */
const refusalIn = (expected: string): string | undefined =>
  /^kind: Refusal\nmessage: '?(.*?)'?$/m.exec(readFileSync(expected, 'utf8'))?.[1];

const remoteObjects = (form: Form): Promise<KubeObject[]> =>
  stack.kube.list(RemoteObject.apiVersion[form], RemoteObject.kind);

/** A claim is marked and waits for its composite; a composite in use is refused, and deleted when it no longer is. */
async function refusedDelete(form: Form, used: KubeObject): Promise<void> {
  if (form === 'claims') {
    await stack.kube.delete(used);
    return;
  }
  await expect(stack.kube.delete(used)).rejects.toThrow(/in-use|in use/);
}
