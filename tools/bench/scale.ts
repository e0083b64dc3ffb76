import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../cli/load.ts';
import { hasConditions, type KubeObject } from '../engines/kube.ts';
import { type Stack, startStack } from '../engines/stack.ts';
import { startStandInProvider } from '../engines/stand-in-provider.ts';
import { CodedError } from '../error.ts';
import { functionName } from '../gen/composition.ts';
import { simulate } from '../simulate.ts';
import { processorMs, residentMiB } from './children.ts';
import { installed } from './installed.ts';

/** The processes that composites cost something. */
const parts = ['function', 'crossplane', 'kube-apiserver', 'etcd'] as const;
type Part = (typeof parts)[number];

/** What something took: seconds of the clock, calls of the function, and processor seconds of each part. */
interface Cost {
  readonly seconds: number;
  readonly calls: number;
  readonly cpu: Readonly<Record<Part, number>>;
}

/** What a number of composites took, from the first to the last. */
export interface ScaleFigures {
  readonly composites: number;
  /** From the first request until all are Ready and the function is called no more. */
  readonly creation: Cost;
  /** Seconds until the last was Ready. */
  readonly ready: number;
  /** Calls of the function in a minute in which nothing changes. */
  readonly restCalls: number;
  /** Every composite once more, because core was started again. */
  readonly reconcile: Cost;
  /** Until nothing composed is left. */
  readonly deletion: Cost;
  /** MiB when all are Ready. */
  readonly memory: Readonly<Record<Part, number>>;
}

const namespace = 'team-a';
const blueprint = 'S3IRSA';
const apiVersion = 'm.awsblueprints.io/v1alpha1';

/** So many requests are under way at a time. */
const inFlight = 16;
/** The function counts as called no more after so long without a call; core tries failures again within it. */
const quietSeconds = 15;
const mostSeconds = 3600;

/** Creates, reconciles and deletes composites on real Crossplane, with a stand-in for the provider, on a stack of their own. */
export async function measureScale(composites: number, log: (line: string) => void): Promise<ScaleFigures> {
  const stack = await startStack(installed([blueprint], ['namespaced'], namespace));
  try {
    const provider = await startStandInProvider(stack, {
      atProvider: (resource) =>
        Object(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider,
    });
    const metrics = `127.0.0.1:${await stack.port()}`;
    const args = ['dist/main.js', '--metrics-address', metrics];
    const { piece } = await stack.startFunction({ name: functionName, command: process.execPath, args });
    const figures = await measure({ stack, metrics, piece, log }, composites);
    provider.stop();
    if (provider.failures.length > 0) throw failed(provider.failures[0] ?? '');
    return figures;
  } finally {
    await stack.stop();
  }
}

interface Place {
  readonly stack: Stack;
  readonly metrics: string;
  readonly piece: string;
  readonly log: (line: string) => void;
}

async function measure(place: Place, composites: number): Promise<ScaleFigures> {
  const { stack, log } = place;
  const { kube, managed } = stack;
  await kube.apply(load('examples/environment.yaml')[0]?.object as KubeObject);
  const requests = Array.from({ length: composites }, (_, index) => request(`app-${index}`));
  const watch = new AbortController();
  const ready = new Set<string>();
  await kube.watch(
    apiVersion,
    blueprint,
    (event, object) => {
      if (event !== 'DELETED' && hasConditions(object, 'Synced', 'Ready')) ready.add(object.metadata.name);
    },
    watch.signal,
  );
  log(`${composites}: creation`);
  let untilReady = Number.NaN;
  const creation = await cost(place, async (begin) => {
    await each(requests, (one) => kube.create(one));
    await until(() => ready.size === composites, 'Ready');
    untilReady = seconds(begin);
    await quiet(place);
  });
  const memory = perPart(place, residentMiB);
  log(`${composites}: rest`);
  const before = await calls(place);
  await sleep(60_000);
  const restCalls = (await calls(place)) - before;
  log(`${composites}: reconcile`);
  const reconcile = await cost(place, async () => {
    const begin = await calls(place);
    await stack.pieces.restart('crossplane');
    await until(async () => (await calls(place)) - begin >= composites, 'reconciled');
    await quiet(place);
  });
  log(`${composites}: deletion`);
  const left = async () => {
    const kinds = [{ apiVersion, kind: blueprint }, ...managed];
    const lists = await Promise.all(kinds.map((one) => kube.list(one.apiVersion, one.kind)));
    return lists.every((list) => list.length === 0);
  };
  const deletion = await cost(place, async () => {
    await each(requests, (one) => kube.delete(one));
    await until(left, 'gone', 1000);
  });
  watch.abort();
  return { composites, creation, ready: untilReady, restCalls, reconcile, deletion, memory };
}

const request = (name: string): KubeObject => ({
  apiVersion,
  kind: blueprint,
  metadata: { name, namespace },
  spec: { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' } } },
});

const seconds = (begin: number): number => (Date.now() - begin) / 1000;

/** Processes keep their counts until they are started again, which core is: its own count is added up. */
async function cost(place: Place, work: (begin: number) => Promise<void>): Promise<Cost> {
  const begin = Date.now();
  const [called, used, pids] = [await calls(place), perPart(place, processorMs), perPart(place, (pid) => pid)];
  await work(begin);
  const now = perPart(place, processorMs);
  const again = perPart(place, (pid) => pid);
  const spent = (part: Part) => (now[part] - (again[part] === pids[part] ? used[part] : 0)) / 1000;
  return {
    seconds: seconds(begin),
    calls: (await calls(place)) - called,
    cpu: Object.fromEntries(parts.map((part) => [part, spent(part)])) as Record<Part, number>,
  };
}

function perPart({ stack, piece }: Place, read: (pid: number) => number | undefined): Record<Part, number> {
  const pidOf = (part: Part) =>
    stack.pieces.processes.find(({ name }) => name === (part === 'function' ? piece : part))?.pid ?? 0;
  return Object.fromEntries(parts.map((part) => [part, read(pidOf(part)) ?? Number.NaN])) as Record<Part, number>;
}

/** How often the function was called, as its metrics say. */
async function calls({ metrics }: Place): Promise<number> {
  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const lines = text.matchAll(/^aws_blueprints_calls_total\{.*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function quiet(place: Place): Promise<void> {
  let last = await calls(place);
  let since = Date.now();
  await until(
    async () => {
      const now = await calls(place);
      if (now !== last) since = Date.now();
      last = now;
      return seconds(since) > quietSeconds;
    },
    'quiet',
    500,
  );
}

async function until(done: () => boolean | Promise<boolean>, what: string, pause = 100): Promise<void> {
  const begin = Date.now();
  while (!(await done())) {
    if (seconds(begin) > mostSeconds) throw failed(`not all ${what} after ${mostSeconds} s`);
    await sleep(pause);
  }
}

const failed = (seen: string) => new CodedError('BENCH_SCALE', 'composites', seen, 'look at the logs of a smaller run');

async function each<Item>(all: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const take = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: inFlight }, take));
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** The figures as rows of text, a column for each number of composites. */
export function scaleRows(figures: readonly ScaleFigures[]): readonly (readonly string[])[] {
  const row = (what: string, of: (one: ScaleFigures) => string) => [what, ...figures.map(of)];
  const each = (one: ScaleFigures, sum: number, digits: number) => (sum / one.composites).toFixed(digits);
  return [
    row('S3IRSA composites', ({ composites }) => whole.format(composites)),
    row('seconds until all are Ready', ({ ready }) => ready.toFixed(0)),
    row('calls of the function for each', (one) => each(one, one.creation.calls, 1)),
    ...parts.map((part) => row(`CPU ms of ${part} for each`, (one) => each(one, one.creation.cpu[part] * 1000, 0))),
    row('calls of the function in a minute at rest', ({ restCalls }) => whole.format(restCalls)),
    row('calls for each when core is started again', (one) => each(one, one.reconcile.calls, 2)),
    row('CPU ms of all for each, then', (one) => each(one, total(one.reconcile.cpu) * 1000, 0)),
    row('seconds until all are gone', ({ deletion }) => deletion.seconds.toFixed(0)),
    ...parts.map((part) => row(`MiB of ${part}`, ({ memory }) => memory[part].toFixed(0))),
  ];
}

const total = (cpu: Cost['cpu']): number => parts.reduce((sum, part) => sum + cpu[part], 0);

/** A straight line through the two highest numbers of composites, what it says of the lowest, and of many more. */
export function scaleModel(figures: readonly ScaleFigures[]): readonly string[] {
  const [lowest] = figures;
  const [lower, highest] = figures.slice(-2);
  if (lowest === undefined || lower === undefined || highest === undefined || lowest === lower) return [];
  const measures = {
    'processor seconds of creation': (one: ScaleFigures) => total(one.creation.cpu),
    'MiB of function and core': (one: ScaleFigures) => one.memory.function + one.memory.crossplane,
    'MiB of API server and etcd': (one: ScaleFigures) => one.memory['kube-apiserver'] + one.memory.etcd,
  };
  const lines = Object.entries(measures).map(([name, of]) => {
    const slope = (of(highest) - of(lower)) / (highest.composites - lower.composites);
    const cells = [lowest.composites, 10_000, 50_000].map((count) =>
      whole.format(of(highest) + slope * (count - highest.composites)),
    );
    return `| ${name} | ${cells[0]} | ${whole.format(of(lowest))} | ${cells[1]} | ${cells[2]} |`;
  });
  const count = whole.format(lowest.composites);
  return [
    `A straight line through the last two columns, what it says of ${count} composites beside what was seen, and of more:`,
    '',
    `| | ${count} by the line | seen | 10,000 | 50,000 |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...lines,
  ];
}
