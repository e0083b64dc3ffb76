import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A simulator that answers with what it was asked. */
async function echo(name: string): Promise<number> {
  const server = createServer((incoming, answer) => {
    answer.setHeader('x-simulator', name);
    answer.end(JSON.stringify({ name, host: incoming.headers.host, path: incoming.url }));
  });
  return listening(server);
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => server.close());
  return (server.address() as AddressInfo).port;
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function gateway(portOf: (service: string) => number): Promise<Gateway> {
  const started = await startGateway(await freePort(), portOf);
  open.push(() => started.close());
  return started;
}

function signed(service: string): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=id/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host`,
  };
}

/** Ask as a program does whose HTTP proxy the gateway is. */
async function throughProxy({ url }: Gateway, target: string, headers: Record<string, string>): Promise<unknown> {
  const outgoing = request({ port: new URL(url).port, host: '127.0.0.1', path: target, headers }).end();
  const [answer] = await once(outgoing, 'response');
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

test('each call goes to the simulator of the service that it is signed for', async () => {
  const [moto, ministack] = [await echo('moto'), await echo('ministack')];
  const one = await gateway((service) => (service === 'eks' ? ministack : moto));
  expect(await (await fetch(`${one.url}/clusters`, { headers: signed('eks') })).json()).toMatchObject({
    name: 'ministack',
  });
  expect(await (await fetch(`${one.url}/bucket`, { headers: signed('s3') })).json()).toMatchObject({ name: 'moto' });
  const query = 'X-Amz-Credential=id%2F20260101%2Feu-west-1%2Feks%2Faws4_request';
  expect(await (await fetch(`${one.url}/clusters?${query}`)).json()).toMatchObject({ name: 'ministack' });
  expect(one.calls.map(({ service, path, status }) => [service, path.split('?')[0], status])).toEqual([
    ['eks', '/clusters', 200],
    ['s3', '/bucket', 200],
    ['eks', '/clusters', 200],
  ]);
});

test('a simulator hears neither the host nor the scheme of a proxied call', async () => {
  const port = await echo('moto');
  const one = await gateway(() => port);
  const target = 'http://111122223333.aws.invalid/v20180820/tags/x?a=1';
  expect(await throughProxy(one, target, signed('s3'))).toEqual({
    name: 'moto',
    host: `127.0.0.1:${port}`,
    path: '/v20180820/tags/x?a=1',
  });
});

test('the way to the real AWS is refused and told', async () => {
  const one = await gateway(() => 0);
  const outgoing = request({ port: new URL(one.url).port, method: 'CONNECT', path: 's3.amazonaws.com:443' }).end();
  const [answer] = await once(outgoing, 'connect');
  expect(answer.statusCode).toBe(403);
  expect(one.refused).toEqual(['s3.amazonaws.com:443']);
});

test('a simulator that is down is named, and the call may be tried again', async () => {
  const port = await freePort();
  const one = await gateway(() => port);
  const answer = await fetch(`${one.url}/`, { headers: signed('s3') });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain(`simulated AWS on port ${port}: connect ECONNREFUSED`);
});

test('a port that somebody has is an error that says so', async () => {
  const port = await echo('somebody');
  await expect(startGateway(port, () => 0)).rejects.toMatchObject({
    code: 'STACK_PORTS',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});
