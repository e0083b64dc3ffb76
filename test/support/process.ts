import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside the repository. */
export const repository = (path: string): string => join(root, path);

/** A folder of its own, and how to remove it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'aws-blueprints-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** How a process ended and what it said. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Everything that it has said so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with what `find` finds in standard output, as soon as it does; rejects when the process ends before. */
  until<T>(find: (stdout: string) => T | undefined): Promise<T>;
  readonly finished: Promise<Finished>;
}

interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string | Buffer;
  /** Milliseconds after which it is killed, so that its code is null. */
  readonly timeout?: number;
}

/** Starts a program, with nothing of the environment but the search path. */
export function start(command: string, args: readonly string[], { cwd, stdin, timeout }: RunOptions = {}): Running {
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    ...(timeout !== undefined && { timeout, killSignal: 'SIGKILL' }),
    env: { PATH: process.env.PATH },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  // A program that refuses its arguments ends before it has read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, until: (find) => until(child, output, find), finished };
}

function until<T>(
  child: ChildProcessWithoutNullStreams,
  output: Running['output'],
  find: (stdout: string) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      child.stdout.off('data', look);
      child.off('close', fail);
    };
    const fail = () => {
      stop();
      reject(new Error(`the process ended first; it said\n${output.stdout}${output.stderr}`));
    };
    const look = () => {
      const found = find(output.stdout);
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    child.stdout.on('data', look);
    child.once('close', fail);
    look();
  });
}

/** Runs a program to its end. */
export const run = (command: string, args: readonly string[], options?: RunOptions): Promise<Finished> =>
  start(command, args, options).finished;

/**
 * Bundles server and command as the build does, into a folder without the sources' node_modules, as users have them.
 * The build writes below the working directory, so it runs in one where the sources are linked.
 */
export async function buildBundles(folder: string): Promise<{ readonly main: string; readonly cli: string }> {
  for (const name of ['functions', 'tools', 'package.json']) symlinkSync(repository(name), join(folder, name));
  const { code, stderr } = await run(process.execPath, ['tools/build.mjs'], { cwd: folder });
  if (code !== 0) throw new Error(`the build failed: ${stderr}`);
  return { main: join(folder, 'dist/main.js'), cli: join(folder, 'dist/cli.js') };
}

/** A stack trace on a console, or inside a log line. */
export const stackTrace = /(\n|\\n)\s+at /;
