import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, messageOf } from './error.ts';
import { run, tail } from './run.ts';

/** A process of the stack: how it is started and how one knows that it serves. */
export interface Piece {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly ready: ReadyCheck;
}

/** When a piece counts as started. */
interface ReadyCheck {
  readonly seconds: number;
  /** Asked again and again until it says true; a throw is a no, told if the time runs out. `logs`: since this start. */
  readonly check: (logs: () => Promise<string>) => Promise<boolean>;
}

/** What a running piece uses, as the operating system says. */
export interface PieceUsage {
  readonly name: string;
  readonly memoryMiB: number;
  readonly cpuSeconds: number;
}

/** A piece that ended without having been asked to. */
export interface Crash {
  readonly name: string;
  readonly seen: string;
}

/** The process of a piece, in terms by which others can find it. */
export interface PieceProcess {
  readonly name: string;
  readonly pid: number;
  /** When it was started, in ISO form. */
  readonly since: string;
  readonly commandLine: string;
  /** False while it is starting. */
  readonly serves: boolean;
}

interface Failure {
  readonly code: 'PIECE_CRASHED' | 'PIECE_TIMEOUT';
  readonly seen: string;
}

interface Running {
  readonly piece: Piece;
  readonly child: ChildProcess;
  readonly group: number;
  readonly since: string;
  /** How long the log was when this run began. */
  readonly logStart: number;
}

// Kills every process group of the stack when this process is gone, however it went: its end of the pipe closes then.
const watchdogScript = `trap '' INT TERM HUP
groups=
while read -r sign group; do
  left=
  for known in $groups; do [ "$known" = "$group" ] || left="$left $known"; done
  groups=$left
  [ "$sign" = + ] && groups="$groups $group"
done
for group in $groups; do kill -9 -"$group" 2>/dev/null; done
[ -z "$1" ] || rm -rf "$1" || { sleep 1; rm -rf "$1"; }`;

/** The processes of one stack, each in a process group of its own, none of which outlives this process. */
export class Pieces {
  readonly #logs: string;
  readonly #discard: string;
  #watchdog: ChildProcess;
  #closed = false;
  readonly #known = new Map<string, Piece>();
  readonly #running = new Map<string, Running>();
  readonly #serving = new Set<Running>();
  readonly #crashes: Crash[] = [];
  #listener: ((crash: Crash) => void) | undefined;

  private constructor(logs: string, discard: string) {
    this.#logs = logs;
    this.#discard = discard;
    this.#watchdog = this.#watch();
  }

  /** Make an empty set whose logs go to a folder; `discard` is removed when the last piece has ended. */
  static async open(logs: string, discard?: string): Promise<Pieces> {
    if (process.platform === 'win32') {
      const todo = 'use Linux, macOS or WSL';
      throw new EngineError({ code: 'STACK_PLATFORM', path: 'win32', seen: 'has no process groups', todo });
    }
    await mkdir(logs, { recursive: true });
    return new Pieces(logs, discard ?? '');
  }

  /** The names of the pieces that run. */
  get names(): string[] {
    return [...this.#running.keys()];
  }

  /** The process of every piece that runs, in the order of their first start. */
  get processes(): PieceProcess[] {
    const inOrder = [...this.#known.keys()].flatMap((name) => this.#running.get(name) ?? []);
    return inOrder.map((running) => ({
      name: running.piece.name,
      pid: running.group,
      since: running.since,
      commandLine: [running.piece.command, ...running.piece.args].join(' '),
      serves: this.#serving.has(running),
    }));
  }

  /** Hear of every piece that served and then ended without having been asked to, those of the past included. */
  onCrash(listener: (crash: Crash) => void): void {
    this.#listener = listener;
    for (const crash of this.#crashes.splice(0)) listener(crash);
  }

  /** Start a piece and wait until it serves; a crash or a time-out is told with the last lines of its log. */
  async start(piece: Piece): Promise<void> {
    if (this.#closed) {
      const seen = 'the stack was stopped meanwhile';
      throw new EngineError({ code: 'STACK_STOPPED', path: piece.name, seen, todo: 'start the stack again' });
    }
    this.#known.set(piece.name, piece);
    const running = this.#spawn(piece);
    const ended = endOf(running.child);
    const stop = new AbortController();
    const failure = await Promise.race([this.#serves(running, stop.signal), ended]);
    stop.abort();
    const { exitCode, signalCode } = running.child;
    if (!failure && exitCode === null && signalCode === null) {
      this.#serving.add(running);
      return;
    }
    await this.#end(running, 'SIGKILL');
    const { code, seen: how } = failure ?? (await ended);
    const seen = `${how}; the end of its log:${tail(await this.logs(piece.name))}`;
    throw new EngineError({ code, path: piece.name, seen, todo: 'mend what the log says' });
  }

  /** Ask a piece to end (SIGTERM), and end it after ten seconds if it does not. */
  async stop(name: string): Promise<void> {
    await this.#end(this.#find(name), 'SIGTERM');
  }

  /** End a piece without asking (SIGKILL). */
  async kill(name: string): Promise<void> {
    await this.#end(this.#find(name), 'SIGKILL');
  }

  /** Stop a piece if it runs, start it as it was started before, and wait until it serves. */
  async restart(name: string): Promise<void> {
    const piece = this.#known.get(name);
    if (!piece) throw this.#unknown(name);
    if (this.#running.has(name)) await this.stop(name);
    await this.start(piece);
  }

  /** Everything that a piece has written, over all its starts. */
  async logs(name: string): Promise<string> {
    if (!this.#known.has(name)) throw this.#unknown(name);
    return readFile(this.#logFile(name), 'utf8');
  }

  /** Memory and processor time of every piece that runs. */
  async usage(): Promise<PieceUsage[]> {
    const all = [...this.#running.values()];
    const pids = all.map((running) => String(running.group)).join(',');
    const { stdout } = await run('ps', ['-o', 'pid=,rss=,time=', '-p', pids], { seconds: 10 });
    const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
    return all.map(({ piece, group }) => {
      const [, rss = '0', time = '0'] = rows.find(([pid]) => pid === String(group)) ?? [];
      return { name: piece.name, memoryMiB: Math.round(Number(rss) / 1024), cpuSeconds: secondsOf(time) };
    });
  }

  /** Stop every piece, the last first, and leave no process. */
  async stopAll(): Promise<void> {
    this.#closed = true;
    // In the order of their first start, whatever was restarted since: the API server cannot end well without etcd.
    for (const name of [...this.#known.keys()].reverse()) {
      const running = this.#running.get(name);
      if (running) await this.#end(running, 'SIGTERM');
    }
    if (this.#watchdog.exitCode !== null || this.#watchdog.signalCode !== null) return;
    const gone = once(this.#watchdog, 'exit');
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    await endsWithin(gone, 10);
  }

  #spawn(piece: Piece): Running {
    const log = openSync(this.#logFile(piece.name), 'a');
    const logStart = fstatSync(log).size;
    const child = spawn(piece.command, piece.args, {
      cwd: piece.cwd,
      env: { ...process.env, ...piece.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    const running = { piece, child, group: child.pid ?? 0, since: new Date().toISOString(), logStart };
    if (running.group !== 0) this.#tell('+', running.group);
    this.#running.set(piece.name, running);
    child.once('exit', () => this.#forget(running));
    child.once('error', () => this.#forget(running));
    return running;
  }

  #forget(running: Running): void {
    // What a piece has started itself goes with it.
    signal(running.group, 'SIGKILL');
    this.#tell('-', running.group);
    const { piece, child } = running;
    if (this.#running.get(piece.name) === running) this.#running.delete(piece.name);
    if (!this.#serving.delete(running)) return;
    const crash = { name: piece.name, seen: `ended with ${child.signalCode ?? `code ${child.exitCode}`}` };
    if (this.#listener) this.#listener(crash);
    else this.#crashes.push(crash);
  }

  #watch(): ChildProcess {
    const args = ['-c', watchdogScript, 'watchdog', this.#discard];
    const watchdog = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    watchdog.unref();
    // What is told to a watchdog that was killed is told to the next one.
    watchdog.stdin.on('error', () => {});
    watchdog.once('exit', () => {
      if (this.#closed) return;
      this.#watchdog = this.#watch();
      for (const { group } of this.#running.values()) this.#tell('+', group);
    });
    return watchdog;
  }

  #tell(sign: '+' | '-', group: number): void {
    this.#watchdog.stdin?.write(`${sign} ${group}\n`);
  }

  async #serves({ piece, logStart }: Running, stopped: AbortSignal): Promise<Failure | undefined> {
    const end = Date.now() + piece.ready.seconds * 1000;
    const logs = async () => (await readFile(this.#logFile(piece.name))).subarray(logStart).toString();
    let last = 'not ready';
    while (Date.now() < end && !stopped.aborted) {
      try {
        if (await piece.ready.check(logs)) return undefined;
      } catch (thrown) {
        last = messageOf(thrown);
      }
      await sleep(25);
    }
    return { code: 'PIECE_TIMEOUT', seen: `did not serve within ${piece.ready.seconds} s (${last})` };
  }

  async #end(running: Running, first: NodeJS.Signals): Promise<void> {
    this.#serving.delete(running);
    const { child, group } = running;
    if (group === 0 || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.ref();
    signal(group, first);
    if (await endsWithin(exit, 10)) return;
    signal(group, 'SIGKILL');
    await exit;
  }

  #find(name: string): Running {
    const running = this.#running.get(name);
    if (!running) throw this.#unknown(name);
    return running;
  }

  #unknown(name: string): EngineError {
    const todo = `running now: ${this.names.join(', ') || 'nothing'}`;
    return new EngineError({ code: 'PIECE_UNKNOWN', path: name, seen: 'no such piece runs', todo });
  }

  #logFile(name: string): string {
    return join(this.#logs, `${name}.log`);
  }
}

async function endOf(child: ChildProcess): Promise<Failure> {
  const code = 'PIECE_CRASHED';
  try {
    const [status, name] = await once(child, 'exit');
    return { code, seen: `ended while it was starting, with ${name ?? `code ${status}`}` };
  } catch (thrown) {
    return { code, seen: messageOf(thrown) };
  }
}

async function endsWithin(end: Promise<unknown>, seconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(seconds * 1000, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([end.then(() => true), late]);
  timer.abort();
  return inTime;
}

function signal(group: number, name: NodeJS.Signals): void {
  // Group 0 would be our own.
  if (group === 0) return;
  try {
    process.kill(-group, name);
  } catch {
    // The group is gone already.
  }
}

/** `[[days-]hours:]minutes:seconds`, as ps writes it. */
function secondsOf(time: string): number {
  return time
    .replace('-', ':')
    .split(':')
    .map(Number)
    .reduce((total, part, index, all) => total + part * ([1, 60, 3600, 86_400][all.length - 1 - index] ?? 0), 0);
}
