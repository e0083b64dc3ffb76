import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { text } from 'node:stream/consumers';

/** How a command is run to its end. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Run at low priority, so that a build leaves the machine usable. */
  readonly nice?: boolean;
}

/** How a command ended; `code` is -1 when a signal or the time limit ended it. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a command to its end and collect what it wrote; rejects only when it could not be started. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Not the option of spawn: when a command cannot be started, that one's timer runs on and keeps this process alive.
  const limit = setTimeout(() => child.kill('SIGKILL'), options.seconds * 1000);
  const closed = once(child, 'close');
  if (options.nice && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]).finally(() =>
    clearTimeout(limit),
  );
  return { code: child.exitCode ?? -1, stdout, stderr };
}

/** The last lines of a text, indented, for an error message. */
export function tail(output: string, lines = 15): string {
  // After its panic Go writes all stacks, of which nobody could tell the reason.
  const said = output.replace(/^((?:panic|fatal error): .*)\n[\s\S]*$/m, '$1');
  const all = said.trimEnd().split('\n').slice(-lines);
  return all.map((line) => `\n    ${line}`).join('');
}
