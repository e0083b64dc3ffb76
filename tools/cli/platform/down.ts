import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../error.ts';
import { endOrphans, type Inspection, inspect, signal } from './inspect.ts';
import { type Place, placeOf } from './place.ts';
import { progress } from './progress.ts';
import { writeStopped } from './record.ts';

/** The options of `down`. */
export interface DownOptions {
  readonly name: string;
  readonly purge?: boolean;
}

// Six pieces and more, one after the other, of which each has ten seconds before it is killed.
const orderlySeconds = 120;
const killSeconds = 15;

/** End a platform and leave no process of it; its state stays, for the next start, unless it is purged. */
export async function down({ name, purge }: DownOptions): Promise<void> {
  const place = placeOf(name);
  const inspection = await inspect(place);
  const shown = progress();
  try {
    if (inspection.supervisor) {
      shown.begin(`ending platform "${name}"`);
      await endSupervisor(inspection);
    }
    // What the record names is ended only if it still is what the record says.
    const orphans = await endOrphans(inspection);
    if (orphans.length > 0) process.stderr.write(`Ended what had no supervisor any more: ${orphans.join(', ')}.\n`);
    if (existsSync(place.record)) await writeStopped(place.record, inspection.record);
    if (purge) await rm(place.state, { recursive: true, force: true, maxRetries: 5 });
  } finally {
    shown.end();
  }
  process.stdout.write(summary(inspection, place));
}

async function endSupervisor({ place, supervisor }: Inspection): Promise<void> {
  if (!supervisor) return;
  signal(supervisor.pid, 'SIGTERM');
  if (await isGone(place, orderlySeconds)) return;
  process.stderr.write(`The supervisor did not end within ${orderlySeconds} s, and is killed.\n`);
  // Its watchdog ends the pieces then.
  signal(supervisor.pid, 'SIGKILL');
  if (await isGone(place, killSeconds)) return;
  const seen = `process ${supervisor.pid} is there ${killSeconds} s after SIGKILL`;
  throw new CodedError('PLATFORM_STUCK', place.name, seen, 'end it by hand');
}

async function isGone(place: Place, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while ((await inspect(place)).supervisor) {
    if (Date.now() > end) return false;
    await sleep(200);
  }
  return true;
}

function summary({ condition }: Inspection, place: Place): string {
  const ran = condition === 'absent' || condition === 'stopped' ? 'did not run' : 'is ended';
  const kept = existsSync(place.state)
    ? `its state is kept in ${place.state} (--purge removes it)`
    : 'nothing of it is left';
  return `Platform "${place.name}" ${ran}; ${kept}.\n`;
}
