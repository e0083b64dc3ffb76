import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { CodedError } from '../error.ts';

const running = new Set<ChildProcess>();
const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-bench-'));

// Whatever ends this process ends its servers: a benchmark must leave nothing behind that eats a core.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Path of a file that exists as long as this process. */
export const temporary = (name: string): string => join(folder, name);

/** A process that this benchmark started. */
export interface Child {
  readonly pid: number;
  /** Rejects when the process ends by itself. */
  readonly ended: Promise<never>;
  /** What it wrote to standard output, once it ended. */
  readonly output: () => string;
  readonly exit: Promise<number>;
  stop(): Promise<void>;
}

/** Bundles a program of this folder as dist/main.js is bundled, so that neither is slower for how it was loaded. */
export async function bundle(name: 'floor' | 'sdk' | 'compose'): Promise<string> {
  const outfile = temporary(`${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** Starts a program, Node unless another one is named. */
export function start(name: string, args: readonly string[], program = process.execPath): Child {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  // The end of what it says is enough to see why it failed; a report of figures is far shorter.
  child.stdout.on('data', (chunk) => (stdout = (stdout + chunk).slice(-64 * 1024)));
  child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4096)));
  const exit = new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', (code) => resolve(code ?? -1));
  });
  void exit.then(() => running.delete(child));
  const ended = exit.then((code): never => {
    const said = (stderr || stdout).trim().slice(-1000) || 'nothing was said';
    throw new CodedError('BENCH_SERVER', name, `ended with ${code}: ${said}`, 'correct it and run again');
  });
  // Nobody may be waiting for it any more when it ends.
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  return { pid: child.pid ?? -1, ended, output: () => stdout, exit, stop };
}

/** Resident memory of a process in MiB; undefined where the system has no /proc. */
export function residentMiB(pid: number): number | undefined {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(processFile(pid, 'status') ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** Linux counts processor time for user space in ticks of 10 ms on every architecture (USER_HZ). */
const tickMs = 10;

/** Processor time that a process has used with all its threads, in ms; undefined where the system has no /proc. */
export function processorMs(pid: number): number | undefined {
  const stat = processFile(pid, 'stat');
  if (stat === undefined) return undefined;
  // The second field is the name of the program in parentheses and may hold spaces; proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

function processFile(pid: number, name: 'stat' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
