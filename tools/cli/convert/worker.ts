import { type MessagePort, workerData } from 'node:worker_threads';
import { type ConvertCommandOptions, convertFile } from './file.ts';
import { takeFile } from './threads.ts';

/** What the threads share: each takes the file whose number `next` holds, and raises it. */
export interface Share {
  readonly files: readonly string[];
  readonly options: ConvertCommandOptions;
  readonly next: Int32Array;
  readonly port: MessagePort;
}

/** What one of the files gave. */
export interface ShareResult {
  readonly index: number;
  readonly outcomes: ReturnType<typeof convertFile>;
}

const { files, options, next, port }: Share = workerData;
for (let file = takeFile(files, next); file !== undefined; file = takeFile(files, next)) {
  const result: ShareResult = { index: file.index, outcomes: convertFile(file.path, options) };
  port.postMessage(result);
}
port.close();
