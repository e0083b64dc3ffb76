import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faults, type Random } from './faults.ts';
import type { World } from './world.ts';

/** How long composites are made, changed and deleted in a round; faults begin within it. */
const busyMs = 12_000;
const hands = 3;
const mostWanted = 24;

/** A generator of 32 bits of state (mulberry32): short, and the same everywhere. */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets two faults happen while three hands ask for things, then everything has to be as they asked; returns the faults. */
export async function round(world: World, seed: number): Promise<readonly Fault[]> {
  const random = randomOf(seed);
  const first = Math.floor(random() * faults.length);
  // Another one: a piece that is dead cannot be killed.
  const second = (first + 1 + Math.floor(random() * (faults.length - 1))) % faults.length;
  const chosen = faults.filter((_, index) => index === first || index === second);
  const happening = chosen.map(async (fault) => {
    await sleep(random() * busyMs);
    await fault.happen(world, random);
  });
  const working = Array.from({ length: hands }, (_, hand) => work(world, `s${seed}-${hand}`, random));
  await Promise.all([...happening, ...working]);
  await world.converge();
  return chosen;
}

async function work(world: World, prefix: string, random: Random): Promise<void> {
  const end = Date.now() + busyMs;
  for (let index = 0; Date.now() < end; index += 1) {
    await sleep(random() * 800);
    const { names } = world;
    const one = names[Math.floor(random() * names.length)];
    const dice = random();
    const isFull = names.length >= mostWanted;
    if (one === undefined || (dice < 0.4 && !isFull)) await world.create(`${prefix}-${index}`, `team-${index}`);
    else if (dice < 0.75) await world.change(one, `team-${index}`);
    else await world.delete(one);
  }
}
