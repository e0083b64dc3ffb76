import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { managedKinds } from '../../../functions/aws/index.ts';
import { EngineError } from '../error.ts';
import { hasConditions, type KubeObject } from '../kube.ts';
import type { Stack } from '../stack.ts';
import { buildProvider, providerEngine, providerFacts } from './build.ts';
import { providerAccount, providerConfigs, providerRights, withWebhook } from './objects.ts';
import type { WantedKind } from './plan.ts';
import type { SimulatedAws } from './simulators.ts';

/** How the provider is run. */
export interface ProviderOptions {
  /** The kinds that it is built for; every kind that blueprints compose by default. */
  readonly kinds?: readonly WantedKind[];
  /** How often each resource is compared with AWS, as Go writes durations; a minute by default. */
  readonly poll?: string;
  /** Namespaces that get a ProviderConfig of their own, beside the one for the whole cluster. */
  readonly namespaces?: readonly string[];
  readonly debug?: boolean;
  readonly build?: boolean;
  readonly cache?: string;
  readonly log?: (line: string) => void;
}

/** The real AWS provider, at work on a stack. */
export interface RunningProvider {
  /** Its name among the pieces, to stop, kill, restart it or read its log. */
  readonly piece: string;
}

type ProviderStack = Pick<Stack, 'kube' | 'kubeconfig' | 'managed' | 'pieces' | 'port' | 'state' | 'functionCerts'>;

/**
 * Start the real AWS provider for the managed resource kinds of a stack, against a simulated AWS.
 *
 * The definitions of the stack are replaced by those of the provider's package, with all their versions: its controllers
 * read the cluster scoped kinds in v1beta1, while newer versions are composed, and its webhook converts between them.
 */
export async function startProvider(
  stack: ProviderStack,
  aws: SimulatedAws,
  options: ProviderOptions = {},
): Promise<RunningProvider> {
  const { kinds = managedKinds, poll = '1m', namespaces = [], debug = false } = options;
  const outcome = await buildProvider({ ...options, kinds });
  if (outcome.state === 'impossible') throw outcome.why;
  const facts = await providerFacts(outcome.directory);
  const definitions = definitionsFor(stack, facts.definitions);
  const [webhook, health] = [await stack.port(), await stack.port()];
  const authority = await readFile(join(stack.functionCerts.server, 'ca.crt'), 'utf8');
  const installed = definitions.map((one) => withWebhook(one, { port: webhook, authority }));
  await stack.kube.apply(...providerRights(definitions), ...installed);
  await Promise.all(installed.map((one) => established(stack, one)));
  await stack.kube.apply(...providerConfigs(aws, facts.services, namespaces));
  await stack.pieces.start({
    name: providerEngine,
    command: join(outcome.directory, providerEngine),
    args: [
      `--poll=${poll}`,
      `--health=127.0.0.1:${health}`,
      `--webhook-port=${webhook}`,
      // A certificate for localhost from the stack's authority: all that the webhook needs as well.
      `--certs=${stack.functionCerts.server}`,
      `--debug=${debug}`,
    ],
    env: { ...environment(aws.url), KUBECONFIG: await writeKubeconfig(stack) },
    ready: { seconds: 60, check: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok },
  });
  return { piece: providerEngine };
}

/** The definitions of the stack's managed resource kinds and of the provider's configurations. */
function definitionsFor(stack: ProviderStack, packaged: readonly KubeObject[]): KubeObject[] {
  const nameOf = ({ metadata }: KubeObject) => metadata.name;
  const wanted = new Set(stack.managed.map(({ definition }) => nameOf(definition)));
  const unknown = [...wanted].find((name) => !packaged.some((one) => nameOf(one) === name));
  if (unknown !== undefined) {
    const seen = 'the provider is not built for this kind';
    throw new EngineError({ code: 'PROVIDER_KIND', path: unknown, seen, todo: 'add it to the kinds of startProvider' });
  }
  const isConfiguration = (one: KubeObject) => /^\w+\.aws\.(m\.)?upbound\.io$/.test(nameOf(one));
  return packaged.filter((one) => wanted.has(nameOf(one)) || isConfiguration(one));
}

async function established({ kube }: ProviderStack, definition: KubeObject): Promise<void> {
  const wait = { seconds: 60, what: 'Established' };
  await kube.waitFor(definition, (object) => hasConditions(object, 'Established'), wait);
}

/** Everything over HTTP goes through the gateway, which refuses TLS; nothing of the user's own AWS settings is heard. */
function environment(gateway: string): Record<string, string> {
  const own = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  const proxies = { HTTP_PROXY: gateway, HTTPS_PROXY: gateway, NO_PROXY: '' };
  const both = Object.entries(proxies).flatMap(([name, value]) => [
    [name, value],
    [name.toLowerCase(), value],
  ]);
  return {
    ...Object.fromEntries(own.map((name) => [name, ''])),
    ...Object.fromEntries(both),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** A kubeconfig with a token of the provider's own service account. */
async function writeKubeconfig({ kubeconfig, state }: ProviderStack): Promise<string> {
  const admin = new KubeConfig();
  admin.loadFromFile(kubeconfig);
  const api = admin.makeApiClient(CoreV1Api);
  const body = { spec: { audiences: [], expirationSeconds: 30 * 86_400 } };
  const { status } = await api.createNamespacedServiceAccountToken({ ...providerAccount, body });
  const config = new KubeConfig();
  const cluster = admin.getCurrentCluster();
  if (cluster) config.loadFromClusterAndUser(cluster, { name: providerAccount.name, token: status?.token ?? '' });
  const file = join(state, `kubeconfig-${providerEngine}.yaml`);
  await writeFile(file, config.exportConfig(), { mode: 0o600 });
  return file;
}
