import { join } from 'node:path';
import type { Outcome } from '../artifact.ts';
import { cacheDirectory } from '../cache.ts';
import { accepts } from '../ports.ts';
import { packageRoot } from '../root.ts';
import type { Stack } from '../stack.ts';
import { type AwsCall, startGateway } from './gateway.ts';
import { havePython, type PythonProgram } from './python.ts';

/** A program that answers as AWS does. */
interface Simulator<Name extends string = string> extends PythonProgram<Name> {
  /** The services whose calls it gets, as AWS names them in signatures; without it, those that no other one gets. */
  readonly services?: readonly string[];
  /** What follows `python` on its command line. */
  readonly args: (port: number) => readonly string[];
  readonly env: (port: number, account: string) => Readonly<Record<string, string>>;
}

/** The program that starts a simulator, with what AWS does and it does not. */
const server = (name: string) => join(packageRoot, 'tools', 'engines', 'provider', 'program', `${name}-server.py`);

/** The simulators in use: one more line here sends a service to another of them. */
const simulators = [
  {
    name: 'moto',
    version: '5.2.5',
    requirements: 'moto.txt',
    python: [3, 11],
    args: (port) => [server('moto'), '-H', '127.0.0.1', '-p', String(port)],
    // Without the managed policies of AWS, nothing could attach one.
    env: (_port, account) => ({ MOTO_ACCOUNT_ID: account, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' }),
  },
  {
    name: 'ministack',
    version: '1.5.33',
    requirements: 'ministack.txt',
    python: [3, 11],
    // moto has no add-ons, access entries and Pod Identity associations. Nodes, for which ministack would start
    // containers, need Python's docker package, which its requirements leave out.
    services: ['eks'],
    args: () => [server('ministack')],
    env: (port, account) => ({
      GATEWAY_PORT: String(port),
      // Its default is every address of the machine.
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_ACCOUNT_ID: account,
    }),
  },
] as const satisfies readonly Simulator[];

/** The name of a simulator of AWS services. */
export type SimulatorName = (typeof simulators)[number]['name'];

/** Where and how the simulators are had. */
export interface SimulatorOptions {
  /** False: use what the cache holds and install nothing. */
  readonly build?: boolean;
  readonly cache?: string;
  readonly log?: (line: string) => void;
}

/** Have the simulators in the cache, each in a Python environment of its own. */
export async function buildSimulators(options: SimulatorOptions = {}): Promise<Outcome<SimulatorName>[]> {
  const { build = true, cache = cacheDirectory(), log = () => {} } = options;
  const outcomes: Outcome<SimulatorName>[] = [];
  for (const simulator of simulators) outcomes.push(await havePython<SimulatorName>(simulator, { build, cache, log }));
  return outcomes;
}

/** A simulated AWS that runs, with one endpoint for all services. */
export interface SimulatedAws {
  /** Both an endpoint for every service and an HTTP proxy, on loopback. */
  readonly url: string;
  /** The account that everything belongs to. */
  readonly account: string;
  /** Credentials that the simulators accept, as they accept any. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The last calls, the oldest first. */
  readonly calls: readonly AwsCall[];
  /** How many calls there have been, remembered or not. */
  readonly total: () => number;
  /** Hosts of the real AWS that somebody tried to reach; each attempt was refused. */
  readonly refused: readonly string[];
  /** Where one simulator itself listens. */
  readonly addressOf: (simulator: SimulatorName) => string;
  /** Stop listening; the simulators end with the stack. */
  readonly stop: () => Promise<void>;
}

/** How a simulated AWS is started. */
export interface AwsOptions extends SimulatorOptions {
  /** Twelve digits; the account of the examples in AWS's own documentation by default. */
  readonly account?: string;
}

/** Start the simulators as pieces of a stack, and the gateway in front of them. */
export async function startSimulatedAws(
  stack: Pick<Stack, 'pieces' | 'port' | 'state'>,
  options: AwsOptions = {},
): Promise<SimulatedAws> {
  const { account = '111122223333' } = options;
  const outcomes = await buildSimulators(options);
  const ports = new Map<SimulatorName, number>();
  for (const { engine } of outcomes) ports.set(engine, await stack.port());
  const starts = outcomes.map(async (outcome, index) => {
    const simulator: Simulator | undefined = simulators[index];
    const port = ports.get(outcome.engine);
    if (outcome.state === 'impossible') throw outcome.why;
    if (simulator === undefined || port === undefined) return;
    const command = `${outcome.directory}/bin/python`;
    // Large objects and process numbers are written to temporary files, which a killed process leaves.
    const env = { ...withoutProxies, PYTHONUNBUFFERED: '1', TMPDIR: stack.state, ...simulator.env(port, account) };
    const ready = { seconds: 60, check: () => accepts(port) };
    await stack.pieces.start({ name: outcome.engine, command, args: simulator.args(port), env, ready });
  });
  await Promise.all(starts);
  const portOf = (name: SimulatorName) => ports.get(name) ?? 0;
  const gateway = await startGateway(await stack.port(), (service) => portOf(simulatorFor(service)));
  return {
    url: gateway.url,
    account,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    calls: gateway.calls,
    total: gateway.total,
    refused: gateway.refused,
    addressOf: (name) => `http://127.0.0.1:${portOf(name)}`,
    stop: gateway.close,
  };
}

function simulatorFor(service: string): SimulatorName {
  const all: readonly Simulator<SimulatorName>[] = simulators;
  const special = all.find(({ services }) => services?.includes(service));
  return (special ?? all.find(({ services }) => services === undefined) ?? simulators[0]).name;
}

/** Variables by which a simulator could be led to the network. */
const withoutProxies = Object.fromEntries(
  ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [
    [name, ''],
    [name.toUpperCase(), ''],
  ]),
);
