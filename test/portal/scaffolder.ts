import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { npm, packagesOf } from './packages.ts';

/** A file as the scaffolder takes and gives it. */
export interface ScaffoldedFile {
  readonly path: string;
  readonly base64Content: string;
}

/** What came of a dry run. */
export interface DryRun {
  readonly status: number;
  readonly body: {
    readonly directoryContents?: readonly ScaffoldedFile[];
    readonly log?: readonly { readonly body: { readonly message: string; readonly stepId?: string } }[];
    readonly errors?: readonly { readonly stack: string }[];
  };
}

/** Backstage's scaffolder in a process of its own. */
export interface Scaffolder {
  /** Rejects with what Backstage says against it. */
  ask(what: 'actions' | 'dry-run' | 'entity', body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts Backstage's scaffolder with the actions of git hosts. */
export async function openScaffolder(): Promise<Scaffolder> {
  const home = join(import.meta.dirname, 'backend');
  // Its database is a module of C++, which no other script of the packages is needed for.
  const complete = async (folder: string) => void (await npm(folder, 'rebuild', 'better-sqlite3'));
  const folder = await packagesOf(join(home, 'package.json'), complete);
  const child = spawn(process.execPath, [join(home, 'scaffolder.mjs'), folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask: Scaffolder['ask'] = async (what, body) => {
    child.stdin.write(`${JSON.stringify({ ask: what, body })}\n`);
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error('the scaffolder ended');
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
