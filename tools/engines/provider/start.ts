import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { managedKinds } from '../../../functions/aws/index.ts';
import { haveAuthority, issueCertificate } from '../certificates.ts';
import type { ManagedDefinition } from '../crds.ts';
import { EngineError } from '../error.ts';
import type { KubeClient, KubeObject } from '../kube.ts';
import { establish, type Stack, type StackBase } from '../stack.ts';
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
  /** Where its webhook listens; the definitions name it, and need not change while it stays. */
  readonly webhookPort?: number;
  readonly build?: boolean;
  readonly cache?: string;
  readonly log?: (line: string) => void;
}

/** The real AWS provider, at work on a stack. */
export interface RunningProvider {
  /** Its name among the pieces, to stop, kill, restart it or read its log. */
  readonly piece: string;
}

/** A provider whose definitions are installed. */
export interface InstalledProvider {
  readonly directory: string;
  readonly services: readonly string[];
  /** Where its webhook is to listen, and with which certificate. */
  readonly port: number;
  readonly certificates: string;
}

/**
 * Install the definitions of the provider's package for some managed resource kinds, with all their versions, and its
 * rights: its controllers read the cluster scoped kinds in v1beta1, while newer versions are composed, and its webhook
 * converts between them.
 */
export async function installProvider(
  base: StackBase,
  managed: readonly ManagedDefinition[],
  options: ProviderOptions = {},
): Promise<InstalledProvider> {
  const port = options.webhookPort ?? (await base.port());
  const outcome = await buildProvider({ ...options, kinds: options.kinds ?? managedKinds });
  if (outcome.state === 'impossible') throw outcome.why;
  const facts = await providerFacts(outcome.directory);
  const certificates = join(base.state, 'tls', providerEngine);
  // Not the authority of Crossplane, which is made while these definitions are being installed.
  const authority = join(base.state, 'tls', `${providerEngine}-authority`);
  await haveAuthority(authority, providerEngine);
  await issueCertificate(authority, certificates, { commonName: providerEngine, usage: 'serverAuth' });
  const definitions = definitionsFor(managed, facts.definitions);
  await base.kube.apply(...providerRights(definitions));
  const webhook = { port, authority: await readFile(join(certificates, 'ca.crt'), 'utf8') };
  await define(
    base,
    definitions.map((one) => withWebhook(one, webhook)),
  );
  return { directory: outcome.directory, services: facts.services, port, certificates };
}

/** Hundreds of definitions are tens of megabytes: a stack that is resumed has most likely just these. */
async function define({ kube, state }: StackBase, definitions: readonly KubeObject[]): Promise<void> {
  const file = join(state, `${providerEngine}.definitions`);
  const digest = createHash('sha256').update(JSON.stringify(definitions)).digest('hex');
  if ((await readFile(file, 'utf8').catch(() => '')) === digest) return;
  await rm(file, { force: true });
  await Promise.all(definitions.map((definition) => kube.apply(definition)));
  await establish(kube, definitions);
  await writeFile(file, digest);
}

/** Lead an installed provider to a simulated AWS. */
export async function configureProvider(
  kube: KubeClient,
  { services }: InstalledProvider,
  aws: Pick<SimulatedAws, 'credentials'>,
  namespaces: readonly string[],
): Promise<void> {
  await kube.apply(...providerConfigs(aws, services, namespaces));
}

/** Run a provider that is installed and configured. */
export async function runProvider(
  stack: StackBase,
  aws: Pick<SimulatedAws, 'url'>,
  { directory, port, certificates }: InstalledProvider,
  { poll = '1m', debug = false }: ProviderOptions = {},
): Promise<RunningProvider> {
  const health = await stack.port();
  await stack.pieces.start({
    name: providerEngine,
    command: join(directory, providerEngine),
    args: [
      `--poll=${poll}`,
      `--health=127.0.0.1:${health}`,
      `--webhook-port=${port}`,
      `--certs=${certificates}`,
      `--debug=${debug}`,
    ],
    env: { ...environment(aws.url), KUBECONFIG: await writeKubeconfig(stack) },
    ready: { seconds: 60, check: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok },
  });
  return { piece: providerEngine };
}

/** Start the real AWS provider for the managed resource kinds of a stack, against a simulated AWS. */
export async function startProvider(
  stack: StackBase & Pick<Stack, 'managed'>,
  aws: SimulatedAws,
  options: ProviderOptions = {},
): Promise<RunningProvider> {
  const installed = await installProvider(stack, stack.managed, options);
  await configureProvider(stack.kube, installed, aws, options.namespaces ?? []);
  return runProvider(stack, aws, installed, options);
}

/** The definitions of some managed resource kinds and of the provider's configurations. */
function definitionsFor(managed: readonly ManagedDefinition[], packaged: readonly KubeObject[]): KubeObject[] {
  const nameOf = ({ metadata }: KubeObject) => metadata.name;
  const wanted = new Set(managed.map(({ definition }) => nameOf(definition)));
  const unknown = [...wanted].find((name) => !packaged.some((one) => nameOf(one) === name));
  if (unknown !== undefined) {
    const seen = 'the provider is not built for this kind';
    throw new EngineError({ code: 'PROVIDER_KIND', path: unknown, seen, todo: 'add it to the kinds of startProvider' });
  }
  const isConfiguration = (one: KubeObject) => /^\w+\.aws\.(m\.)?upbound\.io$/.test(nameOf(one));
  return packaged.filter((one) => wanted.has(nameOf(one)) || isConfiguration(one));
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
async function writeKubeconfig({ kubeconfig, state }: StackBase): Promise<string> {
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
