import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crossplaneNamespace } from './chart.ts';
import { KubeClient } from './kube.ts';
import type { Pieces } from './pieces.ts';
import type { PortBlock } from './ports.ts';

/** What every part of a stack is started with. */
export interface StackContext {
  readonly pieces: Pieces;
  readonly ports: PortBlock;
  /** The folder that holds everything the stack writes. */
  readonly state: string;
  /** Whether the API server writes down who asked it for what. */
  readonly audit: boolean;
  /** The path of an engine's binary. */
  readonly binary: (engine: ControlPlaneEngine | 'crossplane-core') => string;
}

type ControlPlaneEngine = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

const serviceAccounts = ['system:serviceaccounts', `system:serviceaccounts:${crossplaneNamespace}`];

/** Who works with the API server, and in which groups. */
const identities = {
  admin: { user: 'admin', groups: ['system:masters'] },
  crossplane: { user: `system:serviceaccount:${crossplaneNamespace}:crossplane`, groups: serviceAccounts },
  'rbac-manager': { user: `system:serviceaccount:${crossplaneNamespace}:rbac-manager`, groups: serviceAccounts },
  // Known to the API server's own roles, which let it do little more than act as the account of each controller.
  controllers: { user: 'system:kube-controller-manager', groups: [] },
} as const;

/** The administrator, the two service accounts under which Crossplane runs, and the controllers of Kubernetes. */
export type Identity = keyof typeof identities;

/** The user name of an identity, as roles are bound to it. */
export function userOf(identity: Identity): string {
  return identities[identity].user;
}

/** The kubeconfig file of an identity. */
export function kubeconfigOf(state: string, identity: Identity): string {
  return join(state, `kubeconfig-${identity}.yaml`);
}

/** The file with every finished request to the API server as a line of JSON (audit.k8s.io/v1), where that was asked for. */
export function auditLogOf(state: string): string {
  return join(state, 'apiserver', 'audit.jsonl');
}

/** Start etcd and the API server, and connect as the administrator. */
export async function startControlPlane(context: StackContext): Promise<KubeClient> {
  const etcd = `http://127.0.0.1:${await context.ports.next()}`;
  const peer = `http://127.0.0.1:${await context.ports.next()}`;
  const port = await context.ports.next();
  await writeIdentities(context.state, port);
  const kubeconfig = kubeconfigOf(context.state, 'admin');
  // Side by side: the API server waits for etcd by itself.
  await Promise.all([startEtcd(context, etcd, peer), startApiServer(context, etcd, port)]);
  return KubeClient.connect(kubeconfig);
}

async function startEtcd({ pieces, state, binary }: StackContext, client: string, peer: string): Promise<void> {
  const flags = {
    'data-dir': join(state, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'log-level': 'error',
    // Only a power cut could lose what is not synced, and the tests write a lot.
    'unsafe-no-fsync': 'true',
  };
  const check = async () => (await fetch(`${client}/health`)).ok;
  await pieces.start({ name: 'etcd', command: binary('etcd'), args: argsOf(flags), ready: { seconds: 60, check } });
}

async function startApiServer(
  { pieces, state, binary, audit }: StackContext,
  etcd: string,
  port: number,
): Promise<void> {
  const directory = join(state, 'apiserver');
  const key = join(directory, 'service-accounts.key');
  const flags = {
    'etcd-servers': etcd,
    'secure-port': String(port),
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    // No process here is reached through a Service of the API server's own.
    'endpoint-reconciler-type': 'none',
    'cert-dir': directory,
    'token-auth-file': join(directory, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://localhost',
    'service-account-key-file': key,
    'service-account-signing-key-file': key,
    'service-cluster-ip-range': '10.0.0.0/24',
    // It would refuse objects until a controller, which does not run here, has made the default service accounts.
    'disable-admission-plugins': 'ServiceAccount',
    'enable-priority-and-fairness': 'false',
    profiling: 'false',
    ...(audit && (await auditFlags(state))),
  };
  const kubeconfig = kubeconfigOf(state, 'admin');
  const check = async () => (await KubeClient.connect(kubeconfig)).isReady();
  const command = binary('kube-apiserver');
  // Of all pieces it needs most memory, by far; Go's default lets garbage grow to as much as what is in use.
  const env = { GOGC: '50' };
  await pieces.start({ name: 'kube-apiserver', command, args: argsOf(flags), env, ready: { seconds: 120, check } });
}

async function auditFlags(state: string): Promise<Record<string, string>> {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    rules: [{ level: 'Metadata' }],
    omitStages: ['RequestReceived'],
  };
  const file = join(state, 'apiserver', 'audit-policy.json');
  await writeFile(file, JSON.stringify(policy));
  return { 'audit-policy-file': file, 'audit-log-path': auditLogOf(state), 'audit-log-maxsize': '1000' };
}

/** Start kube-controller-manager with some of its controllers only, as a piece of its own. */
export async function startControllers(
  { pieces, state, binary }: StackContext,
  name: string,
  controllers: readonly string[],
): Promise<void> {
  const kubeconfig = kubeconfigOf(state, 'controllers');
  const flags = {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    controllers: controllers.join(','),
    'leader-elect': 'false',
    'secure-port': '0',
    // Policies know the garbage collector by its account, and refuse what anybody else deletes.
    'use-service-account-credentials': 'true',
    'kube-api-qps': '200',
    'kube-api-burst': '400',
  };
  // It opens no port, so its log has to tell. The garbage collector goes to work after 30 s even if it could not read
  // every kind by then, which on a busy machine it cannot, and never says when it has.
  const works = /"Caches are synced"|"Proceeding to collect garbage"/g;
  const check = async (logs: () => Promise<string>) => ((await logs()).match(works)?.length ?? 0) >= controllers.length;
  const command = binary('kube-controller-manager');
  await pieces.start({ name, command, args: argsOf(flags), ready: { seconds: 180, check } });
}

/** Flags as an argument list. */
export function argsOf(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

async function writeIdentities(state: string, port: number): Promise<void> {
  const directory = join(state, 'apiserver');
  await mkdir(directory, { recursive: true });
  const secret = { mode: 0o600 };
  const key = join(directory, 'service-accounts.key');
  if (!existsSync(key)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), secret);
  }
  const rows: string[] = [];
  for (const identity of names(identities)) {
    const { user, groups } = identities[identity];
    const token = randomBytes(24).toString('hex');
    rows.push(`${token},${user},${identity},"${groups.join(',')}"`);
    await writeFile(kubeconfigOf(state, identity), kubeconfig(state, port, identity, token), secret);
  }
  await writeFile(join(directory, 'tokens.csv'), rows.join('\n'), secret);
}

function kubeconfig(state: string, port: number, name: string, token: string): string {
  const cluster = {
    // The API server's own certificate names 127.0.0.1, not localhost.
    server: `https://127.0.0.1:${port}`,
    'certificate-authority': join(state, 'apiserver', 'apiserver.crt'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
  };
  // JSON is YAML.
  return JSON.stringify(config, undefined, 2);
}

function names<Key extends string>(table: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(table).filter((key): key is Key => key in table);
}
