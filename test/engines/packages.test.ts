import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { groups } from '../../functions/core/blueprint.ts';
import { load } from '../../tools/cli/load.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { type ManagedDefinition, managedDefinition, providerModule } from '../../tools/engines/crds.ts';
import { fields, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { run } from '../../tools/engines/run.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { architectures, type BuiltPackage, buildPackages } from '../../tools/package/build.ts';
import { installedName, servicesOf } from '../../tools/package/contents.ts';
import { pushPackages } from '../../tools/package/push.ts';
import { type Architecture, nodePath } from '../../tools/package/runtime.ts';
import { packageOf } from '../../tools/package/xpkg.ts';
import { simulate } from '../../tools/simulate.ts';
import { pullImage } from '../support/package-runtime.ts';

// The packages on real Crossplane: built by our builder, pushed by Crossplane's CLI to a registry, installed and
// upgraded by core's package manager. The function runs from the content of the pulled image. Stand-ins: the provider
// packages hold the real definitions and no program, and the runtime controller is this test.
const architecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const forms = ['claims', 'namespaced'] as const;
const namespace = 'team-a';
const seconds = 300;
const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-packages-'));
const quiet = () => {};

let stack: Stack;
let provider: StandInProvider;
let host: string;
let managed: ManagedDefinition[];
const built = new Map<string, BuiltPackage[]>();

const plan = (version: string) => ({
  blueprints,
  partial: false,
  registry: `${host}/acme/platform`,
  providers: `${host}/acme-providers`,
  version,
});

/** The bundle, with a line by which the image of one version differs from that of another. */
function bundleOf(version: string): string {
  const bundle = join(folder, `bundle-${version}`);
  cpSync('dist', bundle, { recursive: true, filter: (path) => !path.includes('packages') });
  appendFileSync(join(bundle, 'main.js'), `\n// ${version}\n`);
  return bundle;
}

const build = (version: string, out: string) =>
  buildPackages({
    ...plan(version),
    permissions: { partition: 'aws' },
    architectures: [architecture],
    bundle: bundleOf(version),
    out: join(folder, out),
    replace: false,
    log: quiet,
  });

beforeAll(async () => {
  const manifests = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }];
  stack = await startStack({ manifests });
  host = await startRegistry();
  managed = await Promise.all(
    managedKinds.flatMap(({ kind, apiVersion }) =>
      forms.map((form) => managedDefinition({ kind, apiVersion: apiVersion[form] })),
    ),
  );
  for (const service of servicesOf(blueprints)) await pushProvider(service);
  for (const version of ['0.1.0', '0.2.0']) {
    built.set(version, await build(version, version));
    await pushPackages(built.get(version) ?? [], join(folder, version), quiet);
  }
}, 900_000);

afterAll(async () => {
  provider?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startRegistry(): Promise<string> {
  const directory = (await requireEngines(['registry']))('registry');
  const port = await stack.port();
  const check = async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok;
  const command = join(directory, 'registry');
  await stack.pieces.start({ name: 'registry', command, args: ['-port', String(port)], ready: { seconds: 30, check } });
  return `127.0.0.1:${port}`;
}

/** A provider package: the real definitions of one service in both scopes, and an image without a program. */
async function pushProvider(service: string): Promise<void> {
  const name = `provider-aws-${service}`;
  const meta = {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Provider',
    metadata: { name },
    spec: { capabilities: ['safe-start'] },
  };
  const definitions = managed.filter(({ group }) => group.startsWith(`${service}.`)).map((one) => one.definition);
  const { archive } = await packageOf([meta, ...definitions], { architecture, layers: [], process: {} }, name);
  const file = `${name}.xpkg`;
  writeFileSync(join(folder, file), archive);
  const reference = `${host}/acme-providers/${name}:${providerModule.version}`;
  const files = [{ file, sha256: '', layerBytes: 0 }];
  await pushPackages([{ kind: 'Configuration', reference, files }], folder, quiet);
}

const packageObject = (kind: string, name: string, reference?: string): KubeObject => ({
  apiVersion: 'pkg.crossplane.io/v1',
  kind,
  metadata: { name },
  ...(reference !== undefined && { spec: { package: reference } }),
});

const referenceTo = (version: string, name: string): string => `${host}/acme/platform/${name}:v${version}`;

/** The active revision of a package, once it is of this image. */
async function activeRevision(kind: string, name: string, reference?: string): Promise<KubeObject> {
  const list = () =>
    stack.kube.list('pkg.crossplane.io/v1', `${kind}Revision`, { labelSelector: `pkg.crossplane.io/package=${name}` });
  const active = async () =>
    (await list()).find(
      ({ spec }) => spec?.desiredState === 'Active' && (reference === undefined || spec.image === reference),
    );
  await expect.poll(active, { timeout: seconds * 1000, message: `${kind} ${name}` }).toBeDefined();
  return (await active()) as KubeObject;
}

/** What a runtime controller reports once the package's program runs. */
async function reportRuntime(revision: KubeObject, status: Readonly<Record<string, unknown>>): Promise<void> {
  const healthy = {
    type: 'RuntimeHealthy',
    status: 'True',
    reason: 'HealthyPackageRevision',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  await expect
    .poll(
      async () => {
        const { status: before } = await stack.kube.get(revision);
        const others = (before?.conditions ?? []).filter(({ type }) => type !== healthy.type);
        const conditions = [...others, healthy];
        await stack.kube.patch(revision, { status: { ...status, conditions } }, { subresource: 'status' });
        return hasConditions(await stack.kube.get(revision), 'RevisionHealthy', 'RuntimeHealthy');
      },
      { timeout: seconds * 1000, interval: 500, message: `${revision.kind} ${revision.metadata.name}` },
    )
    .toBe(true);
}

const tls = { tlsServerSecretName: 'crossplane-tls-server' };

/** Runs the function of a revision from the content of its image, as the user that core's own deployments run as. */
async function runFunction(revision: KubeObject): Promise<string> {
  const { name } = revision.metadata;
  const image = await pullImage(textOf(revision.spec?.image), architecture, join(folder, name));
  // What a kubelet mounts.
  mkdirSync(join(image.root, 'tls'));
  const mount = join(image.root, 'tls', 'server');
  cpSync(stack.functionCerts.server, mount, { recursive: true });
  for (const file of readdirSync(mount)) chmodSync(join(mount, file), 0o644);
  const port = await stack.port();
  const flags = ['--address', `127.0.0.1:${port}`, '--metrics-address', ''];
  const args = ['--userspec=2000:2000', image.root, ...image.entrypoint, ...flags];
  const check = () =>
    new Promise<boolean>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
      socket.once('error', reject);
    });
  await stack.pieces.start({
    name,
    command: 'chroot',
    args,
    env: { PATH: process.env.PATH ?? '' },
    ready: { seconds: 30, check },
  });
  await reportRuntime(revision, { ...tls, endpoint: `dns:///localhost:${port}` });
  return name;
}

const request = (form: (typeof forms)[number], name: string): KubeObject => ({
  apiVersion: `${groups[form]}/v1alpha1`,
  kind: 'S3IRSA',
  metadata: { name, namespace },
  spec: { resourceConfig: { region: 'eu-west-1' } },
});

const isReady = (object: KubeObject) =>
  stack.kube.waitFor(object, (seen) => hasConditions(seen, 'Synced', 'Ready'), { seconds, what: 'Synced and Ready' });

/** What must stay as it is: every managed resource by its uid, with its spec and the count of its changes. */
async function managedState(): Promise<Record<string, unknown>> {
  const all = await Promise.all(managed.map(({ apiVersion, kind }) => stack.kube.list(apiVersion, kind)));
  const entries = all
    .flat()
    .map(({ kind, metadata, spec }) => [metadata.uid, { kind, generation: metadata.generation, spec }]);
  return Object.fromEntries(entries);
}

test('the same sources give the same packages', async () => {
  const again = await build('0.1.0', 'again');
  expect(again).toEqual(built.get('0.1.0'));
});

test('both architectures come under one name, each small and with a bill of what is in it', async () => {
  const both = join(folder, 'both');
  const packages = await buildPackages({
    ...plan('0.3.0'),
    permissions: { partition: 'aws' },
    architectures,
    bundle: bundleOf('0.3.0'),
    out: both,
    replace: false,
    log: quiet,
  });
  await pushPackages(packages, both, quiet);
  // The ELF header tells for which processor a program is: 62 is x86-64, 183 is AArch64.
  const machines: Record<Architecture, number> = { amd64: 62, arm64: 183 };
  for (const one of architectures) {
    const { root } = await pullImage(
      referenceTo('0.3.0', 'function-aws-blueprints'),
      one,
      join(folder, `image-${one}`),
    );
    expect(readFileSync(join(root, nodePath)).readUInt16LE(18), one).toBe(machines[one]);
    const bill = JSON.parse(readFileSync(join(both, `function-aws-blueprints-v0.3.0-linux-${one}.cdx.json`), 'utf8'));
    const names = bill.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['node', 'libc6', 'grpc-js']));
  }
  const sizes = packages.flatMap(({ files }) => files.map(({ layerBytes }) => layerBytes));
  expect(Math.max(...sizes)).toBeLessThan(60e6);
});

test('Crossplane reads what is in a package', async () => {
  const directory = (await requireEngines(['crossplane-cli']))('crossplane-cli');
  const file =
    built.get('0.1.0')?.find(({ reference }) => reference.includes('/aws-blueprints:'))?.files[0]?.file ?? '';
  const args = ['xpkg', 'extract', '--from-xpkg', join(folder, '0.1.0', file), '-o', join(folder, 'extracted.gz')];
  const result = await run(join(directory, 'crossplane-cli'), args, { seconds: 60 });
  expect(result).toMatchObject({ code: 0 });
});

test('both configurations install side by side, bring function and providers, and serve claims to Ready', async () => {
  const { kube } = stack;
  // The very files that come with the packages, in the order of their names.
  const file = (name: string) => load(join(folder, '0.1.0', 'install', name)).map(({ object }) => object as KubeObject);
  await kube.apply(...file('1-runtime.yaml'), ...file('2-packages.yaml'));
  const configurations = file('2-packages.yaml').filter(({ kind }) => kind === 'Configuration');

  for (const service of servicesOf(blueprints)) {
    await reportRuntime(await activeRevision('Provider', `acme-providers-provider-aws-${service}`), tls);
  }
  const name = installedName(plan('0.1.0').registry, 'function-aws-blueprints');
  const revision = await activeRevision('Function', name);
  await runFunction(revision);
  expect((await kube.get(revision)).status).toMatchObject({ capabilities: ['composition'] });
  for (const configuration of configurations) {
    await kube.waitFor(configuration, (seen) => hasConditions(seen, 'Installed', 'Healthy'), {
      seconds,
      what: 'Healthy',
    });
  }
  await kube.waitFor(packageObject('Function', name), (seen) => hasConditions(seen, 'Installed', 'Healthy'), {
    seconds,
    what: 'Healthy',
  });

  // The provider family brings these two definitions.
  const configs = [
    { apiVersion: 'aws.upbound.io/v1beta1', kind: 'ProviderConfig' },
    { apiVersion: 'aws.m.upbound.io/v1beta1', kind: 'ClusterProviderConfig' },
  ];
  for (const one of configs) {
    const { definition } = await managedDefinition(one);
    await kube.apply(definition);
    await kube.waitFor(definition, (seen) => hasConditions(seen, 'Established'), { seconds, what: 'Established' });
  }
  await kube.apply(...file('3-provider-config.yaml'));
  for (const one of configs) {
    const { spec } = await kube.get({ ...one, metadata: { name: 'default' } });
    expect(spec).toEqual({ credentials: { source: 'IRSA' } });
  }

  provider = await startStandInProvider(
    { kube, managed },
    {
      atProvider: (resource) =>
        fields(fields(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider),
    },
  );
  const environment = load('examples/environment.yaml')[0]?.object as KubeObject;
  await kube.apply(environment);
  for (const form of forms) {
    const object = request(form, `app-${form}`);
    await kube.apply(object);
    const { status } = await isReady(object);
    expect(status).toMatchObject({ region: 'eu-west-1', serviceAccountName: `app-${form}` });
  }
  expect(provider.failures).toEqual([]);
}, 1_200_000);

test('an upgrade, and the way back, touch no composed resource', async () => {
  const { kube } = stack;
  const before = await managedState();
  expect(Object.keys(before).length).toBeGreaterThan(10);
  const functionName = installedName(plan('0.1.0').registry, 'function-aws-blueprints');
  const move = async (kind: string, name: string, reference: string): Promise<KubeObject> => {
    await kube.patch(packageObject(kind, name), { spec: { package: reference } });
    return activeRevision(kind, name, reference);
  };
  const configure = async (version: string) => {
    for (const name of ['aws-blueprints', 'aws-blueprints-claims']) {
      const revision = await move('Configuration', name, referenceTo(version, name));
      await kube.waitFor(revision, (seen) => hasConditions(seen, 'RevisionHealthy'), { seconds, what: 'healthy' });
    }
  };
  // The function first, since the configurations ask for one that is at least as new; and last on the way back.
  const newer = await runFunction(
    await move('Function', functionName, referenceTo('0.2.0', 'function-aws-blueprints')),
  );
  await configure('0.2.0');
  await kube.apply(request('namespaced', 'after-upgrade'));
  await isReady(request('namespaced', 'after-upgrade'));
  expect(await managedState()).toMatchObject(before);

  await configure('0.1.0');
  const old = await move('Function', functionName, referenceTo('0.1.0', 'function-aws-blueprints'));
  await kube.waitFor(old, (seen) => hasConditions(seen, 'RevisionHealthy'), { seconds, what: 'healthy' });
  await stack.pieces.stop(newer);
  await kube.apply(request('claims', 'after-rollback'));
  await isReady(request('claims', 'after-rollback'));
  expect(await managedState()).toMatchObject(before);
}, 1_200_000);

test('a disk that takes no more is said so, and nothing is left behind', async () => {
  const out = join(folder, 'full', 'packages');
  // A limit on the size of files stands in for it, since that needs no rights.
  const script = 'ulimit -f 64; exec "$@"';
  const command = [process.execPath, 'node_modules/tsx/dist/cli.mjs', 'tools/package/main.ts', '--out', out];
  const { code, stderr } = await run('sh', ['-c', script, 'sh', ...command, '--arch', architecture], { seconds });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `PACKAGE_UNWRITABLE: ${out}: cannot be written (EFBIG); make room, or give another --out\n`,
  });
  expect(readdirSync(join(folder, 'full'))).toEqual([]);
});

test('an unreachable registry is said so', async () => {
  const packages = (built.get('0.1.0') ?? []).slice(1, 2);
  const away = packages.map((one) => ({ ...one, reference: one.reference.replace(host, '127.0.0.1:1') }));
  await expect(pushPackages(away, join(folder, '0.1.0'), quiet)).rejects.toThrow(/^PACKAGE_PUSH: 127\.0\.0\.1:1\/acme/);
});
