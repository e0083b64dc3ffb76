import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../error.ts';
import type { Place } from './place.ts';
import { allProcesses, type Process } from './processes.ts';
import { type PieceRecord, type PlatformRecord, readRecord } from './record.ts';

/** The hidden command that a supervisor runs; the folder follows it. */
export const superviseCommand = 'supervise';

/**
 * How a platform is: `absent` and `stopped` differ in the state that is kept; `dead` has lost its supervisor without an
 * orderly end.
 */
export type Condition = 'absent' | 'dead' | PlatformRecord['phase'];

/** A platform as it was found. */
export interface Inspection {
  readonly place: Place;
  readonly condition: Condition;
  readonly record: PlatformRecord | undefined;
  readonly supervisor: Process | undefined;
  readonly processes: ReadonlyMap<number, Process>;
}

/** Look at a platform: what its supervisor wrote down is believed only as far as the processes bear it out. */
export async function inspect(place: Place): Promise<Inspection> {
  const [record, processes] = await Promise.all([readRecord(place.record), allProcesses()]);
  const supervisor = supervisorsOf(place, processes)[0];
  return { place, condition: conditionOf(place, record, supervisor), record, supervisor, processes };
}

function conditionOf(place: Place, record: PlatformRecord | undefined, supervisor: Process | undefined): Condition {
  // One that has just begun has not written over the record of the last one yet.
  if (supervisor) return record === undefined || record.phase === 'stopped' ? 'starting' : record.phase;
  if (existsSync(place.record) && record?.phase !== 'stopped') return 'dead';
  return existsSync(place.state) ? 'stopped' : 'absent';
}

/**
 * The supervisors of a platform, the first to come first.
 *
 * Found by their command line, which names the folder: a number in a file may belong to another program by now.
 */
export function supervisorsOf({ state }: Place, processes: ReadonlyMap<number, Process>): Process[] {
  const isOne = ({ commandLine }: Process) =>
    /^(\S*\/)?node\s/.test(commandLine) && `${commandLine} `.includes(` ${superviseCommand} ${state} `);
  return [...processes.values()].filter(isOne).sort((one, other) => one.started - other.started || one.pid - other.pid);
}

/** The pieces of a record that run, told from other programs that have got the number of one since. */
export function runningPieces(
  record: PlatformRecord | undefined,
  processes: ReadonlyMap<number, Process>,
): (PieceRecord & { readonly process: Process })[] {
  return (record?.pieces ?? []).flatMap((piece) => {
    const process = processes.get(piece.pid);
    return process && isPiece(piece, process) ? [{ ...piece, process }] : [];
  });
}

// The system tells the start of a process in whole seconds, reckoned from a clock that may have been set meanwhile.
const clockTolerance = 10_000;

function isPiece({ commandLine, since }: PieceRecord, process: Process): boolean {
  return process.commandLine === commandLine && Math.abs(process.started - Date.parse(since)) < clockTolerance;
}

/** End what a supervisor that is gone has left behind, and return the names of those pieces. */
export async function endOrphans({ place, record }: Inspection): Promise<string[]> {
  const orphans = runningPieces(record, await allProcesses());
  for (const { pid } of orphans) signal(-pid, 'SIGKILL');
  const end = Date.now() + 10_000;
  while (orphans.length > 0) {
    const left = runningPieces(record, await allProcesses());
    if (left.length === 0) break;
    if (Date.now() > end) {
      const names = left.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
      throw new CodedError(
        'PLATFORM_ORPHANS',
        place.name,
        `10 s after SIGKILL there still is ${names}`,
        'end them by hand',
      );
    }
    await sleep(100);
  }
  return orphans.map(({ name }) => name);
}

/** Send a signal to a process, or to a group by its negative number; one that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
