import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { claimPorts } from './ports.ts';

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
  const ports = await Promise.all(
    blocks.map(async (block) => {
      const taken: number[] = [];
      await expect(
        (async () => {
          for (;;) taken.push(await block.next());
        })(),
      ).rejects.toMatchObject({ code: 'STACK_PORTS' });
      return taken;
    }),
  );
  for (const block of blocks) block.release();
  const all = ports.flat();
  expect(all.length).toBeGreaterThan(20);
  expect(new Set(all).size).toBe(all.length);
});

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
