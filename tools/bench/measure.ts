import { processorMs, residentMiB } from './children.ts';
import type { Contestant, Running } from './contestants.ts';
import { median, percentile, spread } from './statistics.ts';

/** How much is measured; everything is bounded by a number of calls. */
export interface Plan {
  readonly warmUpCalls: number;
  readonly rounds: number;
  /** More rounds, up to this number, are run while rounds disagree. */
  readonly mostRounds: number;
  readonly sequentialCalls: number;
  readonly floodCalls: number;
  readonly inFlight: number;
  /** How often each server is started, to see how long that takes. */
  readonly starts: number;
  /** Calls after which memory is read the first time, and further calls until it is read again. */
  readonly memoryCalls: readonly [first: number, more: number];
}

export const fullPlan: Plan = {
  warmUpCalls: 4000,
  rounds: 9,
  mostRounds: 18,
  sequentialCalls: 1000,
  floodCalls: 3000,
  inFlight: 16,
  starts: 9,
  memoryCalls: [10_000, 100_000],
};

/** A look at the figures, and a test that the benchmark works. */
export const quickPlan: Plan = {
  ...fullPlan,
  warmUpCalls: 1000,
  rounds: 3,
  mostRounds: 3,
  sequentialCalls: 300,
  floodCalls: 800,
  starts: 3,
  memoryCalls: [1000, 2000],
};

/** Figures of one contestant; milliseconds, calls per second, MiB. Ratios are to the first contestant, the floor. */
export interface Figures {
  readonly name: string;
  readonly observed: number;
  readonly desired: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly perSecond: number;
  /** Processor time of the server in ms per call: the figure that depends least on what else the machine does. */
  readonly processor: number;
  readonly p50Ratio: number;
  readonly perSecondRatio: number;
  readonly rounds: number;
  /** How far the rounds disagree about the ratio of p50. */
  readonly spread: number;
  /** Milliseconds from the start of the process to its first answer; NaN where somebody else started it. */
  readonly startMs: number;
  readonly memory: readonly (number | undefined)[];
}

type Round = Readonly<Record<'p50' | 'p95' | 'p99' | 'perSecond' | 'processor', number>>;

/** Rounds agree when the quartiles of the ratio are no further apart than this part of it. */
const agreement = 0.1;

/** Measures all contestants side by side: the machine is shared, so each has its turn in every round. */
export async function measure(
  contestants: readonly Contestant[],
  plan: Plan,
  say: (what: string) => void,
): Promise<Figures[]> {
  const rounds = await measureSpeed(contestants, plan, say);
  const figures: Figures[] = [];
  for (const [index, contestant] of contestants.entries()) {
    say(`memory of ${contestant.name}`);
    const { name, observed } = contestant;
    const alone = { startMs: await measureStart(contestant, plan), ...(await measureMemory(contestant, plan)) };
    figures.push({ name, observed, ...alone, ...summary(rounds[index] ?? [], rounds[0] ?? []) });
  }
  return figures;
}

async function measureSpeed(
  contestants: readonly Contestant[],
  plan: Plan,
  say: (what: string) => void,
): Promise<Round[][]> {
  const running: Running[] = [];
  const rounds: Round[][] = contestants.map(() => []);
  const disagree = () => rounds.some((own) => summary(own, rounds[0] ?? []).spread > agreement);
  try {
    for (const contestant of contestants) running.push(await contestant.launch());
    say('warm-up');
    for (const { client } of running) await client.flood(plan.warmUpCalls, plan.inFlight);
    for (let round = 0; round < plan.rounds || (round < plan.mostRounds && disagree()); round++) {
      say(`round ${round + 1}`);
      // Another one begins each round, so that none always follows the same neighbour.
      for (let turn = 0; turn < running.length; turn++) {
        const index = (round + turn) % running.length;
        const server = running[index];
        if (server !== undefined) rounds[index]?.push(await measureRound(server, plan));
      }
    }
  } finally {
    for (const server of running) await server.stop();
  }
  return rounds;
}

async function measureRound({ client, pid = -1 }: Running, plan: Plan): Promise<Round> {
  // The processor's caches are full of somebody else's work.
  await client.sequence(Math.ceil(plan.sequentialCalls / 10));
  const took = await client.sequence(plan.sequentialCalls);
  const before = processorMs(pid) ?? Number.NaN;
  const perSecond = await client.flood(plan.floodCalls, plan.inFlight);
  const processor = ((processorMs(pid) ?? Number.NaN) - before) / plan.floodCalls;
  return { p50: percentile(took, 50), p95: percentile(took, 95), p99: percentile(took, 99), perSecond, processor };
}

/** Ratios are taken within each round, since load by others slows all servers of a round alike. */
function summary(rounds: readonly Round[], floor: readonly Round[]) {
  const over = (key: keyof Round) => median(rounds.map((round) => round[key]));
  const ratios = (key: keyof Round) => rounds.map((round, index) => round[key] / (floor[index]?.[key] ?? Number.NaN));
  return {
    p50: over('p50'),
    p95: over('p95'),
    p99: over('p99'),
    perSecond: over('perSecond'),
    processor: over('processor'),
    p50Ratio: median(ratios('p50')),
    perSecondRatio: median(ratios('perSecond')),
    rounds: rounds.length,
    spread: spread(ratios('p50')),
  };
}

async function measureStart(contestant: Contestant, { starts }: Plan): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < starts; index++) {
    const { startMs = Number.NaN, stop } = await contestant.launch();
    await stop();
    took.push(startMs);
  }
  return median(took);
}

/** Memory of a process of its own, so that the number of calls before is exact. */
async function measureMemory(contestant: Contestant, plan: Plan) {
  const server = await contestant.launch();
  try {
    const memory: (number | undefined)[] = [];
    for (const calls of plan.memoryCalls) {
      const resident = () => (server.pid === undefined ? undefined : residentMiB(server.pid));
      if (resident() !== undefined) await server.client.flood(calls, plan.inFlight);
      memory.push(resident());
    }
    return { memory, desired: server.desired };
  } finally {
    await server.stop();
  }
}
