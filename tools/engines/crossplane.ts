import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { issueCertificate, writeSecret } from './certificates.ts';
import { chartObjects, crossplaneNamespace } from './chart.ts';
import { argsOf, type Identity, kubeconfigOf, type StackContext, userOf } from './control-plane.ts';
import type { ManagedDefinition } from './crds.ts';
import { EngineError } from './error.ts';
import { fields, textOf } from './fields.ts';
import { hasConditions, type KubeClient, type KubeObject } from './kube.ts';
import { run, tail } from './run.ts';

const secrets = { root: 'crossplane-root-ca', server: 'crossplane-tls-server', client: 'crossplane-tls-client' };
const webhookService = 'crossplane-webhooks';

/** Folders with `tls.crt`, `tls.key` and `ca.crt`, all from the authority that `core init` makes. */
export interface Certificates {
  /** For a function server on localhost. */
  readonly server: string;
  /** For somebody who calls a function server as Crossplane would. */
  readonly client: string;
}

/**
 * Define what core works on. `core init` does so too, and fails at what comes next: an API server serves a new kind only
 * after 5 s, in which other definitions can be made.
 */
export async function defineCrossplane(context: StackContext, kube: KubeClient): Promise<void> {
  const directory = join(clusterFiles(context), 'crds');
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
  await kube.apply(...texts.flatMap((text) => loadAll(text) as KubeObject[]));
}

/** Install what the chart installs, and let core initialise the cluster, under core's own service account. */
export async function initialiseCrossplane(context: StackContext, kube: KubeClient, port: number): Promise<void> {
  await kube.apply(...(await chartObjects(join(clusterFiles(context), 'charts', 'crossplane'))), webhooks(port));
  await waitForRights(kube, 'crossplane', 'apiextensions.k8s.io', 'customresourcedefinitions');
  const env = {
    ...environmentOf(context, 'crossplane'),
    WEBHOOK_SERVICE_NAME: webhookService,
    WEBHOOK_SERVICE_NAMESPACE: crossplaneNamespace,
    WEBHOOK_SERVICE_PORT: String(port),
    TLS_CA_SECRET_NAME: secrets.root,
    TLS_SERVER_SECRET_NAME: secrets.server,
    TLS_CLIENT_SECRET_NAME: secrets.client,
  };
  const args = argsOf({
    'cr-ds-path': join(clusterFiles(context), 'crds'),
    'webhook-configurations-path': join(clusterFiles(context), 'webhookconfigurations'),
    activation: '*',
  });
  const end = Date.now() + initSeconds * 1000;
  for (;;) {
    const result = await run(context.binary('crossplane-core'), ['core', 'init', ...args], {
      env,
      seconds: initSeconds,
    });
    if (result.code === 0) return;
    if (Date.now() > end) {
      const seen = `still fails after ${initSeconds} s:${tail(result.stdout + result.stderr)}`;
      throw new EngineError({ code: 'PIECE_CRASHED', path: 'core init', seen, todo: 'mend what its output says' });
    }
    // The first run fails when its definitions are new ("no matches for kind Lock"): a pod would be restarted.
    await waitServed(kube);
  }
}

/** A busy machine takes a minute for its definitions alone. */
const initSeconds = 240;

// What the steps of `core init` after its definitions read and write.
const initialKinds = [
  ['pkg.crossplane.io/v1beta1', 'Lock'],
  ['pkg.crossplane.io/v1', 'Provider'],
  ['pkg.crossplane.io/v1', 'Configuration'],
  ['pkg.crossplane.io/v1', 'Function'],
  ['pkg.crossplane.io/v1beta1', 'DeploymentRuntimeConfig'],
  ['apiextensions.crossplane.io/v1alpha1', 'ManagedResourceActivationPolicy'],
] as const;

/** Wait until the API server serves new kinds: asked earlier it says "try again in a second", and Go's client does. */
async function waitServed(kube: KubeClient): Promise<void> {
  const end = Date.now() + 10_000;
  for (const [apiVersion, kind] of initialKinds) {
    const served = async () => (await kube.list(apiVersion, kind).catch(() => undefined)) !== undefined;
    while (!(await served()) && Date.now() < end) await sleep(25);
  }
}

/** Write out the certificates that `core init` made, and issue one for function servers. */
export async function writeCertificates({ state }: StackContext, kube: KubeClient): Promise<Certificates> {
  const directory = (name: string) => join(state, 'tls', name);
  await Promise.all(
    Object.entries(secrets).map(([name, secret]) => writeSecret(kube, crossplaneNamespace, secret, directory(name))),
  );
  const request = { commonName: 'function', usage: 'serverAuth' } as const;
  await issueCertificate(directory('root'), directory('function'), request);
  return { server: directory('function'), client: directory('client') };
}

/** Start core and its RBAC manager, each under its own service account. */
export async function startCrossplane(
  context: StackContext,
  webhookPort: number,
  extra: readonly string[],
): Promise<void> {
  const { pieces, state, ports } = context;
  const command = context.binary('crossplane-core');
  const health = await ports.next();
  // The package cache has to exist: core reports a missing folder as a closed pipe.
  await Promise.all(['xpkg', 'xfn'].map((name) => mkdir(join(state, 'cache', name), { recursive: true })));
  const flags = {
    'package-runtime': 'Provider=External;Function=External',
    'xpkg-cache-dir': join(state, 'cache', 'xpkg'),
    'xfn-cache-dir': join(state, 'cache', 'xfn'),
    'tls-client-certs-dir': join(state, 'tls', 'client'),
    'tls-server-certs-dir': join(state, 'tls', 'server'),
    'webhook-port': String(webhookPort),
    'metrics-port': String(await ports.next()),
    'health-probe-port': String(health),
    // The defaults (100 events, then 1 a second) stop a composite of ten or more resources while it is being created.
    'circuit-breaker-burst': '10000',
    'circuit-breaker-refill-rate': '100',
  };
  const check = async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok;
  const env = environmentOf(context, 'crossplane');
  const core = { name: 'crossplane', command, args: ['core', 'start', ...argsOf(flags), ...extra], env };
  const manager = {
    name: 'rbac-manager',
    command,
    args: ['rbac', 'start', '--provider-clusterrole=crossplane:allowed-provider-permissions'],
    env: environmentOf(context, 'rbac-manager'),
  };
  await Promise.all([
    pieces.start({ ...core, ready: { seconds: 60, check } }),
    // It opens no port. That it works is seen when the rights to the first composite appear.
    pieces.start({ ...manager, ready: { seconds: 60, check: async () => true } }),
  ]);
}

/**
 * The rights to managed resources.
 *
 * In a cluster the RBAC manager derives them from the installed provider package; here definitions are applied by hand,
 * and this role stands in for that one, rule for rule. It grants nothing beyond the provider's own groups.
 */
export function managedResourcesRole(definitions: readonly ManagedDefinition[]): KubeObject {
  const groups = [...new Set(definitions.map((definition) => definition.group))].sort();
  const rules = groups.map((group) => {
    const plurals = definitions.filter((one) => one.group === group).map((one) => one.plural);
    return { apiGroups: [group], resources: plurals.flatMap((plural) => [plural, `${plural}/status`]), verbs: ['*'] };
  });
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: 'aws-blueprints:stand-in-for-provider-package:aggregate-to-crossplane',
      labels: { 'rbac.crossplane.io/aggregate-to-crossplane': 'true' },
    },
    rules,
  };
}

/** Wait until composites (and claims) of a definition can be made and core may manage them. */
export async function waitForDefinition(kube: KubeClient, definition: KubeObject): Promise<void> {
  const { group, names, claimNames } = fields(definition.spec);
  const conditions = claimNames ? ['Established', 'Offered'] : ['Established'];
  const what = conditions.join(' and ');
  await kube.waitFor(definition, (object) => hasConditions(object, ...conditions), { seconds: 60, what });
  for (const plural of [names, claimNames].map((one) => textOf(fields(one).plural)).filter((one) => one !== '')) {
    await waitForRights(kube, 'crossplane', textOf(group), plural);
  }
}

/** Wait until an identity may list a kind of resource, asking the API server's own authorizer. */
export async function waitForRights(kube: KubeClient, identity: Identity, group: string, resource: string) {
  const end = Date.now() + 30_000;
  const spec = { user: userOf(identity), resourceAttributes: { verb: 'list', group, resource } };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: { name: '' }, spec };
  while (Date.now() < end) {
    if ((await kube.create(review)).status?.allowed === true) return;
    await sleep(50);
  }
  const seen = `${userOf(identity)} may still not list them after 30 s`;
  const todo = 'see the logs of rbac-manager and kube-controller-manager';
  throw new EngineError({ code: 'WAIT_TIMEOUT', path: `${resource}.${group}`, seen, todo });
}

/** The webhook's Service leads to loopback, where core's process listens; TLS still checks the in-cluster name. */
function webhooks(port: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: webhookService, namespace: crossplaneNamespace },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  };
}

function environmentOf({ state }: StackContext, identity: Identity): Record<string, string> {
  const account = identity === 'rbac-manager' ? 'rbac-manager' : 'crossplane';
  return {
    KUBECONFIG: kubeconfigOf(state, identity),
    POD_NAMESPACE: crossplaneNamespace,
    POD_SERVICE_ACCOUNT: account,
    LEADER_ELECTION: 'false',
  };
}

function clusterFiles({ binary }: StackContext): string {
  return join(dirname(binary('crossplane-core')), 'cluster');
}
