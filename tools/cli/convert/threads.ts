import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type ConvertCommandOptions, type Converted, convertFile, type Failure } from './file.ts';
import type { Share, ShareResult } from './worker.ts';

/** A second thread starts in the time that some thirty files take. */
const fewFiles = 64;

/**
 * Converts files, and yields what each gives in their order. Many are shared with a second thread, which takes about
 * as long as the first one does with its part and with writing; more threads would pass 200 MB of memory.
 */
export async function* convertFiles(
  files: readonly string[],
  options: ConvertCommandOptions,
): AsyncGenerator<readonly (Converted | Failure)[]> {
  if (files.length < fewFiles || availableParallelism() === 1) {
    for (const file of files) yield convertFile(file, options);
    return;
  }
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: results, port2: port } = new MessageChannel();
  const share: Share = { files, options, next, port };
  const worker = new Worker(new URL('./cli-convert-worker.js', import.meta.url), {
    workerData: share,
    // What is young lives for one file only; V8 would let it grow to 48 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    transferList: [port],
  });
  let crash: Error | undefined;
  worker.once('error', (error) => {
    crash = error;
  });
  const done = new Map<number, ShareResult['outcomes']>();
  try {
    for (let wanted = 0; wanted < files.length; wanted += 1) {
      while (!done.has(wanted)) {
        const received: { message: ShareResult } | undefined = receiveMessageOnPort(results);
        const file = received === undefined ? takeFile(files, next) : undefined;
        if (received !== undefined) done.set(received.message.index, received.message.outcomes);
        else if (file !== undefined) done.set(file.index, convertFile(file.path, options));
        else await setTimeout(1);
        if (crash !== undefined) throw crash;
      }
      yield done.get(wanted) ?? [];
      done.delete(wanted);
    }
  } finally {
    results.close();
    await worker.terminate();
  }
}

/** The next file that no thread has taken. */
export function takeFile(files: readonly string[], next: Int32Array): { index: number; path: string } | undefined {
  const index = Atomics.add(next, 0, 1);
  const path = files[index];
  return path === undefined ? undefined : { index, path };
}
