import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { place, sweep, withLock } from './cache.ts';
import { EngineError } from './error.ts';

/** What became of something that is built into the cache: where it is, or why it cannot be had. */
export type Outcome<Name extends string = string> =
  | {
      readonly engine: Name;
      readonly version: string;
      readonly state: 'reused' | 'built';
      readonly seconds: number;
      readonly directory: string;
    }
  | { readonly engine: Name; readonly version: string; readonly state: 'impossible'; readonly why: EngineError };

/** Something that is built into the cache. */
export interface Artifact<Name extends string = string> {
  readonly engine: Name;
  readonly version: string;
  /** Where it is or will be: its name holds a digest of all that goes into it. */
  readonly target: string;
  /** The file in it without which it is of no use: somebody may have cleaned up in the cache. */
  readonly program: string;
  /** The command that builds it, for the message when it may not be built now. */
  readonly command: string;
  /** Throws when this machine lacks what it takes. */
  readonly require: () => Promise<unknown>;
  readonly make: (directory: string) => Promise<void>;
}

/** Where and how artifacts are had. */
export interface ArtifactOptions {
  readonly cache: string;
  /** False: use what the cache holds and build nothing. */
  readonly build: boolean;
  readonly log: (line: string) => void;
}

/** Have an artifact in the cache, building it if it is missing, one at a time on this machine. */
export async function haveArtifact<Name extends string>(
  artifact: Artifact<Name>,
  { cache, build, log }: ArtifactOptions,
): Promise<Outcome<Name>> {
  const { engine, version, target: directory } = artifact;
  const reused = { engine, version, state: 'reused', seconds: 0, directory } as const;
  const isThere = () => existsSync(join(directory, artifact.program));
  if (isThere()) return reused;
  try {
    if (!build) throw missing(artifact);
    await artifact.require();
    log(`${engine} ${version}: building (minutes, if the caches are cold)`);
    return await withLock(join(cache, 'build.lock'), 3600, async () => {
      if (isThere()) return reused;
      await sweep(dirname(directory));
      await rm(directory, { recursive: true, force: true });
      const start = Date.now();
      await place(directory, artifact.make);
      return { engine, version, state: 'built', seconds: Math.round((Date.now() - start) / 1000), directory };
    });
  } catch (thrown) {
    if (thrown instanceof EngineError) return { engine, version, state: 'impossible', why: thrown };
    throw thrown;
  }
}

/** One phrase on what became of an artifact. */
export function describe(outcome: Outcome): string {
  if (outcome.state === 'impossible') return `impossible: ${outcome.why.message}`;
  return outcome.state === 'reused' ? 'reused' : `built in ${outcome.seconds} s`;
}

function missing({ engine, target, command }: Artifact): EngineError {
  const todo = `build it first (${command})`;
  return new EngineError({ code: 'ENGINE_MISSING', path: engine, seen: `not in ${dirname(target)}`, todo });
}
