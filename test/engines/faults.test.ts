import { afterAll, beforeAll, expect, test } from 'vitest';
import { round } from '../faults/round.ts';
import { World } from '../faults/world.ts';

// Three rounds of `npm run faults`, which tells in docs/reliability.md what many of them came to.
let world: World;

beforeAll(async () => {
  world = await World.start();
}, 600_000);

afterAll(() => world?.stop());

test.each([1, 2, 3])(
  'engines that fail lose nothing, and take nothing away: seed %i',
  async (seed) => {
    const survived = await round(world, seed);
    expect(survived).toHaveLength(2);
    expect(world.names.length).toBeGreaterThan(0);
  },
  600_000,
);
