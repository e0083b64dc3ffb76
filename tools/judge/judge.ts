import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { cacheDirectory } from '../engines/cache.ts';
import { tail } from '../engines/run.ts';
import { CodedError } from '../error.ts';

/** What is asked of the judge: to know a policy or an object of the cluster, or to review. */
export type Question =
  | { readonly op: 'template' | 'constraint' | 'data'; readonly object: KubernetesObject }
  | { readonly op: 'review'; readonly request: object; readonly namespace?: object };

/** A broken rule, in Gatekeeper's words. */
interface Violation {
  readonly kind: string;
  readonly constraint: string;
  readonly message: string;
  readonly action: string;
  /** What the constraint does at the point where the judge stands, where it says so for each point. */
  readonly scoped?: readonly string[];
}

/** What the judge says to one question. */
export interface Answer {
  readonly error?: string;
  readonly violations?: readonly Violation[];
}

/** A program and its arguments. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Put questions to the judge, Gatekeeper's own constraint client, and return its answers in order. */
export async function ask({ command, args }: Command, questions: readonly Question[]): Promise<Answer[]> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // It may end before it has read everything; what it said then tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const ended = once(child, 'close').catch((thrown: unknown) => thrown);
  const [output, log, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const answers: Answer[] = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  if (child.exitCode === 0 && answers.length === questions.length) return answers;
  const seen = end instanceof Error ? end.message : `ended with ${child.exitCode}:${tail(log)}`;
  throw new CodedError('JUDGE_FAILED', command, seen, 'build the judge again, or name another one with --judge');
}

/**
 * The judge to use: a program or, for Node, the JavaScript beside its WebAssembly. Without a path, what
 * AWS_BLUEPRINTS_JUDGE names, or else the newest that was built on this machine.
 */
export function findJudge(path = process.env.AWS_BLUEPRINTS_JUDGE ?? newestBuilt()): Command {
  if (path === undefined) {
    throw new CodedError(
      'JUDGE_MISSING',
      'judge',
      'policies are judged by Gatekeeper itself, and no judge was built on this machine',
      'without Go: unpack judge.tar of the release and name its judge.cjs with --judge; with Go, in a clone: npx tsx tools/engines/build.ts judge',
    );
  }
  if (!existsSync(path)) throw new CodedError('JUDGE_MISSING', path, 'no such file', 'check the path of the judge');
  // Go's own runner of WebAssembly gives as much stack.
  if (extname(path) === '.cjs') return { command: process.execPath, args: ['--stack-size=8192', path] };
  return { command: path, args: [] };
}

function newestBuilt(): string | undefined {
  const folder = join(cacheDirectory(), 'engines');
  const built = existsSync(folder) ? readdirSync(folder).filter((name) => /^judge-v[^-]+-\w+$/.test(name)) : [];
  const paths = built.map((name) => join(folder, name, 'judge')).filter((path) => existsSync(path));
  return paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}
