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
