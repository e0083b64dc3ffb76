import { createHash } from 'node:crypto';

/** Eight hexadecimal digits of SHA-256: enough to tell apart the composites of one account, short enough to read. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** `readable` followed by a hash of `identity`, cut so that the whole is at most `max` characters. */
export function uniqueName(readable: string, identity: string, max: number): string {
  const hash = shortHash(identity);
  const head = readable.slice(0, max - hash.length - 1).replace(/[-.]+$/, '');
  return `${head}-${hash}`;
}

/** A name in AWS for one of the things that a composite has: its namespace and name, what it is for, and a hash. */
export const nameFor = (
  { namespace, name, unique }: { namespace: string | undefined; name: string; unique: string },
  purpose: string,
  max: number,
): string =>
  uniqueName([namespace, name, purpose].filter((part) => part !== undefined).join('-'), `${unique}/${purpose}`, max);

/** Lower-case words joined by single hyphens, for the readable part of a composed resource name. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
