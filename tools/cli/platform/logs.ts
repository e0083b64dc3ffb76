import { createReadStream, existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../error.ts';
import { inspect } from './inspect.ts';
import { type Place, placeOf } from './place.ts';

/** The options of `logs`. */
export interface LogsOptions {
  readonly name: string;
  readonly follow?: boolean;
}

const pollMilliseconds = 200;

/** Print what a piece has written since the platform was started, and on demand what it writes from now on. */
export async function logs(piece: string, { name, follow }: LogsOptions): Promise<void> {
  const place = placeOf(name);
  const file = await logFile(place, piece);
  let offset = await print(file, 0);
  if (!follow) return;
  let nextLook = 0;
  for (;;) {
    // A platform that has ended writes nothing any more.
    const over = Date.now() > nextLook && !(await inspect(place)).supervisor;
    if (Date.now() > nextLook) nextLook = Date.now() + 2000;
    offset = await print(file, offset);
    if (over) break;
    await sleep(pollMilliseconds);
  }
  process.stderr.write(`Platform "${name}" does not run any more.\n`);
}

async function logFile(place: Place, piece: string): Promise<string> {
  const names = (await readdir(place.logs).catch(() => [])).filter((one) => one.endsWith('.log')).sort();
  if (names.includes(`${piece}.log`)) return join(place.logs, `${piece}.log`);
  if (names.length === 0) {
    throw new CodedError('PLATFORM_DOWN', place.name, 'has no logs', 'start it: npx aws-blueprints up');
  }
  const known = names.map((one) => one.replace(/\.log$/, '')).join(', ');
  throw new CodedError('PIECE_UNKNOWN', piece, `platform "${place.name}" has no such piece`, `there are ${known}`);
}

/** Print a file from a place on, and return the place where it ended. */
async function print(file: string, offset: number): Promise<number> {
  if (!existsSync(file)) return offset;
  const { size } = statSync(file);
  // A platform that was started again begins its logs anew.
  const start = size < offset ? 0 : offset;
  if (size === start) return start;
  await pipeline(createReadStream(file, { start, end: size - 1 }), process.stdout, { end: false });
  return size;
}
