import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { EngineError, messageOf } from '../error.ts';

/** A call to AWS that passed the gateway. */
export interface AwsCall {
  readonly method: string;
  /** The service that the call was signed for, as AWS names it in signatures; empty when it was not signed. */
  readonly service: string;
  readonly path: string;
  readonly status: number;
}

/** The one way from programs that talk to AWS to the simulators. */
export interface Gateway {
  /** Both a proxy for HTTP and an endpoint for every service of AWS. */
  readonly url: string;
  /** The last calls, the oldest first. */
  readonly calls: readonly AwsCall[];
  /** How many calls there have been, remembered or not. */
  readonly total: () => number;
  /** Hosts to which a TLS connection was asked for, that is, attempts to reach the real AWS: each was refused. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

const remembered = 5000;

/**
 * Serve as the HTTP proxy of programs whose endpoint for AWS is a host name that does not exist.
 *
 * It is needed because S3 Control puts the account before the host name, which no resolver knows for loopback. `portOf`
 * chooses the simulator by the service that a request is signed for.
 */
export async function startGateway(port: number, portOf: (service: string) => number): Promise<Gateway> {
  const calls: AwsCall[] = [];
  let total = 0;
  const refused: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, answer) => {
    const service = serviceOf(incoming);
    answer.once('finish', () => {
      const { method = '', url = '' } = incoming;
      total += 1;
      calls.push({ method, service, path: originForm(url), status: answer.statusCode });
      if (calls.length > remembered) calls.shift();
    });
    forward(incoming, answer, portOf(service), agent);
  });
  server.on('connect', (incoming, socket) => {
    refused.push(incoming.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((thrown: unknown) => {
    const todo = 'stop what listens there, and start again';
    throw new EngineError({ code: 'STACK_PORTS', path: 'gateway of the simulated AWS', seen: messageOf(thrown), todo });
  });
  server.unref();
  return { url: `http://127.0.0.1:${port}`, calls, total: () => total, refused, close: () => close(server, agent) };
}

function forward(incoming: IncomingMessage, answer: ServerResponse, port: number, agent: Agent): void {
  // Simulators take an unknown first label of the host for the name of a bucket.
  const headers = { ...incoming.headers, host: `127.0.0.1:${port}` };
  const path = originForm(incoming.url ?? '/');
  const outgoing = request({ host: '127.0.0.1', port, method: incoming.method, path, headers, agent }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    reply.pipe(answer);
  });
  outgoing.on('error', (error) => {
    if (answer.headersSent) {
      answer.destroy(error);
      return;
    }
    // A status that every AWS SDK tries again after.
    answer.writeHead(503).end(`simulated AWS on port ${port}: ${error.message}`);
  });
  incoming.pipe(outgoing);
}

/** `Credential=KEY/DATE/REGION/SERVICE/aws4_request`, from the header or, in presigned URLs, the query. */
function serviceOf({ headers, url = '' }: IncomingMessage): string {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/;
  return scope.exec(headers.authorization ?? decodeURIComponent(url))?.[1] ?? '';
}

/** Without the scheme and host that a proxy is told; not `new URL`, which refuses hosts as 000000000000.127.0.0.1. */
function originForm(url: string): string {
  return url.replace(/^http:\/\/[^/]+/, '') || '/';
}

async function close(server: Server, agent: Agent): Promise<void> {
  agent.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
