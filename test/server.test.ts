import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Http2Session } from 'node:http2';
import { type AddressInfo, createConnection } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import {
  Capability,
  FunctionRunnerServiceService,
  Ready,
  RunFunctionRequest as Requests,
  type Resource,
  type RunFunctionRequest,
  RunFunctionResponse,
  Severity,
} from '@crossplane-org/function-sdk-typescript';
import { type ChannelCredentials, Client, credentials, status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';
import type { Blueprint } from '../functions/core/blueprint.ts';
import { handle } from '../functions/core/handle.ts';
import { known } from '../functions/core/known.ts';
import { member } from '../functions/core/observed.ts';
import type { KubernetesObject } from '../functions/core/resource.ts';
import { startServer } from '../functions/core/server.ts';
import { createTlsServer } from '../functions/core/tls.ts';
import { stateOf } from '../tools/bench/state.ts';
import { compositeOf } from '../tools/cli/claim.ts';
import { load } from '../tools/cli/load.ts';
import { simulate } from '../tools/simulate.ts';
import { buildBundles, type Running, repository, run, stackTrace, start, temporaryFolder } from './support/process.ts';
import { createAuthority, type Identity } from './support/tls.ts';

const folder = temporaryFolder();
const mebibyte = 1024 * 1024;
let bundle = '';
let server: Identity;
let crossplane: Identity;
let expired: Identity;
let stranger: Identity;
let core: Identity;
let expiredCore: Identity;
let forgedCore: Identity;
let serverLikeCore: Identity;

beforeAll(async () => {
  const authority = createAuthority(join(folder.path, 'authority'));
  server = authority.issue('server', { usage: 'serverAuth' });
  crossplane = authority.issue('crossplane', { usage: 'clientAuth' });
  expired = authority.issue('expired', { usage: 'clientAuth', expired: true });
  stranger = createAuthority(join(folder.path, 'other')).issue('stranger', { usage: 'clientAuth' });
  core = authority.issue('core', { usage: 'clientAuth', namedAsAuthority: true });
  expiredCore = authority.issue('expired-core', { usage: 'clientAuth', namedAsAuthority: true, expired: true });
  serverLikeCore = authority.issue('server-like-core', { usage: 'serverAuth', namedAsAuthority: true });
  forgedCore = createAuthority(join(folder.path, 'forger')).issue('core', {
    usage: 'clientAuth',
    namedAsAuthority: true,
  });
  const build = join(folder.path, 'build');
  mkdirSync(build);
  bundle = (await buildBundles(build)).main;
});
afterAll(() => folder.remove());

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** How a server is started, in the terms that both ways of starting share. */
interface Setup {
  readonly insecure?: boolean;
  /** Default what the server itself has. */
  readonly maxReceiveMebibytes?: number;
  readonly only?: string;
}

/** A server that listens, wherever it runs. */
interface Target {
  readonly port: number;
  readonly metricsPort: number;
  /** Everything that it has logged. */
  log(): string;
}

async function inProcess(setup: Setup, served: readonly Blueprint[] = blueprints): Promise<Target> {
  let text = '';
  const write = (line: string): void => {
    text += line;
  };
  const log = pino({ level: 'trace', base: null }, { write });
  const running = await startServer(
    served.filter(({ name }) => setup.only === undefined || setup.only.split(',').includes(name)),
    {
      address: '127.0.0.1:0',
      tlsServerCertsDir: setup.insecure ? undefined : server.directory,
      maxReceiveBytes: (setup.maxReceiveMebibytes ?? 16) * mebibyte,
      metricsAddress: '127.0.0.1:0',
    },
    log,
  );
  cleanups.push(() => running.close());
  return { port: running.port, metricsPort: running.metricsPort ?? 0, log: () => text };
}

const addresses = ['--address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];

async function inBundle({ insecure, maxReceiveMebibytes, only }: Setup): Promise<Target & Running> {
  const args = [
    ...(insecure ? ['--insecure'] : ['--tls-server-certs-dir', server.directory]),
    ...(maxReceiveMebibytes === undefined ? [] : ['--max-recv-message-size', String(maxReceiveMebibytes)]),
    ...(only === undefined ? [] : ['--only', only]),
  ];
  const running = start(process.execPath, [bundle, '--debug', ...addresses, ...args]);
  cleanups.push(() => {
    running.child.kill('SIGKILL');
    return running.finished;
  });
  const { port, metrics } = await running.until((log) => logged(log, 'listening'));
  return { ...running, port: Number(port), metricsPort: Number(metrics), log: () => running.output.stdout };
}

/** The first line of a log with this message. */
function logged(log: string, message: string): Record<string, unknown> | undefined {
  return logLines(log).find(({ msg }) => msg === message);
}

const logLines = (log: string): Record<string, unknown>[] =>
  log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const trusting = ({ authority, key, certificate }: Identity): ChannelCredentials =>
  credentials.createSsl(authority, key, certificate);

function clientOf(target: Target, creds: ChannelCredentials = credentials.createInsecure()): Client {
  // Connections are shared by address otherwise, also with the refused ones of another test.
  const client = new Client(`127.0.0.1:${target.port}`, creds, { 'grpc.use_local_subchannel_pool': 1 });
  cleanups.push(() => client.close());
  return client;
}

const { path, requestSerialize, responseDeserialize } = FunctionRunnerServiceService.runFunction;

const call = (client: Client, request: RunFunctionRequest): Promise<RunFunctionResponse> =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline: Date.now() + 20_000 },
      (error, response) => (response === undefined ? reject(error) : resolve(response)),
    ),
  );

/** The serving status that grpc.health.v1 reports, read from the bytes on the wire: 1 is SERVING. */
const healthOf = (client: Client, service: string): Promise<number | undefined> =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (name: string) => Buffer.from([0x0a, name.length, ...Buffer.from(name)]),
      (bytes: Buffer) => (bytes[0] === 0x08 ? bytes[1] : undefined),
      service,
      { deadline: Date.now() + 20_000 },
      (error, response) => (error === null ? resolve(response) : reject(error)),
    ),
  );

async function metricsOf({ metricsPort }: Target): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const text = await response.text();
  return text.split('\n').filter((line) => line.startsWith('aws_blueprints_calls_total{'));
}

function exampleOf(name: string): KubernetesObject {
  const [document] = load(repository(`examples/${name}`));
  if (document === undefined) throw new Error(`${name} is empty`);
  return compositeOf(blueprints, document, undefined).xr;
}

const environment = (): KubernetesObject => {
  const [document] = load(repository('examples/environment.yaml'));
  if (document === undefined) throw new Error('no environment');
  return document.object;
};

const asResource = (resource: KubernetesObject) => ({
  resource,
  connectionDetails: {},
  ready: Ready.READY_UNSPECIFIED,
});

function requestOf(
  composite: KubernetesObject,
  observed: Readonly<Record<string, KubernetesObject>> = {},
  required: Readonly<Record<string, readonly KubernetesObject[]>> = {},
): RunFunctionRequest {
  const entries = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
  return Requests.fromPartial({
    meta: {
      tag: 'a-tag',
      capabilities: [Capability.CAPABILITY_CAPABILITIES, Capability.CAPABILITY_REQUIRED_RESOURCES],
    },
    observed: { composite: asResource(composite), resources: entries(observed, asResource) },
    requiredResources: entries(required, (objects) => ({ items: objects.map(asResource) })),
  });
}

/** A request of the simplest kind, with a name to tell it from others. */
function bucketRequest(name = 'invoices'): RunFunctionRequest {
  const xr = exampleOf('object-storage/claim.yaml');
  return requestOf({ ...xr, metadata: { ...xr.metadata, name } });
}

/** What the function answers, as it looks after its way over the network. */
const answerOf = (request: RunFunctionRequest): RunFunctionResponse =>
  RunFunctionResponse.decode(
    RunFunctionResponse.encode(
      handle(blueprints, Requests.decode(Requests.encode(request).finish()), () => {}),
    ).finish(),
  );

const fatalReason = ({ results }: RunFunctionResponse): string | undefined =>
  results.find(({ severity }) => severity === Severity.SEVERITY_FATAL)?.reason;

describe.each([
  { where: 'in process', begin: inProcess },
  { where: 'in the bundle', begin: inBundle },
])('the server $where', ({ begin }) => {
  test('answers a client that the authority has certified', async () => {
    const request = bucketRequest();
    expect(await call(clientOf(await begin({}), trusting(crossplane)), request)).toEqual(answerOf(request));
  });

  test.each([
    { who: 'without a certificate', creds: () => credentials.createSsl(crossplane.authority) },
    {
      who: 'with a certificate of another authority',
      creds: () => credentials.createSsl(crossplane.authority, stranger.key, stranger.certificate),
    },
    { who: 'with an expired certificate', creds: () => trusting(expired) },
    { who: "with a server's certificate", creds: () => trusting(server) },
    { who: 'like Crossplane core, but expired', creds: () => trusting(expiredCore) },
    { who: "like Crossplane core, but with a server's certificate", creds: () => trusting(serverLikeCore) },
    {
      who: 'like Crossplane core, but signed by another authority of that name',
      creds: () => credentials.createSsl(crossplane.authority, forgedCore.key, forgedCore.certificate),
    },
    { who: 'without encryption', creds: () => credentials.createInsecure() },
  ])('refuses a client $who', async ({ creds }) => {
    const target = await begin({});
    const refused = clientOf(target, creds());
    await expect(call(refused, bucketRequest())).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await expect(healthOf(refused, '')).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(await metricsOf(target)).toEqual([]);
    await call(clientOf(target, trusting(crossplane)), bucketRequest());
  });

  test('refuses what is older than TLS 1.2', async () => {
    const target = await begin({});
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      // OpenSSL offers these to nobody at its usual level of security.
      const old = tlsTo(target, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
      expect(await outcome(old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    }
    await call(clientOf(target, trusting(crossplane)), bucketRequest());
  });

  test('lets go of those who never end their handshake, and answers others meanwhile', async () => {
    const target = await begin({});
    const silent = Array.from({ length: 50 }, () => createConnection(target.port, '127.0.0.1'));
    // The beginning of a record, which says that 512 bytes follow.
    const half = createConnection(target.port, '127.0.0.1', () => half.write(Buffer.from([22, 3, 1, 2, 0, 1])));
    const slow = [...silent, half];
    cleanups.push(() => slow.forEach((socket) => void socket.destroy()));
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    await call(clientOf(target, trusting(crossplane)), bucketRequest());
    await Promise.all(slow.map((socket) => once(socket.resume(), 'close')));
    await call(clientOf(target, trusting(crossplane)), bucketRequest());
  });

  test('answers a client with a certificate like that of Crossplane core', async () => {
    await call(clientOf(await begin({}), trusting(core)), bucketRequest());
  });

  test('answers over the network as handle does in process, pass by pass', async () => {
    const client = clientOf(await begin({ insecure: true }));
    for (const { name } of blueprints) {
      for (const file of ['claim.yaml', 'full.yaml', 'production.yaml', 'namespaced.yaml']) {
        const xr = exampleOf(`${name}/${file}`);
        for (const request of passes(xr)) expect(await call(client, request)).toEqual(answerOf(request));
      }
    }
  });

  test('takes 5 MiB by default and refuses them with a limit of 1 MiB', async () => {
    const xr = exampleOf('object-storage/claim.yaml');
    const request = requestOf({ ...xr, metadata: { ...xr.metadata, annotations: { note: 'x'.repeat(5 * mebibyte) } } });
    expect(fatalReason(await call(clientOf(await begin({ insecure: true })), request))).toBeUndefined();
    const narrow = clientOf(await begin({ insecure: true, maxReceiveMebibytes: 1 }));
    await expect(call(narrow, request)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(fatalReason(await call(narrow, bucketRequest()))).toBeUndefined();
  });

  test('serves only the blueprints that it is told to', async () => {
    const client = clientOf(await begin({ insecure: true, only: 'object-storage,irsa' }));
    const environments = { environment: [environment()] };
    const reasons = [];
    for (const { name } of blueprints) {
      const answer = await call(client, requestOf(exampleOf(`${name}/claim.yaml`), {}, environments));
      reasons.push([name, fatalReason(answer)]);
    }
    const [bucket, identity, ...others] = reasons;
    expect([bucket, identity]).toEqual([
      ['object-storage', undefined],
      ['irsa', undefined],
    ]);
    expect(others.length).toBeGreaterThan(0);
    expect(others.every(([, reason]) => reason === 'UNKNOWN_KIND')).toBe(true);
  });

  test('says over the health service that it serves', async () => {
    const client = clientOf(await begin({}), trusting(crossplane));
    expect(await healthOf(client, '')).toBe(1);
    const service = 'apiextensions.fn.proto.v1.FunctionRunnerService';
    expect(await healthOf(client, service)).toBe(1);
    await expect(healthOf(client, 'another.Service')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  test('counts calls by blueprint and result', async () => {
    const target = await begin({ insecure: true });
    const client = clientOf(target);
    const broken = { resourceConfig: { region: 'nowhere' } };
    await call(client, bucketRequest());
    await call(client, bucketRequest());
    await call(client, requestOf({ ...exampleOf('object-storage/claim.yaml'), spec: broken }));
    await call(client, requestOf(exampleOf('irsa/claim.yaml')));
    await call(client, requestOf(exampleOf('s3-irsa/claim.yaml')));
    await call(client, requestOf(exampleOf('s3-irsa/namespaced.yaml')));
    await call(client, requestOf({ apiVersion: 'example.org/v1', kind: 'XObjectStorage' }));
    expect((await metricsOf(target)).sort()).toEqual([
      'aws_blueprints_calls_total{blueprint="irsa",result="ok"} 1',
      'aws_blueprints_calls_total{blueprint="object-storage",result="REGION"} 1',
      'aws_blueprints_calls_total{blueprint="object-storage",result="ok"} 2',
      'aws_blueprints_calls_total{blueprint="s3-irsa",result="ok"} 2',
      'aws_blueprints_calls_total{blueprint="unknown",result="UNKNOWN_KIND"} 1',
    ]);
    expect((await fetch(`http://127.0.0.1:${target.metricsPort}/`)).status).toBe(404);
  });

  test('logs who asked and what became of it, and no secret', async () => {
    const target = await begin({ insecure: true });
    const client = clientOf(target);
    await call(client, withSecrets(bucketRequest('kept'), { 'connection-kept': secretObject }));
    await call(client, withSecrets(bucketRequest('stray'), { password: secretObject }));
    await call(
      client,
      withSecrets(requestOf({ apiVersion: 'example.org/v1', kind: 'Lost', data: secretObject.data }), {}),
    );
    // What a process writes arrives after what it answers.
    await expect.poll(() => logLines(target.log()).filter(({ code }) => code !== undefined)).toHaveLength(2);
    const log = target.log();
    const notable = logLines(log).filter(({ level, xr }) => Number(level) >= 30 || member(xr, 'name') === 'kept');
    expect(notable).toMatchObject([
      { level: 30, msg: 'listening', tls: false, blueprints: blueprints.map(({ name }) => name) },
      { level: 20, msg: 'composed', xr: { kind: 'XObjectStorage', name: 'kept' }, resources: 2 },
      { level: 40, msg: 'refused', xr: { kind: 'XObjectStorage', name: 'stray' }, code: 'FOREIGN_RESOURCE' },
      { level: 40, msg: 'refused', xr: { kind: 'Lost' }, code: 'UNKNOWN_KIND' },
    ]);
    for (const form of secretForms) expect(log).not.toContain(form);
  });
});

/** The requests by which a composite becomes ready: each sees what the answer before asked for. */
function passes(xr: KubernetesObject): RunFunctionRequest[] {
  const first = requestOf(xr);
  const required = Object.fromEntries(
    Object.keys(answerOf(first).requirements?.resources ?? {}).map((key) => [key, [environment()]]),
  );
  const requests = [first];
  let observed: Record<string, KubernetesObject> = {};
  for (let pass = 0; pass < 4; pass++) {
    const request = requestOf(xr, observed, required);
    requests.push(request);
    observed = Object.fromEntries(
      Object.entries(answerOf(request).desired?.resources ?? {}).map(([name, { resource }]) => [
        name,
        // The wire type of a resource is any JSON; the function composes Kubernetes objects.
        simulate(resource as unknown as KubernetesObject, name, { account: '111122223333', partition: 'aws' }),
      ]),
    );
  }
  return requests;
}

const secret = 'correct-horse-battery-staple';
const secretBytes = Buffer.from(secret);
/** A secret as text, in the encodings of Kubernetes and of logs, and as the list of numbers that JSON makes of bytes. */
const secretForms = [
  secret,
  secretBytes.toString('base64'),
  secretBytes.toString('hex'),
  JSON.stringify([...secretBytes]).slice(1, -1),
];
const secretObject: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'credentials', namespace: 'team-a' },
  data: { password: secretBytes.toString('base64') },
};

/** The request with a secret in every place where Crossplane may put one. */
function withSecrets(
  request: RunFunctionRequest,
  observed: Readonly<Record<string, KubernetesObject>>,
): RunFunctionRequest {
  const connectionDetails = { password: secretBytes };
  const hidden = { ...asResource(secretObject), connectionDetails };
  const composite = request.observed?.composite;
  return Requests.fromPartial({
    ...request,
    observed: {
      composite: { ...composite, connectionDetails },
      resources: Object.fromEntries(
        Object.entries(observed).map(([name, object]) => [name, { ...asResource(object), connectionDetails }]),
      ),
    },
    desired: { composite: hidden, resources: { earlier: hidden } },
    requiredResources: { ...request.requiredResources, secret: { items: [hidden] } },
    extraResources: { secret: { items: [hidden] } },
    credentials: { aws: { credentialData: { data: connectionDetails } } },
    context: { password: secret },
  });
}

/** The request with this password in whatever Crossplane reads from a Secret. */
function withPassword({ observed, requiredResources, ...request }: RunFunctionRequest, password: string) {
  const connectionDetails = { password: Buffer.from(password) };
  const data = { password: Buffer.from(password).toString('base64') };
  const marked = (one: Resource): Resource => ({
    ...one,
    connectionDetails,
    ...(one.resource?.kind === 'Secret' && { resource: { ...one.resource, data } }),
  });
  return Requests.fromPartial({
    ...request,
    observed: {
      composite: { ...observed?.composite, connectionDetails },
      resources: Object.fromEntries(
        Object.entries(observed?.resources ?? {}).map(([name, one]) => [name, marked(one)]),
      ),
    },
    requiredResources: Object.fromEntries(
      Object.entries(requiredResources).map(([name, { items }]) => [name, { items: items.map(marked) }]),
    ),
  });
}

/** An answer without what is a Secret itself, and that part: what is composed as one, and connection details. */
function parted({ desired, ...answer }: RunFunctionResponse): { readonly open: string; readonly hidden: string } {
  const resources = Object.entries(desired?.resources ?? {});
  const isSecret = ([, { resource }]: (typeof resources)[number]) => resource?.kind === 'Secret';
  const { connectionDetails, ...composite } = desired?.composite ?? {};
  return {
    open: JSON.stringify([answer, composite, resources.filter((one) => !isSecret(one))]),
    hidden: JSON.stringify([connectionDetails, resources.filter(isSecret)]),
  };
}

describe('a password', () => {
  const files = blueprints.flatMap(({ name }) =>
    readdirSync(repository(`examples/${name}`))
      .filter((file) => name === 'relational-database' || ['full.yaml', 'namespaced.yaml'].includes(file))
      .filter((file) => !/^(template|observed)/.test(file))
      .map((file) => `examples/${name}/${file}`),
  );

  test.each([
    { what: 'that is taken', password: secret, results: [undefined] },
    { what: 'that is refused', password: `${secret} "/`, results: ['PASSWORD_SECRET', undefined] },
  ])('$what is in no log, no result, no status, no metric', async ({ password, results }) => {
    const target = await inProcess({ insecure: true });
    const client = clientOf(target);
    const answers = [];
    for (const state of files.flatMap((file) => [stateOf(file, { observed: 0 }), stateOf(file)])) {
      const request = Requests.decode(state.request);
      answers.push(await call(client, withPassword(request, password)));
      // As if the Secret had gone, what was published before is repeated.
      answers.push(await call(client, { ...withPassword(request, password), requiredResources: {} }));
    }
    expect(new Set(answers.map(fatalReason))).toEqual(new Set(results));
    const parts = answers.map(parted);
    // Where it belongs it is: what was published is repeated.
    expect(parts.some(({ hidden }) => secretForms.some((form) => hidden.includes(form)))).toBe(true);
    const metrics = await (await fetch(`http://127.0.0.1:${target.metricsPort}/metrics`)).text();
    for (const text of [...parts.map(({ open }) => open), target.log(), metrics]) {
      for (const form of secretForms) expect(text).not.toContain(form);
    }
  });
});

describe('a bug in one compose', () => {
  /** Fails for one composite name, in the way that a slip in a blueprint does. */
  const fragile: Blueprint = {
    ...(blueprints.find(({ name }) => name === 'object-storage') as Blueprint),
    resources: [],
    compose: ({ identity: { name } }) => {
      if (name === 'broken') throw new TypeError('cannot read the answer to everything');
      return { status: { bucketName: known(name) } };
    },
  };

  const requestFor = (name: string): RunFunctionRequest =>
    requestOf({
      apiVersion: 'm.awsblueprints.io/v1alpha1',
      kind: 'ObjectStorage',
      metadata: { name, namespace: 'team-a' },
      spec: { resourceConfig: { deletionPolicy: 'Delete' } },
    });

  test('is a fatal result for that call alone', async () => {
    const target = await inProcess({ insecure: true }, [fragile]);
    const client = clientOf(target);
    const names = Array.from({ length: 40 }, (_, index) => (index % 10 === 5 ? 'broken' : `bucket-${index}`));
    const answers = await Promise.all(names.map((name) => call(client, requestFor(name))));
    for (const [index, answer] of answers.entries()) {
      if (names[index] !== 'broken') {
        expect(fatalReason(answer)).toBeUndefined();
        expect(answer.desired?.composite?.resource?.status).toEqual({ bucketName: names[index] });
        continue;
      }
      expect(answer).toMatchObject({ meta: { tag: 'a-tag' }, desired: { resources: {} } });
      expect(answer.results).toEqual([
        expect.objectContaining({ severity: Severity.SEVERITY_WARNING, reason: 'INTERNAL' }),
        expect.objectContaining({ severity: Severity.SEVERITY_FATAL, reason: 'INTERNAL' }),
      ]);
    }
    expect((await metricsOf(target)).sort()).toEqual([
      'aws_blueprints_calls_total{blueprint="object-storage",result="INTERNAL"} 4',
      'aws_blueprints_calls_total{blueprint="object-storage",result="ok"} 36',
    ]);
  });

  test('leaves its stack in the log only, with the composite and without its secrets', async () => {
    const target = await inProcess({ insecure: true }, [fragile]);
    const answer = await call(clientOf(target), withSecrets(requestFor('broken'), {}));
    expect(JSON.stringify({ ...answer, desired: undefined, context: undefined })).not.toMatch(stackTrace);
    expect(answer.results.at(-1)?.message).toMatchInlineSnapshot(
      `"INTERNAL: function failed unexpectedly; this is a bug of aws-blueprints; the log of the function has the details"`,
    );
    expect(logged(target.log(), 'bug in compose')).toMatchObject({
      level: 50,
      xr: { kind: 'ObjectStorage', namespace: 'team-a', name: 'broken' },
      err: { message: 'cannot read the answer to everything', stack: expect.stringMatching(/\n\s+at /) },
    });
    for (const form of secretForms) expect(target.log()).not.toContain(form);
  });
});

describe('a process', () => {
  const node = (...args: string[]) => run(process.execPath, [bundle, ...args], { timeout: 20_000 });

  test('with --help ends with 0 and names every flag', async () => {
    const { code, stdout, stderr } = await node('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: node dist/main.js [flags]

      Composition function of aws-blueprints.

        --address <value>                 Address to listen on for gRPC. Default 0.0.0.0:9443.
        --tls-server-certs-dir <value>    Folder with tls.crt, tls.key and the ca.crt of the clients. Default /tls/server.
        --insecure                        Serve without TLS, to any client. For local work only.
        --debug                           Log every call.
        --max-recv-message-size <value>   Largest request, in MiB. Default 16.
        --metrics-address <value>         Address for Prometheus metrics; empty for none. Default 0.0.0.0:8080.
        --only <value>                    Serve only these blueprints, separated by commas.
        --help                            Show this help.
      "
    `);
  });

  test.each([
    { args: ['--bogus'], says: "Unknown option '--bogus'" },
    { args: ['stray'], says: "Unexpected argument 'stray'" },
    { args: ['--address'], says: "'--address <value>' argument missing" },
    { args: ['--only', 'rds'], says: '--only names "rds"; there are object-storage, irsa, s3-irsa' },
    { args: ['--max-recv-message-size', '1.5'], says: '--max-recv-message-size is "1.5"; use a whole number of MiB' },
    { args: ['--max-recv-message-size', '0'], says: '--max-recv-message-size is "0"; use a whole number of MiB' },
    { args: ['--metrics-address', 'nonsense'], says: '--metrics-address is "nonsense"' },
    { args: ['--max-recv-message-size', ''], says: '--max-recv-message-size is ""; use a whole number of MiB' },
  ])('with $args ends with 2', async ({ args, says }) => {
    const { code, stdout, stderr } = await node(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/See --help\.\n$/);
    expect(stderr).not.toMatch(stackTrace);
  });

  /** It ends with 1 after one line that says why. */
  async function cannotStart(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await node(...args);
    expect({ code }).toEqual({ code: 1 });
    expect(stdout + stderr).not.toMatch(stackTrace);
    const lines = logLines(stdout);
    expect(lines).toEqual([expect.objectContaining({ level: 60, msg: 'cannot start' })]);
    return lines[0]?.reason;
  }

  test('whose port is taken ends with 1', async () => {
    const { port } = await inProcess({ insecure: true });
    const reason = await cannotStart('--insecure', '--address', `127.0.0.1:${port}`, '--metrics-address', '');
    expect(reason).toContain(`127.0.0.1:${port}`);
  });

  test('whose metrics port is taken ends with 1', async () => {
    const { metricsPort } = await inProcess({ insecure: true });
    const metrics = ['--metrics-address', `127.0.0.1:${metricsPort}`];
    expect(await cannotStart('--insecure', '--address', '127.0.0.1:0', ...metrics)).toContain(`${metricsPort}`);
  });

  test('without its certificates ends with 1', async () => {
    const empty = join(folder.path, 'empty');
    mkdirSync(empty);
    expect(await cannotStart(...addresses, '--tls-server-certs-dir', empty)).toContain('ca.crt');
  });

  test('with broken certificates ends with 1', async () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    for (const name of ['ca.crt', 'tls.crt', 'tls.key']) writeFileSync(join(broken, name), 'no certificate\n');
    expect(await cannotStart(...addresses, '--tls-server-certs-dir', broken)).toEqual(expect.any(String));
  });
});

describe('a process that is told to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('answers the call in flight first (%s)', async (signal) => {
    const target = await inBundle({});
    const idle = clientOf(target, trusting(crossplane));
    await call(idle, bucketRequest());
    const request = bucketRequest('in-flight');
    const inFlight = await beginCall(target, Buffer.from(requestSerialize(request)));
    target.child.kill(signal);
    await inFlight.serverSaidGoodbye;
    expect(await target.until((log) => logged(log, 'stopping'))).toMatchObject({ level: 30, signal });
    await expect(connectTo(target.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(target.child.exitCode).toBeNull();
    expect(await inFlight.finish()).toEqual({ grpcStatus: '0', response: answerOf(request) });
    expect(await target.finished).toMatchObject({ code: 0, stderr: '' });
  });

  test('does not wait for ever for a call that never ends, or a connection that says nothing', async () => {
    const target = await inBundle({});
    const silent = createConnection(target.port, '127.0.0.1');
    cleanups.push(() => silent.destroy());
    await once(silent, 'connect');
    await beginCall(target, Buffer.from(requestSerialize(bucketRequest())));
    target.child.kill('SIGTERM');
    expect(await target.finished).toMatchObject({ code: 0 });
  }, 30_000);
});

test('what listens for TLS refuses to negotiate anew', async () => {
  const accepted: TLSSocket[] = [];
  const listener = createTlsServer(server.directory, (socket) => accepted.push(socket.resume()));
  cleanups.push(() => listener.close());
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = tlsTo({ port }, { maxVersion: 'TLSv1.2' });
  expect(await outcome(socket)).toBe('secure');
  const refused = outcome(socket.resume());
  socket.renegotiate({}, () => {});
  expect(await refused).toBe('ERR_SSL_NO_RENEGOTIATION');
  expect(await outcome(tlsTo({ port }, {}))).toBe('secure');
  for (const one of accepted) one.destroy();
});

/** A connection of a client that the authority has certified. */
function tlsTo({ port }: Pick<Target, 'port'>, options: ConnectionOptions): TLSSocket {
  const { authority, key, certificate } = crossplane;
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    ca: authority,
    key,
    cert: certificate,
    ALPNProtocols: ['h2'],
    ...options,
  });
  cleanups.push(() => socket.destroy());
  return socket;
}

/** What happens next on a connection: secure, closed, or the code of an error. */
const outcome = (socket: TLSSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('secureConnect', () => resolve('secure'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    socket.once('close', () => resolve('closed'));
  });

const connectTo = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(void socket.destroy()));
    socket.once('error', reject);
  });

/**
 * Begins a gRPC call of which the server has seen the headers and half of the message, for certain: HTTP/2 answers a
 * ping only after the frames before it.
 */
async function beginCall({ port }: Target, message: Buffer) {
  const { authority, key, certificate } = crossplane;
  const session = connect(`https://127.0.0.1:${port}`, { ca: authority, key, cert: certificate });
  cleanups.push(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const frame = Buffer.concat([Buffer.alloc(5), message]);
  frame.writeUInt32BE(message.length, 1);
  const half = Math.floor(frame.length / 2);
  await new Promise<void>((resolve) => stream.write(frame.subarray(0, half), () => resolve()));
  await pinged(session);
  return {
    serverSaidGoodbye: once(session, 'goaway'),
    finish: async () => {
      const received: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => received.push(chunk));
      stream.end(frame.subarray(half));
      // A stream that is cut off closes without trailers.
      const [trailers] = (await Promise.race([once(stream, 'trailers'), once(stream, 'close')])) as [
        Record<string, string> | undefined,
      ];
      if (trailers === undefined) throw new Error('the call was cut off');
      const response = RunFunctionResponse.decode(Buffer.concat(received).subarray(5));
      return { grpcStatus: trailers['grpc-status'], response };
    },
  };
}

const pinged = (session: Http2Session): Promise<void> =>
  new Promise((resolve, reject) => void session.ping((error) => (error ? reject(error) : resolve())));
