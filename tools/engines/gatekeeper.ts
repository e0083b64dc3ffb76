import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { type BuildOptions, requireEngines } from './build.ts';
import { haveAuthority, issueCertificate } from './certificates.ts';
import { argsOf } from './control-plane.ts';
import { fields, items } from './fields.ts';
import { hasConditions, type KubeClient, type KubeObject, type ObjectRef } from './kube.ts';
import { establish, type StackBase } from './stack.ts';

/** The name of Gatekeeper's process among the pieces of a stack. */
export const gatekeeperPiece = 'gatekeeper';

const namespace = 'gatekeeper-system';

/**
 * What owns its status objects: with its flag for a pod that does not exist, the garbage collector removes them as fast
 * as they are written, and Gatekeeper never stops to write them.
 */
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'gatekeeper-0', namespace },
  spec: {
    // What the namespace demands of every pod; this one is never run.
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'manager',
        image: 'localhost/gatekeeper',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

const webhookName = 'gatekeeper-validating-webhook-configuration';
const admission = 'admissionregistration.k8s.io/v1';

/** A Gatekeeper that runs. */
export interface Gatekeeper {
  /** Where its webhook listens. */
  readonly port: number;
  /** The authority of its certificate, in PEM. */
  readonly authority: Buffer;
}

/** Start Gatekeeper beside the engines of a stack, as the administrator; nobody asks it yet. */
export async function startGatekeeper(
  stack: StackBase,
  options: Pick<BuildOptions, 'build'> = {},
): Promise<Gatekeeper> {
  const directoryOf = await requireEngines(['gatekeeper'], options);
  const directory = directoryOf('gatekeeper');
  const definitions = await definitionsOf(join(directory, 'deploy', 'gatekeeper.yaml'));
  await stack.kube.apply(...definitions);
  await establish(
    stack.kube,
    definitions.filter(({ kind }) => kind === 'CustomResourceDefinition'),
  );
  const certificates = join(stack.state, 'tls', 'gatekeeper');
  const request = { commonName: 'gatekeeper', usage: 'serverAuth' } as const;
  // Not the authority of Crossplane, which may not have been made yet.
  const authority = join(stack.state, 'tls', 'gatekeeper-authority');
  await haveAuthority(authority, 'gatekeeper');
  await issueCertificate(authority, certificates, request);
  const port = await stack.port();
  await startManager(stack, join(directory, 'gatekeeper'), certificates, port);
  return { port, authority: await readFile(join(certificates, 'ca.crt')) };
}

/** What is installed into Gatekeeper. */
export interface PolicySet {
  /** Which requests Gatekeeper is asked about. */
  readonly rules: readonly object[];
  readonly templates: readonly KubeObject[];
  readonly constraints: readonly KubeObject[];
}

/** Install policies into a Gatekeeper that runs, and wait until each is enforced as it now is. */
export async function installPolicies(
  { kube }: Pick<StackBase, 'kube'>,
  gatekeeper: Gatekeeper,
  { rules, templates, constraints }: PolicySet,
  seconds = 120,
): Promise<void> {
  const begin = Date.now();
  // First of all: Gatekeeper reads from it the scope of the policies that it makes for the API server.
  await kube.apply(webhook(gatekeeper, rules));
  await kube.apply(...templates);
  // Their kinds come to be when Gatekeeper has read the templates.
  const established = { seconds, what: 'Established, by Gatekeeper' };
  const enforced = { seconds, what: 'enforced' };
  const install = async (constraint: KubeObject) => {
    const definition = await kube.waitFor(
      definitionOf(constraint),
      (seen) => hasConditions(seen, 'Established'),
      established,
    );
    await kube.apply(constraint);
    await kube.waitFor(constraint, isEnforced, enforced);
    return byApiServer(constraint) ? [definition] : [];
  };
  const toBeKnown = (await Promise.all(constraints.map(install))).flat();
  await setTimeout(untilKnown(toBeKnown, begin));
}

/**
 * Milliseconds until the API server knows the kinds of all definitions: it looks for new kinds every 30 s, then tries
 * policies again every second, and refuses meanwhile what a policy with such a constraint would judge (kube-apiserver
 * 1.36: options/admission.go and policy_source.go). It begins with those that it has. On a busy machine it serves a
 * kind long after it was defined, so that the time counts from when all are served, which is now.
 */
function untilKnown(definitions: readonly KubeObject[], begin: number): number {
  const since = definitions.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  // The creation is told in whole seconds.
  return Math.max(...since) + 1000 > begin ? 36_000 : 0;
}

const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

function definitionOf({ kind }: KubeObject): ObjectRef {
  return { ...crd, metadata: { name: `${kind.toLowerCase()}.constraints.gatekeeper.sh` } };
}

const apiServerPoint = 'vap.k8s.io';

const isApiServer = (point: unknown) => [fields(point).name, fields(point).enforcementPoint].includes(apiServerPoint);

/** Whether the API server judges a constraint by itself. */
function byApiServer({ spec }: KubeObject): boolean {
  const actions = items(spec?.scopedEnforcementActions);
  return actions.flatMap((one) => items(fields(one).enforcementPoints)).some(isApiServer);
}

/** Gatekeeper says so of the constraint as it is, and has made the binding for the API server where one is due. */
function isEnforced(constraint: KubeObject): boolean {
  const { metadata, status } = constraint;
  const current = (value: unknown) => fields(value).observedGeneration === metadata.generation;
  const pod = items(status?.byPod).find((one) => fields(one).enforced === true && current(one));
  if (pod === undefined || !byApiServer(constraint)) return pod !== undefined;
  const made = items(fields(pod).enforcementPointsStatus).find(isApiServer);
  return current(made) && fields(made).state === 'generated';
}

/**
 * Let everything pass the webhook of a former run, which nobody answers any more: it would refuse what it judges, and
 * Crossplane would try again ever later.
 */
export async function releaseWebhook(kube: KubeClient): Promise<void> {
  await removeAll(kube, [
    { apiVersion: admission, kind: 'ValidatingWebhookConfiguration', metadata: { name: webhookName } },
  ]);
}

/** Remove the policies of a former run. */
export async function removePolicies(kube: KubeClient, templates: readonly KubeObject[]): Promise<void> {
  await releaseWebhook(kube);
  // Where Gatekeeper never ran, its kinds do not exist.
  const templateKind = { ...crd, metadata: { name: 'constrainttemplates.templates.gatekeeper.sh' } };
  if (await kube.find(templateKind)) await removeAll(kube, templates);
}

async function removeAll(kube: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) if (await kube.find(object)) await kube.delete(object);
}

/** Its own kinds and namespace: the rest of its manifest is the pods, which run here as one process. */
async function definitionsOf(file: string): Promise<KubeObject[]> {
  const documents = loadAll(await readFile(file, 'utf8')).filter((one): one is KubeObject => 'kind' in fields(one));
  return documents.filter(({ kind }) => ['Namespace', 'CustomResourceDefinition'].includes(kind));
}

async function startManager(stack: StackBase, command: string, certificates: string, port: number): Promise<void> {
  const health = await stack.port();
  const cache = join(stack.state, 'gatekeeper-audit');
  await mkdir(cache, { recursive: true });
  const operations = ['webhook', 'audit', 'status', 'generate', 'mutation-status'];
  const flags = {
    kubeconfig: stack.kubeconfig,
    'disable-cert-rotation': 'true',
    'cert-dir': certificates,
    port: String(port),
    host: '127.0.0.1',
    'health-addr': `127.0.0.1:${health}`,
    // Its usual backend listens on every address. This one sends nothing before that time is over.
    'metrics-backend': 'opentelemetry',
    'otlp-endpoint': '127.0.0.1:9',
    'otlp-metric-interval': '87600h',
    'audit-interval': '5',
    // It would wait half a minute for API servers that have not heard of the kinds of constraints; here is only one.
    'default-wait-for-vapb-generation': '1',
    'api-cache-dir': cache,
    'shutdown-delay': '0',
  };
  await stack.kube.apply(pod);
  await stack.pieces.start({
    name: gatekeeperPiece,
    command,
    args: [...argsOf(flags), ...operations.map((operation) => `--operation=${operation}`)],
    env: { POD_NAME: pod.metadata.name, POD_NAMESPACE: namespace, NAMESPACE: namespace },
    ready: { seconds: 60, check: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok },
  });
}

function webhook({ port, authority }: Gatekeeper, rules: readonly object[]): KubeObject {
  return {
    apiVersion: admission,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: webhookName },
    webhooks: [
      {
        name: 'validation.gatekeeper.sh',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: `https://127.0.0.1:${port}/v1/admit`, caBundle: authority.toString('base64') },
        failurePolicy: 'Fail',
        matchPolicy: 'Exact',
        rules,
        sideEffects: 'None',
        timeoutSeconds: 3,
      },
    ],
  };
}
