import Table from 'cli-table3';
import { CodedError } from '../../error.ts';
import { type Condition, type Inspection, inspect, runningPieces } from './inspect.ts';
import { knownNames, placeOf } from './place.ts';
import type { PieceRecord } from './record.ts';

/** The options of `status`. */
export interface StatusOptions {
  readonly name: string;
  readonly output: 'table' | 'json';
}

interface PieceStatus extends Pick<PieceRecord, 'name' | 'pid' | 'since' | 'restarts' | 'crash'> {
  readonly state: PieceRecord['state'] | 'gone' | 'left over';
  readonly memoryMiB: number;
}

/** How a platform is, as `-o json` prints it. */
interface Status {
  readonly name: string;
  readonly condition: Condition;
  readonly provider: string;
  readonly policies: string;
  readonly kubeconfig: string;
  /** Where every service of the simulated AWS is; empty without one. */
  readonly endpoint: string;
  readonly state: string;
  readonly memoryMiB: number;
  readonly pieces: readonly PieceStatus[];
}

/** Print how a platform is; anything but a platform of which every piece runs is an error as well. */
export async function status({ name, output }: StatusOptions): Promise<void> {
  const place = placeOf(name);
  const inspection = await inspect(place);
  const found = statusOf(inspection);
  if (output === 'json') process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else if (found.pieces.length > 0) process.stdout.write(drawn(found));
  const trouble = troubleOf(
    found,
    (await knownNames()).filter((other) => other !== name),
  );
  if (trouble) throw trouble;
}

function statusOf(inspection: Inspection): Status {
  const { place, condition, record } = inspection;
  const pieces = [...supervisorRow(inspection), ...pieceRows(inspection)];
  return {
    name: place.name,
    condition,
    provider: record?.provider ?? '',
    policies: record?.policies ?? '',
    kubeconfig: record?.kubeconfig ?? '',
    endpoint: record?.endpoint ?? '',
    state: place.state,
    memoryMiB: pieces.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
    pieces,
  };
}

function supervisorRow({ supervisor }: Inspection): PieceStatus[] {
  if (!supervisor) return [];
  const { pid, memoryMiB, started } = supervisor;
  const since = new Date(started).toISOString();
  return [{ name: 'supervisor', state: 'running', pid, memoryMiB, restarts: 0, since, crash: '' }];
}

/** A piece that its supervisor believes to run may have ended this very moment. */
function pieceRows({ record, processes, supervisor }: Inspection): PieceStatus[] {
  const running = runningPieces(record, processes);
  return (record?.pieces ?? []).map(({ name, state, pid, since, restarts, crash }) => {
    const process = running.find((one) => one.name === name)?.process;
    const alive = supervisor ? state : 'left over';
    return {
      name,
      state: process ? alive : state === 'crashed' ? state : 'gone',
      pid: process ? pid : 0,
      memoryMiB: process?.memoryMiB ?? 0,
      restarts,
      since,
      crash,
    };
  });
}

function drawn({ name, condition, provider, policies, kubeconfig, memoryMiB, pieces }: Status): string {
  const head = ['piece', 'state', 'pid', 'memory', 'restarts', 'since'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const piece of pieces) {
    const since = new Date(piece.since).toLocaleString('sv');
    table.push([piece.name, piece.state, piece.pid || '', `${piece.memoryMiB} MiB`, piece.restarts, since]);
  }
  const crashes = pieces.filter(({ crash }) => crash !== '').map((piece) => `${piece.name}: last ${piece.crash}\n`);
  const title = `Platform "${name}": ${condition}, ${memoryMiB} MiB; provider ${provider}, policies ${policies}`;
  return `${title}\n${table.toString()}\n${crashes.join('')}${kubeconfig && `export KUBECONFIG=${kubeconfig}\n`}`;
}

function troubleOf({ name, condition, pieces }: Status, others: readonly string[]): CodedError | undefined {
  const flag = name === 'default' ? '' : ` --name ${name}`;
  const known = others.length > 0 ? `; others by --name: ${others.join(', ')}` : '';
  if (condition === 'absent' || condition === 'stopped') {
    const seen = condition === 'absent' ? 'there is no such platform' : 'does not run; its state is kept';
    return new CodedError('PLATFORM_DOWN', name, seen, `start it: npx aws-blueprints up${flag}${known}`);
  }
  if (condition === 'dead') {
    const left = pieces.filter(({ state }) => state === 'left over').map((piece) => piece.name);
    const seen = `its supervisor is gone without an orderly end${left.length > 0 ? `, left are ${left.join(', ')}` : ''}`;
    return new CodedError('PLATFORM_DEAD', name, seen, `npx aws-blueprints up${flag} cleans up and starts it again`);
  }
  const bad = pieces.filter(({ state }) => state !== 'running').map((piece) => `${piece.name} is ${piece.state}`);
  if (condition === 'ready' && bad.length === 0) return undefined;
  const seen = [...(condition === 'ready' ? [] : [condition]), ...bad].join(', ');
  return new CodedError('PLATFORM_TROUBLE', name, seen, `wait, or see: npx aws-blueprints logs PIECE${flag}`);
}
