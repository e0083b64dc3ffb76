import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { EngineError } from './error.ts';

// Ports from 32768 on are handed out by the kernel to outgoing connections, and a server can lose its own to one.
const first = 20_000;
const end = 32_000;
const blockSize = 32;

/** A block of ports that no other stack on this machine uses, for as long as this process lives. */
export interface PortBlock {
  /** Its first port. */
  readonly base: number;
  /** A port of the block that nothing listens on, on any address. */
  next(): Promise<number>;
  release(): void;
}

/**
 * Claim a block by listening on its first port: a claim that even a killed process cannot leave behind. The block that
 * begins at `wanted` is tried first.
 */
export async function claimPorts(wanted = 0): Promise<PortBlock> {
  const blocks = Math.floor((end - first) / blockSize);
  const isBlock = wanted >= first && wanted < end && (wanted - first) % blockSize === 0;
  const offset = isBlock ? (wanted - first) / blockSize : Math.floor(Math.random() * blocks);
  for (let attempt = 0; attempt < blocks; attempt++) {
    const base = first + ((offset + attempt) % blocks) * blockSize;
    const guard = await listen(base, '127.0.0.1');
    if (guard) return portBlock(base, guard);
  }
  const seen = `every block of ${blockSize} ports between ${first} and ${end} is in use`;
  throw new EngineError({ code: 'STACK_PORTS', path: 'ports', seen, todo: 'stop some of the stacks' });
}

function portBlock(base: number, guard: Server): PortBlock {
  let asked = 0;
  const next = async () => {
    // Round and round, since what had a port may have ended.
    for (let attempt = 1; attempt < blockSize; attempt++) {
      // Its own, since others may ask while this one waits.
      const port = base + 1 + (asked++ % (blockSize - 1));
      const probe = await listen(port);
      if (!probe) continue;
      probe.close();
      await once(probe, 'close');
      return port;
    }
    const seen = `all ${blockSize} ports from ${base} on are used`;
    throw new EngineError({ code: 'STACK_PORTS', path: 'ports', seen, todo: 'start fewer functions in one stack' });
  };
  return { base, next, release: () => guard.close() };
}

/** Listen, on every address if none is given; undefined when somebody has the port. */
async function listen(port: number, host?: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  const outcome = Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]);
  server.listen(port, host);
  return (await outcome.catch(() => false)) ? server : undefined;
}

/** Whether something listens on a port of loopback; rejects with the reason when nothing does. */
export function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
}
