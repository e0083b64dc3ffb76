import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fields, items, textOf } from '../../engines/fields.ts';

/** What may reconcile managed resources: the real AWS provider on a simulated AWS, or nothing. */
export const providers = ['real', 'none'] as const;

/** What our policies do with what they find: they are not there, they warn, or they refuse. */
export const policyModes = ['off', 'warn', 'deny'] as const;

/** What `up` was asked for, beyond the name. */
export interface Wishes {
  readonly provider: (typeof providers)[number];
  readonly policies: (typeof policyModes)[number];
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

const phases = ['starting', 'ready', 'stopping', 'stopped'] as const;

/** What a supervisor writes down, for commands that run beside it and for those that come after it. */
export interface PlatformRecord extends Wishes {
  readonly phase: (typeof phases)[number];
  readonly since: string;
  readonly kubeconfig: string;
  /** Where every service of the simulated AWS is; empty without one. */
  readonly endpoint: string;
  readonly pieces: readonly PieceRecord[];
}

/** Write a record at once or not at all. */
export async function writeRecord(file: string, record: PlatformRecord): Promise<void> {
  const temporary = `${file}.tmp`;
  await writeFile(temporary, JSON.stringify(record, undefined, 2));
  await rename(temporary, file);
}

/** Write down that nothing runs any more; what the state was made for stays known. */
export async function writeStopped(file: string, record: PlatformRecord | undefined): Promise<void> {
  if (record) await writeRecord(file, { ...record, phase: 'stopped', kubeconfig: '', endpoint: '', pieces: [] });
  else await rm(file, { force: true });
}

/** Read a record; undefined when there is none, or none that can be read. */
export async function readRecord(file: string): Promise<PlatformRecord | undefined> {
  try {
    const { pieces, ...rest } = fields(JSON.parse(await readFile(file, 'utf8')));
    const phase = phases.find((one) => one === rest.phase);
    const provider = providers.find((one) => one === rest.provider);
    const policies = policyModes.find((one) => one === rest.policies);
    if (phase === undefined || provider === undefined || policies === undefined) return undefined;
    return {
      phase,
      provider,
      policies,
      ephemeral: rest.ephemeral === true,
      since: textOf(rest.since),
      kubeconfig: textOf(rest.kubeconfig),
      endpoint: textOf(rest.endpoint),
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
