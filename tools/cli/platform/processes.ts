import { messageOf } from '../../engines/error.ts';
import { run } from '../../engines/run.ts';
import { CodedError } from '../../error.ts';

/** A process of this machine. */
export interface Process {
  readonly pid: number;
  readonly memoryMiB: number;
  /** In milliseconds since 1970. */
  readonly started: number;
  readonly commandLine: string;
}

/** Every process of this machine that the operating system tells of, by its number. */
export async function allProcesses(): Promise<ReadonlyMap<number, Process>> {
  const args = ['-A', '-ww', '-o', 'pid=,rss=,lstart=,args='];
  const env = { LC_ALL: 'C' };
  const { code, stdout } = await run('ps', args, { env, seconds: 20 }).catch((thrown: unknown) => {
    throw unreadable(messageOf(thrown));
  });
  if (code !== 0) throw unreadable(`ended with ${code}`);
  const found = stdout.split('\n').flatMap((line) => processOf(line) ?? []);
  return new Map(found.map((one) => [one.pid, one]));
}

/** `lstart` is five words: weekday, month, day, time and year. */
function processOf(line: string): Process | undefined {
  const [, pid, rss, started = '', commandLine = ''] = /^\s*(\d+)\s+(\d+)\s+((?:\S+\s+){4}\S+)\s(.*)$/.exec(line) ?? [];
  if (pid === undefined) return undefined;
  const memoryMiB = Math.round(Number(rss) / 1024);
  return { pid: Number(pid), memoryMiB, started: Date.parse(started), commandLine: commandLine.trim() };
}

function unreadable(seen: string): CodedError {
  const todo = 'install ps (package procps on Debian and its like)';
  return new CodedError('PLATFORM_PROCESSES', 'ps', `cannot list processes: ${seen}`, todo);
}
