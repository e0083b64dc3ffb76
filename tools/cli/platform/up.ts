import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../error.ts';
import { hints } from './hints.ts';
import { endOrphans, type Inspection, inspect, superviseCommand } from './inspect.ts';
import { messageIn } from './messages.ts';
import { type Place, placeOf } from './place.ts';
import { havePrerequisites } from './prerequisites.ts';
import { type Progress, progress } from './progress.ts';
import { type PlatformRecord, type Wishes, writeStopped } from './record.ts';

/** The options of `up`. */
export interface UpOptions extends Partial<Wishes> {
  readonly name?: string;
}

// Every wait of the start and of the end has a limit of its own; these are for a supervisor that hangs.
const startSeconds = 400;
const stopSeconds = 120;

/**
 * Start a platform and return when it serves; an ephemeral one runs until this command ends. `commands` are those of
 * this program.
 */
export async function up(options: UpOptions, commands: readonly string[]): Promise<void> {
  const place = placeOf(
    options.name ?? (options.ephemeral ? `ephemeral-${randomBytes(3).toString('hex')}` : 'default'),
  );
  const inspection = await inspect(place);
  const wishes = wishesOf(options, inspection.record);
  if (inspection.condition === 'ready' && inspection.record) {
    greet(inspection, inspection.record, wishes);
    return;
  }
  await makeWay(inspection, wishes);
  const shown = progress();
  try {
    await havePrerequisites(wishes, commands, shown);
    await start(place, wishes, shown);
  } finally {
    shown.end();
  }
}

async function start(place: Place, wishes: Wishes, shown: Progress): Promise<void> {
  const began = Date.now();
  shown.begin(`starting platform "${place.name}"`, 20);
  const starting = new Start(await launch(place, wishes), place, shown);
  await starting.ready();
  shown.done(`platform "${place.name}" is ready after ${Math.round((Date.now() - began) / 1000)} s`);
  const { record } = await inspect(place);
  if (record) process.stdout.write(hints(place, record));
  if (wishes.ephemeral) await starting.stay();
  else starting.leave();
}

/** What is not asked for stays as it was, and is real and told, but not enforced, in a platform that is new. */
function wishesOf(options: UpOptions, record: PlatformRecord | undefined): Wishes {
  const { provider = record?.provider ?? 'real', policies = record?.policies ?? 'warn', ephemeral = false } = options;
  return { provider, policies, ephemeral };
}

function greet({ place, supervisor }: Inspection, record: PlatformRecord, wished: Wishes): void {
  const different = (['provider', 'policies', 'ephemeral'] as const).filter((key) => record[key] !== wished[key]);
  if (different.length > 0) {
    const seen = `runs already, with ${different.map((key) => `${key} ${record[key]}`).join(', ')}`;
    throw new CodedError('PLATFORM_RUNS', place.name, seen, 'end it first (down), or give another --name');
  }
  const since = new Date(record.since).toLocaleString('sv');
  process.stdout.write(`Platform "${place.name}" runs already, since ${since} (process ${supervisor?.pid}).\n`);
  process.stdout.write(hints(place, record));
}

/** Clean up after a platform that died, and refuse where another command is at work or the state is of another kind. */
async function makeWay(inspection: Inspection, { provider, ephemeral }: Wishes): Promise<void> {
  const { place, condition, supervisor, record } = inspection;
  if (supervisor) {
    const seen = `process ${supervisor.pid} is ${condition === 'ready' ? 'running' : condition} it`;
    throw new CodedError('PLATFORM_BUSY', place.name, seen, 'wait for it, see: npx aws-blueprints status');
  }
  if (condition === 'dead') {
    const orphans = await endOrphans(inspection);
    const left = orphans.length === 0 ? 'no process was left' : `ended what was left: ${orphans.join(', ')}`;
    process.stderr.write(`The supervisor of "${place.name}" is gone without an orderly end; ${left}.\n`);
    await writeStopped(place.record, record);
  }
  if (record && record.provider !== provider) {
    // The definitions of one do not fit the other: between their versions converts the provider's webhook.
    const seen = `its state was made with provider ${record.provider}`;
    const remedy = `give --provider ${record.provider}, remove the state first (down --purge), or give another --name`;
    throw new CodedError('PLATFORM_PROVIDER', place.name, seen, remedy);
  }
  if (ephemeral && condition !== 'absent') {
    const remedy = `remove it first (down --purge), or give another --name`;
    throw new CodedError('PLATFORM_EXISTS', place.state, 'a platform keeps its state here', remedy);
  }
}

async function launch(place: Place, { provider, policies, ephemeral }: Wishes): Promise<ChildProcess> {
  // What a former run has logged would be taken for this one's.
  await rm(place.logs, { recursive: true, force: true });
  await mkdir(place.logs, { recursive: true });
  const log = openSync(place.supervisorLog, 'a');
  const [, program = ''] = process.argv;
  const flags = ['--provider', provider, '--policies', policies, ...(ephemeral ? ['--ephemeral'] : [])];
  const args = [...process.execArgv, program, superviseCommand, place.state, '--name', place.name, ...flags];
  // In a session of its own: what ends this command, or its terminal, does not end the platform.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  return child;
}

/** A start that is under way, as the command sees it that waits for it. */
class Start {
  readonly #child: ChildProcess;
  readonly #place: Place;
  readonly #progress: Progress;
  readonly #ended: Promise<'ended'>;
  readonly #interrupted: Promise<'interrupted'>;
  #step = 'nothing';

  constructor(child: ChildProcess, place: Place, shown: Progress) {
    this.#child = child;
    this.#place = place;
    this.#progress = shown;
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve('ended'));
      child.once('error', () => resolve('ended'));
    });
    this.#interrupted = new Promise((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve('interrupted'));
    });
  }

  /** Wait until the platform serves; anything else ends what was started, and is thrown. */
  async ready(): Promise<void> {
    const late = new AbortController();
    const limit = sleep(startSeconds * 1000, 'late' as const, { signal: late.signal }).catch(() => 'late' as const);
    const outcome = await Promise.race([this.#heard(), this.#ended, this.#interrupted, limit]);
    late.abort();
    if (outcome === 'ready') return;
    this.#progress.end();
    await this.#end();
    throw this.#failure(outcome);
  }

  /** Leave the platform to itself. */
  leave(): void {
    this.#child.disconnect();
    this.#child.unref();
  }

  /** Stay until this command is told to end, and end the platform with it. */
  async stay(): Promise<void> {
    process.stdout.write(`Platform "${this.#place.name}" is ended and removed when this command ends (Ctrl-C).\n`);
    const outcome = await Promise.race([this.#ended, this.#interrupted]);
    if (outcome === 'interrupted') await this.#end();
    else if (this.#child.exitCode !== 0) {
      const seen = `its supervisor ended with ${this.#child.signalCode ?? `code ${this.#child.exitCode}`}`;
      throw new CodedError('PLATFORM_DEAD', this.#place.name, seen, 'start it again');
    }
  }

  #heard(): Promise<'ready' | { readonly told: string }> {
    return new Promise((resolve) => {
      this.#child.on('message', (value) => {
        const message = messageIn(value);
        if (message?.kind === 'step') this.#step = message.text;
        if (message?.kind === 'report') process.stderr.write(`${message.text}\n`);
        if (message?.kind === 'ready') resolve('ready');
        if (message?.kind === 'failed') resolve({ told: message.text });
      });
    });
  }

  /** The supervisor ends when nobody listens; one that hangs is killed, and its watchdog ends the pieces. */
  async #end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const late = new AbortController();
    const limit = sleep(stopSeconds * 1000, 'late' as const, { signal: late.signal }).catch(() => 'late' as const);
    if ((await Promise.race([this.#ended, limit])) === 'late') this.#child.kill('SIGKILL');
    late.abort();
  }

  #failure(outcome: 'ended' | 'interrupted' | 'late' | { readonly told: string }): CodedError {
    const fail = (seen: string) => {
      const remedy = 'see: npx aws-blueprints logs supervisor, or the log of a piece';
      return new CodedError('PLATFORM_START', this.#place.name, `${seen}; done until then: ${this.#step}`, remedy);
    };
    if (outcome === 'interrupted') return fail('interrupted, and ended again');
    if (outcome === 'late') return fail(`did not serve within ${startSeconds} s`);
    if (outcome !== 'ended') return fail(outcome.told);
    return fail(`its supervisor ended with ${this.#child.signalCode ?? `code ${this.#child.exitCode}`}`);
  }
}
