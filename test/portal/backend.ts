import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { npm, packagesOf } from './packages.ts';

/** A backend of Backstage in a process of its own. */
export interface Backend<Ask extends string> {
  /** Rejects with what Backstage says against it. */
  ask(what: Ask, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts one of the programs in `backend`, which answers asks, with arguments of its own. */
export async function openBackend<Ask extends string>(program: string, ...args: string[]): Promise<Backend<Ask>> {
  const home = join(import.meta.dirname, 'backend');
  // Its database is a module of C++, which no other script of the packages is needed for.
  const complete = async (folder: string) => void (await npm(folder, 'rebuild', 'better-sqlite3'));
  const folder = await packagesOf(join(home, 'package.json'), complete);
  const child = spawn(process.execPath, [join(home, program), folder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask: Backend<Ask>['ask'] = async (what, body) => {
    child.stdin.write(`${JSON.stringify({ ask: what, body })}\n`);
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${program} ended`);
      const [, text] = /^answer: (.*)$/.exec(value) ?? [];
      if (text === undefined) continue;
      const answer: unknown = JSON.parse(text);
      if (Object(answer).error !== undefined) throw new Error(Object(answer).error);
      return answer;
    }
  };
  const close = async () => {
    child.stdin.end();
    await once(child, 'close');
  };
  return { ask, close };
}
