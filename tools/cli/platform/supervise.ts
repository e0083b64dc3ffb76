import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../engines/error.ts';
import type { Pieces } from '../../engines/pieces.ts';
import type { Stack } from '../../engines/stack.ts';
import { CodedError } from '../../error.ts';
import { boot } from './boot.ts';
import { supervisorsOf } from './inspect.ts';
import type { Message } from './messages.ts';
import type { Place } from './place.ts';
import { allProcesses } from './processes.ts';
import { type PlatformRecord, type Wishes, writeRecord, writeStopped } from './record.ts';
import { Restarter } from './restarter.ts';

/** Run a platform until somebody ends it; for an ephemeral one that is the end of the command that started it. */
export async function supervise(place: Place, wishes: Wishes): Promise<void> {
  // Its output is a file; when the disk is full, the platform runs on without it.
  process.stdout.removeAllListeners('error').on('error', () => {});
  try {
    await alone(place);
    await new Supervisor(place, wishes).run();
  } catch (thrown) {
    sayWhy(thrown);
    await tell({ kind: 'failed', text: messageOf(thrown) });
    process.exit(1);
  }
}

/** Two commands may have started a supervisor at the same moment: the first one stays. */
async function alone(place: Place): Promise<void> {
  const [first] = supervisorsOf(place, await allProcesses());
  if (first && first.pid !== process.pid) {
    const seen = `process ${first.pid} is starting or running it`;
    throw new CodedError('PLATFORM_BUSY', place.name, seen, 'see: npx aws-blueprints status');
  }
  // It holds the number of a process, which may belong to another program by now.
  await rm(join(place.state, 'lock'), { force: true });
}

const beat = 500;

class Supervisor {
  readonly #place: Place;
  readonly #wishes: Wishes;
  readonly #since = new Date().toISOString();
  #phase: PlatformRecord['phase'] = 'starting';
  #pieces: Pieces | undefined;
  #restarter: Restarter | undefined;
  #stack: Stack | undefined;
  #endpoint = '';
  #written = '';
  #writes: Promise<void> = Promise.resolve();

  constructor(place: Place, wishes: Wishes) {
    this.#place = place;
    this.#wishes = wishes;
  }

  async run(): Promise<void> {
    this.#listen();
    await this.#write();
    setInterval(() => void this.#check(), beat);
    try {
      await this.#boot();
    } catch (thrown) {
      // What was being started fails when it is stopped.
      if (this.#phase === 'stopping') return;
      await this.#end();
      throw thrown;
    }
    this.#phase = 'ready';
    await this.#write();
    await tell({ kind: 'ready' });
  }

  async #boot(): Promise<void> {
    const { state } = this.#place;
    const onPieces = (pieces: Pieces) => {
      this.#pieces = pieces;
    };
    const log = (text: string) => {
      say(text);
      void tell({ kind: 'step', text });
    };
    const { stack, endpoint } = await boot({ state, wishes: this.#wishes, onPieces, log });
    this.#stack = stack;
    this.#endpoint = endpoint;
    this.#restarter = new Restarter(stack.pieces, (text) => {
      say(text);
      void tell({ kind: 'report', text });
    });
  }

  #listen(): void {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => void this.#stop(name));
    // The command that started it has gone: after the start that is as it should be, unless the platform is ephemeral.
    process.on('disconnect', () => {
      if (this.#phase === 'starting' || this.#wishes.ephemeral)
        void this.#stop('the end of the command that started it');
    });
  }

  async #stop(why: string): Promise<void> {
    if (this.#phase === 'stopping') return;
    say(`stopping: ${why}`);
    this.#phase = 'stopping';
    await this.#write();
    await this.#end();
    process.exit(0);
  }

  /** End all pieces; a folder that is to go is removed by then, and nothing may be written into it any more. */
  async #end(): Promise<void> {
    this.#phase = 'stopping';
    this.#restarter?.stop();
    if (this.#stack) await this.#stack.stop();
    else await this.#pieces?.stopAll();
    await this.#writes;
    if (this.#wishes.ephemeral) await rm(this.#place.state, { recursive: true, force: true });
    else if (existsSync(this.#place.record)) await writeStopped(this.#place.record, this.#record()).catch(sayWhy);
  }

  /** Write down what has changed; and stop when the folder was removed under the platform. */
  async #check(): Promise<void> {
    if (this.#phase === 'stopping') return;
    if (!existsSync(this.#place.record)) {
      await this.#stop('its folder was removed');
      return;
    }
    await this.#write();
  }

  async #write(): Promise<void> {
    const record = this.#record();
    const text = JSON.stringify(record);
    if (text === this.#written) return;
    this.#written = text;
    // A full disk is no reason to end what runs.
    const write = () => writeRecord(this.#place.record, record).catch(sayWhy);
    this.#writes = this.#writes.then(write);
    await this.#writes;
  }

  #record(): PlatformRecord {
    const starting = (this.#pieces?.processes ?? []).map(({ serves, ...piece }) => ({
      ...piece,
      state: serves ? ('running' as const) : ('starting' as const),
      restarts: 0,
      crash: '',
    }));
    const kubeconfig = this.#stack?.kubeconfig ?? '';
    const pieces = this.#restarter?.records ?? starting;
    const [phase, since, endpoint] = [this.#phase, this.#since, this.#endpoint];
    return { ...this.#wishes, phase, since, kubeconfig, endpoint, pieces };
  }
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

function sayWhy(thrown: unknown): void {
  say(messageOf(thrown));
}

/** Tell the command that started this process, as long as it listens. */
function tell(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, () => resolve());
  });
}
