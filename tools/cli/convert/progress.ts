import { setImmediate } from 'node:timers/promises';

/**
 * Shows how far a long run is, and lets signals through.
 *
 * By hand, since the libraries for it import `node:process`, which opens standard input without blocking, so that it can
 * no longer be read at once.
 */
export class Progress {
  readonly #total: number;
  #done = 0;
  #last = Date.now();

  constructor(total: number) {
    this.#total = total;
  }

  /** One more file is about to be read. */
  async step(): Promise<void> {
    this.#done += 1;
    if (Date.now() - this.#last < 100) return;
    this.#last = Date.now();
    this.#draw(`${this.#done} of ${this.#total} files`);
    await setImmediate();
  }

  /** Nothing is to be seen of it any more. */
  clear(): void {
    this.#draw('');
  }

  #draw(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  }
}
