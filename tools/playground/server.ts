import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { blueprints } from '../../functions/blueprints.ts';
import type { Blueprint } from '../../functions/core/blueprint.ts';
import { worldOf } from '../cli/render.ts';
import { packageRoot } from '../engines/root.ts';
import { CodedError } from '../error.ts';
import type { CheckOptions } from '../judge/check.ts';
import { preview, verdict } from './preview.ts';
import type { Ask } from './protocol.ts';

/** What surrounds the claims, and the port; 0 stands for any. */
export interface PlaygroundOptions
  extends Pick<CheckOptions, 'environment' | 'required' | 'input' | 'profile' | 'judge'> {
  readonly port: number;
}

/** A page that is served until it is closed. */
export interface Playground {
  readonly url: string;
  close(): Promise<void>;
}

const folder = join(packageRoot, 'dist', 'playground');
const loopback = '127.0.0.1';
/** A claim of 3 MiB is the largest that an API server takes. */
const maxBytes = 3 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'main.css': 'text/css; charset=utf-8',
};

/** Everything that the page needs is its own, and nobody may frame it. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Serves the page on loopback. It only reads: what is entered stays in the browser and in answers to it. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const files = new Map(Object.keys(types).map((name) => [name, asset(name)]));
  const world = {
    environment: join(folder, 'environment.yaml'),
    required: join(folder, 'required.yaml'),
    ...options,
  };
  // A wrong path is better told before anybody looks at the page.
  worldOf(world);
  const server = createServer((request, response) => {
    answer(request, response, files, world).catch((error: unknown) => fail(response, error));
  });
  const port = await listen(server, options.port);
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${loopback}:${port}/`, close };
}

function asset(name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch {
    throw new CodedError('PLAYGROUND_UNBUILT', join(folder, name), 'is absent', 'run npm run build');
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, loopback);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : undefined;
    const seen = reason === 'EADDRINUSE' ? 'in use' : `cannot be listened on (${reason})`;
    throw new CodedError('PORT_TAKEN', `${loopback}:${port}`, seen, 'name another one with --port, or 0 for any');
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has an address');
  return address.port;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, Buffer>,
  options: CheckOptions,
): Promise<void> {
  if (!isOurs(request)) return send(response, 403, 'only pages of this server may ask it\n', 'text/plain');
  const path = (request.url ?? '/').slice(1) || 'index.html';
  if (request.method === 'GET' || request.method === 'HEAD') {
    const file = files.get(path);
    return file ? send(response, 200, file, types[path]) : send(response, 404, 'no such page\n', 'text/plain');
  }
  if (request.method !== 'POST') return send(response, 405, 'GET or POST\n', 'text/plain');
  if (path !== 'preview' && path !== 'verdict') return send(response, 404, 'no such page\n', 'text/plain');
  const { ask, blueprint } = askOf(await bodyOf(request));
  const value = path === 'preview' ? preview(blueprint, ask, options) : await verdict(ask, options);
  send(response, 200, JSON.stringify(value), 'application/json');
}

/**
 * A name that somebody else's page resolves to this machine makes it the same origin as this server, so the names that
 * are ours are the two that nobody else can give away; and no other page may post here.
 */
function isOurs({ headers: sent, socket, method }: IncomingMessage): boolean {
  const ours = [loopback, 'localhost'].map((host) => `${host}:${socket.localPort}`);
  if (!ours.includes(sent.host ?? '')) return false;
  if (sent.origin !== undefined && sent.origin !== `http://${sent.host}`) return false;
  // No form of another page can send this type without being asked for leave first.
  return method !== 'POST' || sent['content-type'] === 'application/json';
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > maxBytes) throw new CodedError('ASK_TOO_LARGE', 'request', 'more than 3 MiB', 'send a smaller claim');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new CodedError('ASK_INVALID', 'request', 'no JSON', 'send JSON');
  }
}

function askOf(body: unknown): { readonly ask: Ask; readonly blueprint: Blueprint } {
  const { kind, form, name, namespace, spec, running } = Object(body) as Readonly<Record<string, unknown>>;
  const known = blueprints.find((one) => one.kind === kind);
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isForm = form === 'claims' || form === 'namespaced';
  const isSpec = (value: unknown): value is Ask['spec'] =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (known && isForm && isText(name) && isText(namespace) && isSpec(spec) && isSpec(running)) {
    return { blueprint: known, ask: { kind: known.kind, form, name, namespace, spec, running } };
  }
  throw new CodedError(
    'ASK_INVALID',
    'request',
    'not what the page asks',
    'send kind, form, name, namespace, spec and running',
  );
}

function send(response: ServerResponse, status: number, body: string | Buffer, type = 'text/plain'): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

function fail(response: ServerResponse, error: unknown): void {
  const isKnown = error instanceof CodedError;
  const message = isKnown ? error.message : 'INTERNAL: the playground failed unexpectedly; report it';
  if (!response.headersSent) send(response, isKnown ? 400 : 500, `${message}\n`);
}
