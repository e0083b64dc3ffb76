import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { RunFunctionRequest, RunFunctionResponse, Severity } from '@crossplane-org/function-sdk-typescript';
import { claimPorts } from '../engines/ports.ts';
import { CodedError } from '../error.ts';
import { answerDifferences } from './answer.ts';
import { bundle, start, temporary } from './children.ts';
import { LoadClient } from './client.ts';
import type { State } from './state.ts';
import { serverFlags } from './v8-flags.ts';

/** A server that takes calls. */
export interface Running {
  readonly client: LoadClient;
  /** Undefined when it is not known. */
  readonly pid: number | undefined;
  /** Desired resources of its answer. */
  readonly desired: number;
  /** Milliseconds from its start to its first answer; undefined for one that somebody else started. */
  readonly startMs: number | undefined;
  stop(): Promise<void>;
}

/** One of the servers that are measured side by side. */
export interface Contestant {
  readonly name: string;
  /** Observed resources of its request. */
  readonly observed: number;
  launch(): Promise<Running>;
}

const startSeconds = 20;
const ports = await claimPorts();

/** The servers that this benchmark starts itself: the floor first, then ours, then the SDK's without logic. */
export async function ownContestants(state: State, server: string): Promise<Contestant[]> {
  if (!existsSync(server)) throw new CodedError('BENCH_NOT_BUILT', server, 'no such file', 'run npm run build');
  const answer = temporary('response.bin');
  writeFileSync(answer, state.response);
  const floor = await bundle('floor');
  const sdk = await bundle('sdk');
  const ours = (address: string, metrics: string) => [
    ...serverFlags,
    server,
    '--insecure',
    '--address',
    address,
    '--metrics-address',
    metrics,
  ];
  return [
    own({ name: 'floor: the same bytes, undecoded', state, command: (address) => [floor, address, answer] }),
    own({ name: 'aws-blueprints', state, command: ours }),
    own({
      name: 'plain SDK function, no logic',
      state,
      command: (address) => [sdk, address, answer],
      othersBytes: true,
    }),
  ];
}

/** A server that this benchmark starts itself. */
export interface Own {
  readonly name: string;
  readonly state: State;
  /** Node unless another one is named. */
  readonly program?: string;
  /** What follows the program on its command line. */
  readonly command: (address: string, metrics: string) => readonly string[];
  /** Its answer means the same in other bytes. */
  readonly othersBytes?: boolean;
}

/** Starts a server, at the time `begun`; resolves when it takes calls. */
export async function launch({ name, state, program, command }: Own) {
  const address = `127.0.0.1:${await ports.next()}`;
  const metrics = `127.0.0.1:${await ports.next()}`;
  const begun = performance.now();
  const child = start(name, command(address, metrics), program);
  const client = new LoadClient(name, address, state.request);
  await Promise.race([client.connected(startSeconds), child.ended]);
  const stop = async () => {
    client.close();
    await child.stop();
  };
  return { client, pid: child.pid, begun, stop };
}

/** Makes a contestant of a server, each of which must answer what is expected. */
export function own(server: Own): Contestant {
  const { name, state } = server;
  return {
    name,
    observed: state.observed,
    launch: async () => {
      const { begun, ...running } = await launch(server);
      const answer = await running.client.call();
      const startMs = performance.now() - begun;
      const desired = desiredIn(name, answer);
      checkAnswer(server, answer);
      return { ...running, desired, startMs };
    },
  };
}

function checkAnswer({ name, state, othersBytes = false }: Own, answer: Buffer): void {
  if (!othersBytes) {
    if (answer.equals(state.response)) return;
    const seen = 'does not answer what its source composes';
    throw new CodedError('BENCH_STALE', name, seen, 'run npm run build and measure again');
  }
  const differences = answerDifferences(state.response, answer);
  if (differences.length === 0) return;
  const todo = 'let it compose the same, or it is no fair comparison';
  throw new CodedError('BENCH_PEER_DIFFERS', name, `answers otherwise: ${differences.join('; ')}`, todo);
}

/** A server that somebody else started: `name=address,request.json`, and its process id if memory is wanted. */
export function peer(text: string): Contestant {
  const [, name = '', address = '', file = '', pid] = /^([^=]+)=([^,]+),([^,]+)(?:,(\d+))?$/.exec(text) ?? [];
  if (name === '') throw new CodedError('BENCH_PEER_OPTION', '--peer', text, 'write name=address,request.json[,pid]');
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address))
    throw new CodedError(
      'BENCH_PEER_OPTION',
      '--peer',
      address,
      'give host and port on loopback: a network is not measured',
    );
  const decoded = requestIn(file);
  const request = Buffer.from(RunFunctionRequest.encode(decoded).finish());
  const launch = async (): Promise<Running> => {
    const client = new LoadClient(name, address, request);
    await client.connected(startSeconds);
    const desired = desiredIn(name, await client.call());
    const stop = async () => client.close();
    return { client, pid: pid === undefined ? undefined : Number(pid), desired, startMs: undefined, stop };
  };
  return { name, observed: Object.keys(decoded.observed?.resources ?? {}).length, launch };
}

function requestIn(file: string): RunFunctionRequest {
  try {
    return RunFunctionRequest.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new CodedError('BENCH_PEER_REQUEST', file, seen, 'give a RunFunctionRequest in the JSON mapping of protobuf');
  }
}

function desiredIn(name: string, answer: Buffer): number {
  const { results, desired } = RunFunctionResponse.decode(answer);
  const fatal = results.find((result) => result.severity === Severity.SEVERITY_FATAL);
  if (fatal !== undefined)
    throw new CodedError('BENCH_PEER', name, `refuses the request: ${fatal.message}`, 'correct the request');
  return Object.keys(desired?.resources ?? {}).length;
}
