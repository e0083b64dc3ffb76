import { readFile, rename, writeFile } from 'node:fs/promises';
import { fields, items, textOf } from '../../engines/fields.ts';

/** What `up` was asked for, beyond the name. */
export interface Wishes {
  readonly provider: string;
  readonly policies: string;
  readonly ephemeral: boolean;
}

/** A piece, as its supervisor sees it. */
export interface PieceRecord {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'crashed';
  /** 0 while it does not run. */
  readonly pid: number;
  readonly commandLine: string;
  /** When it got into this state, in ISO form. */
  readonly since: string;
  readonly restarts: number;
  /** How it ended the last time that nobody had asked it to; empty if it never did. */
  readonly crash: string;
}

/** What a supervisor writes down, for commands that run beside it and for those that come after it. */
export interface PlatformRecord extends Wishes {
  readonly phase: 'starting' | 'ready' | 'stopping';
  readonly since: string;
  readonly kubeconfig: string;
  readonly pieces: readonly PieceRecord[];
}

/** Write a record at once or not at all. */
export async function writeRecord(file: string, record: PlatformRecord): Promise<void> {
  const temporary = `${file}.tmp`;
  await writeFile(temporary, JSON.stringify(record, undefined, 2));
  await rename(temporary, file);
}

/** Read a record; undefined when there is none, or none that can be read. */
export async function readRecord(file: string): Promise<PlatformRecord | undefined> {
  try {
    const { phase, ephemeral, pieces, ...rest } = fields(JSON.parse(await readFile(file, 'utf8')));
    if (phase !== 'starting' && phase !== 'ready' && phase !== 'stopping') return undefined;
    const [provider, policies, since] = [textOf(rest.provider), textOf(rest.policies), textOf(rest.since)];
    const kubeconfig = textOf(rest.kubeconfig);
    return {
      phase,
      ephemeral: ephemeral === true,
      provider,
      policies,
      since,
      kubeconfig,
      pieces: items(pieces).map(piece),
    };
  } catch {
    return undefined;
  }
}

function piece(value: unknown): PieceRecord {
  const { name, state, pid, commandLine, since, restarts, crash } = fields(value);
  return {
    name: textOf(name),
    state: state === 'running' || state === 'starting' ? state : 'crashed',
    pid: Number(pid) || 0,
    commandLine: textOf(commandLine),
    since: textOf(since),
    restarts: Number(restarts) || 0,
    crash: textOf(crash),
  };
}
