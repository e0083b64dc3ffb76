import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { parseArgs } from 'node:util';
import {
  FunctionRunnerServiceService,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
} from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Blueprint } from './blueprint.ts';
import { find, handle } from './handle.ts';
import { checkHealth, healthService } from './health.ts';
import { member } from './observed.ts';
import { createTlsServer } from './tls.ts';
import { decodeRequest } from './wire.ts';

/** Flags of the server; names and defaults are those of the Crossplane function SDKs where they have one. */
const flags = {
  address: { type: 'string', default: '0.0.0.0:9443', help: 'Address to listen on for gRPC.' },
  'tls-server-certs-dir': {
    type: 'string',
    default: '/tls/server',
    help: 'Folder with tls.crt, tls.key and the ca.crt of the clients.',
  },
  insecure: { type: 'boolean', default: false, help: 'Serve without TLS, to any client. For local work only.' },
  debug: { type: 'boolean', short: 'd', default: false, help: 'Log every call.' },
  'max-recv-message-size': { type: 'string', default: '16', help: 'Largest request, in MiB.' },
  'metrics-address': {
    type: 'string',
    default: '0.0.0.0:8080',
    help: 'Address for Prometheus metrics; empty for none.',
  },
  only: { type: 'string', default: '', help: 'Serve only these blueprints, separated by commas.' },
  help: { type: 'boolean', short: 'h', default: false, help: 'Show this help.' },
} as const;

export interface ServerOptions {
  readonly address: string;
  /** Undefined serves without TLS. */
  readonly tlsServerCertsDir: string | undefined;
  readonly maxReceiveBytes: number;
  /** Undefined serves no metrics. */
  readonly metricsAddress: string | undefined;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Undefined without metrics. */
  readonly metricsPort: number | undefined;
  /** Stops listening and waits until the calls in flight are answered. */
  close(): Promise<void>;
}

/** A client that hangs must not hold a pod until Kubernetes kills it, 30 seconds after SIGTERM. */
const drainMilliseconds = 20_000;

class UsageError extends Error {}

const helpText = (): string =>
  [
    'Usage: node dist/main.js [flags]',
    '',
    'Composition function of aws-blueprints.',
    '',
    ...Object.entries(flags).map(([name, flag]) => {
      const value = flag.type === 'string' ? ' <value>' : '';
      const fallback = flag.default === '' || flag.default === false ? '' : ` Default ${flag.default}.`;
      return `  --${name}${value}`.padEnd(36) + flag.help + fallback;
    }),
    '',
  ].join('\n');

function parseFlags(argv: readonly string[], blueprints: readonly Blueprint[]) {
  const { values } = parseArgs({ args: [...argv], options: flags, allowPositionals: false });
  const mebibytes = Number(values['max-recv-message-size']);
  if (!Number.isInteger(mebibytes) || mebibytes < 1 || mebibytes > 1024) {
    throw new UsageError(
      `--max-recv-message-size is "${values['max-recv-message-size']}"; use a whole number of MiB from 1 to 1024`,
    );
  }
  for (const flag of ['address', 'metrics-address'] as const) {
    if (values[flag] !== '' && !/:\d{1,5}$/.test(values[flag]))
      throw new UsageError(`--${flag} is "${values[flag]}"; use host:port, for instance ${flags[flag].default}`);
  }
  const only = values.only === '' ? undefined : values.only.split(',');
  const stranger = only?.find((name) => !blueprints.some((one) => one.name === name));
  if (stranger !== undefined) {
    throw new UsageError(`--only names "${stranger}"; there are ${blueprints.map((one) => one.name).join(', ')}`);
  }
  const options: ServerOptions = {
    address: values.address,
    tlsServerCertsDir: values.insecure ? undefined : values['tls-server-certs-dir'],
    maxReceiveBytes: mebibytes * 1024 * 1024,
    metricsAddress: values['metrics-address'] || undefined,
  };
  return {
    help: values.help,
    debug: values.debug,
    options,
    served: blueprints.filter((one) => only?.includes(one.name) ?? true),
  };
}

/** Runs the function as a process: parses flags, listens, and stops on SIGTERM or SIGINT once calls are answered. */
export async function serve(blueprints: readonly Blueprint[], argv: readonly string[]): Promise<void> {
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(argv, blueprints);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    process.exit(2);
  }
  if (parsed.help) {
    process.stdout.write(helpText());
    return;
  }
  const log = pino({ level: parsed.debug ? 'debug' : 'info', base: null });
  try {
    const server = await startServer(parsed.served, parsed.options, log);
    const stop = (signal: string) => {
      log.info({ signal }, 'stopping');
      setTimeout(() => {
        log.warn('calls did not end in time');
        process.exit(0);
      }, drainMilliseconds).unref();
      void server.close().then(() => process.exit(0));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    log.fatal({ reason: error instanceof Error ? error.message : String(error) }, 'cannot start');
    process.exit(1);
  }
}

/** Starts the gRPC server, its health service and its metrics; rejects when an address cannot be bound. */
export async function startServer(
  blueprints: readonly Blueprint[],
  options: ServerOptions,
  log: Logger,
): Promise<RunningServer> {
  const metrics = callMetrics();
  const grpc = new Server({
    'grpc.max_receive_message_length': options.maxReceiveBytes,
    'grpc.enable_channelz': 0,
  });
  let stopping = false;
  grpc.addService(healthService, {
    check: checkHealth(['apiextensions.fn.proto.v1.FunctionRunnerService'], () => !stopping),
  });
  const method = { ...FunctionRunnerServiceService.runFunction, requestDeserialize: decodeRequest };
  grpc.addService({ runFunction: method }, { runFunction: runFunction(blueprints, metrics, log) });
  const listening = await listen(grpc, options);
  const { port } = listening;
  let http: HttpServer | undefined;
  try {
    http =
      options.metricsAddress === undefined ? undefined : await serveMetrics(options.metricsAddress, metrics.registry);
  } catch (error) {
    void listening.close();
    grpc.forceShutdown();
    throw error;
  }
  log.info(
    {
      port,
      metrics: portOf(http),
      tls: options.tlsServerCertsDir !== undefined,
      blueprints: blueprints.map((one) => one.name),
    },
    'listening',
  );
  return {
    port,
    metricsPort: portOf(http),
    close: async () => {
      stopping = true;
      await Promise.all([listening.close(), new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()))]);
      http?.closeAllConnections();
      await new Promise<void>((resolve) => (http === undefined ? resolve() : http.close(() => resolve())));
    },
  };
}

/** Unlike the SDK's server, this one demands a client certificate: nobody but Crossplane may see or ask anything. */
async function listen(server: Server, { address, tlsServerCertsDir }: ServerOptions): Promise<Listening> {
  if (tlsServerCertsDir === undefined) return { port: await bindInsecure(server, address), close: async () => {} };
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const tls = createTlsServer(tlsServerCertsDir, (socket) => injector.injectConnection(socket));
  const { port } = await listenOn(tls, address);
  return { port, close: () => new Promise((resolve) => tls.close(() => resolve())) };
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

const bindInsecure = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );

function listenOn(server: NetServer, address: string): Promise<AddressInfo> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(colon + 1)), host || undefined, () => resolve(server.address() as AddressInfo));
  });
}

type Call = ServerUnaryCall<RunFunctionRequest, RunFunctionResponse>;

function runFunction(blueprints: readonly Blueprint[], metrics: ReturnType<typeof callMetrics>, log: Logger) {
  return ({ request }: Call, answer: sendUnaryData<RunFunctionResponse>): void => {
    const started = performance.now();
    const xr: unknown = request.observed?.composite?.resource;
    const metadata = member(xr, 'metadata');
    const identity = {
      apiVersion: member(xr, 'apiVersion'),
      kind: member(xr, 'kind'),
      namespace: member(metadata, 'namespace'),
      name: member(metadata, 'name'),
      uid: member(metadata, 'uid'),
    };
    const response = handle(blueprints, request, (error) => log.error({ xr: identity, err: error }, 'bug in compose'));
    const kind = find(blueprints, text(identity.apiVersion), text(identity.kind))?.blueprint.name ?? 'unknown';
    const refusal = response.results.find((result) => result.severity === Severity.SEVERITY_FATAL)?.reason;
    metrics.calls.inc({ blueprint: kind, result: refusal ?? 'ok' });
    metrics.duration.observe({ blueprint: kind }, (performance.now() - started) / 1000);
    if (refusal !== undefined) log.warn({ xr: identity, code: refusal }, 'refused');
    else log.debug({ xr: identity, resources: Object.keys(response.desired?.resources ?? {}).length }, 'composed');
    answer(null, response);
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function callMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: 'aws_blueprints_calls_total',
    help: 'RunFunction calls by blueprint and by result: ok, or the code of a refusal.',
    labelNames: ['blueprint', 'result'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'aws_blueprints_call_seconds',
    help: 'Seconds that composing took, without the network.',
    labelNames: ['blueprint'],
    buckets: [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
    registers: [registry],
  });
  return { registry, calls, duration };
}

async function serveMetrics(address: string, registry: Registry): Promise<HttpServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void registry.metrics().then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text));
  });
  await listenOn(server, address);
  return server;
}

function portOf(server: HttpServer | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
