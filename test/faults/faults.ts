import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../tools/engines/error.ts';
import type { Pieces } from '../../tools/engines/pieces.ts';
import type { World } from './world.ts';
import { persist } from './world.ts';

/** A number from 0 to 1, the same sequence for the same seed. */
export type Random = () => number;

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  /** Let it go wrong, and mend it. */
  readonly happen: (world: World, random: Random) => Promise<void>;
}

/** Up to so many seconds in which something is gone. */
const mostSecondsGone = 4;

const oneOf = (names: readonly string[], random: Random): string => names[Math.floor(random() * names.length)] ?? '';

const killed = (what: string, pieceOf: (world: World, random: Random) => string): Fault => ({
  name: `${what} is killed`,
  happen: async (world, random) => {
    const { pieces } = world.stack;
    const piece = pieceOf(world, random);
    await pieces.kill(piece);
    await sleep(random() * mostSecondsGone * 1000);
    await revive(pieces, piece);
  },
});

const mostRevivals = 30;

/** As a pod is started again that ends because the API server is down as well. */
async function revive(pieces: Pieces, name: string): Promise<void> {
  for (let left = mostRevivals; ; left -= 1) {
    try {
      return await pieces.restart(name);
    } catch (error) {
      if (left === 0 || !(error instanceof EngineError) || error.code !== 'PIECE_CRASHED') throw error;
    }
    await sleep(1000);
  }
}

/** Everything that goes wrong, each at a time of its own. */
export const faults: readonly Fault[] = [
  killed('one of two replicas of the function', ({ replicas }, random) => oneOf(replicas, random)),
  { name: 'another revision of the function takes over', happen: (world) => world.startFunction() },
  killed('Crossplane', () => 'crossplane'),
  killed('the API server', () => 'kube-apiserver'),
  killed('etcd', () => 'etcd'),
  killed('the garbage collector', () => 'garbage-collector'),
  {
    name: 'the EnvironmentConfig is deleted and restored',
    happen: async ({ stack, environment }, random) => {
      await persist(() => stack.kube.delete(environment), 404);
      await sleep(random() * mostSecondsGone * 1000);
      await persist(() => stack.kube.apply(environment), 409);
    },
  },
  {
    name: 'resources of a kind are Ready, then not, then Ready',
    happen: async ({ provider, kinds }, random) => {
      const kind = oneOf(kinds, random);
      provider.hold(kind);
      await sleep(random() * mostSecondsGone * 1000);
      provider.release(kind);
    },
  },
];
