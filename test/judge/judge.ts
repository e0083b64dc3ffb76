import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, place, withLock } from '../../tools/engines/cache.ts';
import { goEnvironment } from '../../tools/engines/go.ts';
import { repository, start } from '../support/process.ts';

/** What the API server would say of an instance. */
export interface Verdict {
  readonly valid: boolean;
  readonly reason?: string;
  /** Fields that it would drop. */
  readonly pruned?: readonly string[];
}

/** A definition, and instances of one of its versions. */
export interface Question {
  readonly crd: unknown;
  readonly version: string;
  readonly instances: readonly unknown[];
}

/** Asks Kubernetes' own validation, one answer for each question; an answer without verdicts names its error. */
export async function judge(
  questions: readonly Question[],
): Promise<readonly { readonly verdicts?: readonly Verdict[]; readonly error?: string }[]> {
  const program = await build();
  const stdin = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const { code, stdout, stderr } = await start(program, [], { stdin, timeout: 300_000 }).finished;
  if (code !== 0) throw new Error(`the judge ended with ${code}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The program, built from its module once for each content of its files. */
async function build(): Promise<string> {
  const folder = repository('test/judge');
  const files = await Promise.all(['main.go', 'go.mod', 'go.sum'].map((name) => readFile(join(folder, name))));
  const digest = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 12);
  const target = join(cacheDirectory(), 'engines', `schema-judge-${process.arch}-${digest}`);
  if (!existsSync(target)) {
    await withLock(join(cacheDirectory(), 'schema-judge.lock'), 3600, () =>
      place(target, async (directory) => {
        const args = ['-C', folder, 'build', '-ldflags=-s -w', '-o', join(directory, 'judge'), '.'];
        const assignments = Object.entries(goEnvironment).map(([name, value]) => `${name}=${value}`);
        const home = `HOME=${process.env.HOME ?? ''}`;
        const { code, stderr } = await start('env', [home, ...assignments, 'go', ...args], { timeout: 900_000 })
          .finished;
        if (code !== 0) throw new Error(`go build of test/judge ended with ${code}: ${stderr}`);
      }),
    );
  }
  return join(target, 'judge');
}
