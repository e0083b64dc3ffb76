import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { claimPorts, type PortBlock } from './ports.ts';

test('a port that somebody has taken is passed over, on whatever address', async () => {
  const block = await claimPorts();
  const first = await block.next();
  const squatter = createServer().listen(first + 1, '127.0.0.1');
  await once(squatter, 'listening');
  expect(await block.next()).toBe(first + 2);
  squatter.close();
  block.release();
});

test('two stacks have no port in common, and one that uses all of its own says so', async () => {
  const blocks = [await claimPorts(), await claimPorts()];
  const servers = await Promise.all(blocks.map(listenOnAll));
  const ports = servers.flatMap((own) => [...own.keys()]);
  expect(ports.length).toBeGreaterThan(20);
  expect(new Set(ports).size).toBe(ports.length);
  for (const server of servers.flatMap((own) => [...own.values()])) server.close();
  for (const block of blocks) block.release();
});

test('a port whose server has ended is given again', async () => {
  const block = await claimPorts();
  const servers = await listenOnAll(block);
  const [port = 0] = [...servers.keys()].slice(7);
  await new Promise((resolve) => servers.get(port)?.close(resolve));
  expect(await block.next()).toBe(port);
  for (const server of servers.values()) server.close();
  block.release();
});

/** Listens on every port of a block, until there is none. */
async function listenOnAll(block: PortBlock): Promise<Map<number, Server>> {
  const servers = new Map<number, Server>();
  const listen = async () => {
    for (;;) {
      const port = await block.next();
      servers.set(port, createServer().listen(port, '127.0.0.1'));
      await once(servers.get(port) as Server, 'listening');
    }
  };
  await expect(listen()).rejects.toMatchObject({ code: 'STACK_PORTS' });
  return servers;
}

test('who asks at the same time gets another port', async () => {
  const block = await claimPorts();
  const ports = await Promise.all(Array.from({ length: 10 }, () => block.next()));
  expect(new Set(ports).size).toBe(10);
  block.release();
});

test('a block is had again when it is free, and another one when it is not', async () => {
  const former = await claimPorts();
  const other = await claimPorts(former.base);
  expect(other.base).not.toBe(former.base);
  former.release();
  other.release();
  const again = await claimPorts(former.base);
  expect(again.base).toBe(former.base);
  again.release();
});
