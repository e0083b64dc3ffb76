import { messageOf } from '../../engines/error.ts';
import type { Crash, Pieces } from '../../engines/pieces.ts';
import type { PieceRecord } from './record.ts';

interface Trouble {
  crash: string;
  crashedAt: string;
  restarts: number;
  /** Tries since it last ran for a while. */
  tries: number;
}

// What dies at once again and again must not keep the machine busy, and what was mended must not wait for long.
const firstDelay = 250;
const longestDelay = 30_000;
const steadyAfter = 60_000;

/** Starts pieces again that end without having been asked to: at once, then ever later, up to every 30 seconds. */
export class Restarter {
  readonly #pieces: Pieces;
  readonly #tell: (line: string) => void;
  readonly #troubles = new Map<string, Trouble>();
  #stopped = false;

  constructor(pieces: Pieces, tell: (line: string) => void) {
    this.#pieces = pieces;
    this.#tell = tell;
    pieces.onCrash((crash) => this.#hear(crash));
  }

  /** Restart nothing any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Every piece that runs, or ran and shall again. */
  get records(): PieceRecord[] {
    const running = this.#pieces.processes.map(({ serves, ...process }): PieceRecord => {
      const { restarts = 0, crash = '' } = this.#troubles.get(process.name) ?? {};
      return { ...process, state: serves ? 'running' : 'starting', restarts, crash };
    });
    const names = new Set(running.map(({ name }) => name));
    const crashed = [...this.#troubles].filter(([name]) => !names.has(name));
    return [
      ...running,
      ...crashed.map(
        ([name, { crash, crashedAt, restarts }]): PieceRecord => ({
          name,
          state: 'crashed',
          pid: 0,
          commandLine: '',
          since: crashedAt,
          restarts,
          crash,
        }),
      ),
    ];
  }

  #hear({ name, seen }: Crash): void {
    const before = this.#troubles.get(name);
    const steady = before !== undefined && Date.now() - Date.parse(before.crashedAt) > steadyAfter;
    const tries = before && !steady ? before.tries : 0;
    this.#schedule(name, { crash: seen, crashedAt: new Date().toISOString(), restarts: before?.restarts ?? 0, tries });
  }

  #schedule(name: string, trouble: Trouble): void {
    if (this.#stopped) return;
    const delay = Math.min(longestDelay, firstDelay * 2 ** trouble.tries);
    this.#troubles.set(name, { ...trouble, tries: trouble.tries + 1 });
    this.#tell(`${name} ${trouble.crash}; starting it again in ${delay / 1000} s`);
    setTimeout(() => void this.#restart(name), delay).unref();
  }

  async #restart(name: string): Promise<void> {
    const trouble = this.#troubles.get(name);
    if (this.#stopped || trouble === undefined) return;
    try {
      await this.#pieces.restart(name);
      const restarts = trouble.restarts + 1;
      this.#troubles.set(name, { ...trouble, restarts });
      this.#tell(`${name} runs again`);
    } catch (thrown) {
      const crash = shortened(messageOf(thrown));
      this.#schedule(name, { ...trouble, crash, crashedAt: new Date().toISOString() });
    }
  }
}

/** What happened and the last line of the log, of a message that repeats many of them. */
function shortened(message: string): string {
  const [what = '', ...log] = message.split('\n');
  return `failed to start (${[what, log.at(-1) ?? ''].join(' ').slice(0, 300)})`;
}
