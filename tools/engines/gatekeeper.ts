import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { requireEngines } from './build.ts';
import { issueCertificate } from './certificates.ts';
import { argsOf } from './control-plane.ts';
import { fields, items } from './fields.ts';
import { hasConditions, type KubeObject } from './kube.ts';
import type { Stack } from './stack.ts';

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

/** Start Gatekeeper beside the engines of a stack: webhook, audit and policies of the API server; it runs as the administrator. */
export async function startGatekeeper(stack: Stack, rules: readonly object[]): Promise<void> {
  const directoryOf = await requireEngines(['gatekeeper']);
  const directory = directoryOf('gatekeeper');
  const definitions = await definitionsOf(join(directory, 'deploy', 'gatekeeper.yaml'));
  await stack.kube.apply(...definitions);
  for (const definition of definitions.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
    await stack.kube.waitFor(definition, (seen) => hasConditions(seen, 'Established'), {
      seconds: 60,
      what: 'Established',
    });
  }
  const certificates = join(stack.state, 'tls', 'gatekeeper');
  const request = { commonName: 'gatekeeper', usage: 'serverAuth' } as const;
  await issueCertificate(join(stack.state, 'tls', 'root'), certificates, request);
  const port = await stack.port();
  // Gatekeeper reads the scope of the policies that it makes for the API server from this configuration.
  await stack.kube.apply(webhook(port, rules, await readFile(join(certificates, 'ca.crt'))));
  await startManager(stack, join(directory, 'gatekeeper'), certificates, port);
}

/** Install templates and constraints, the former first, and wait until every constraint is enforced. */
export async function installPolicies(
  stack: Stack,
  templates: readonly KubeObject[],
  constraints: readonly KubeObject[],
  seconds: number,
): Promise<void> {
  await stack.kube.apply(...templates);
  for (const template of templates) {
    const name = `${template.metadata.name}.constraints.gatekeeper.sh`;
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } };
    await stack.kube.waitFor(definition, (seen) => hasConditions(seen, 'Established'), {
      seconds,
      what: 'Established',
    });
  }
  await stack.kube.apply(...constraints);
  for (const constraint of constraints) {
    const pods = ({ status }: KubeObject) => items(fields(status).byPod).map(fields);
    await stack.kube.waitFor(constraint, (seen) => pods(seen).some(({ enforced }) => enforced === true), {
      seconds,
      what: 'enforced',
    });
  }
}

/** Its own kinds and namespace: the rest of its manifest is the pods, which run here as one process. */
async function definitionsOf(file: string): Promise<KubeObject[]> {
  const documents = loadAll(await readFile(file, 'utf8')).filter((one): one is KubeObject => 'kind' in fields(one));
  return documents.filter(({ kind }) => ['Namespace', 'CustomResourceDefinition'].includes(kind));
}

async function startManager(stack: Stack, command: string, certificates: string, port: number): Promise<void> {
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
    'prometheus-port': String(await stack.port()),
    'audit-interval': '5',
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

function webhook(port: number, rules: readonly object[], authority: Buffer): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'gatekeeper-validating-webhook-configuration' },
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
