import { Address4, Address6 } from 'ip-address';

/** A network of IPv4 or IPv6 addresses. */
export interface Network {
  readonly first: bigint;
  /** Length of the prefix in bits. */
  readonly prefix: number;
  /** Bits of an address: 32 or 128. */
  readonly bits: 32 | 128;
}

/** Reads a network; undefined when the text is none, or when bits are set behind the prefix. */
export function parseNetwork(text: string): Network | undefined {
  if (!text.includes('/')) return undefined;
  try {
    const address = text.includes(':') ? new Address6(text) : new Address4(text);
    const first = address.bigInt();
    const bits = address instanceof Address6 ? 128 : 32;
    return first === address.startAddress().bigInt() ? { first, prefix: address.subnetMask, bits } : undefined;
  } catch {
    return undefined;
  }
}

function printNetwork({ first, prefix, bits }: Network): string {
  const address = bits === 32 ? Address4.fromBigInt(first) : Address6.fromBigInt(first);
  return `${address.correctForm()}/${prefix}`;
}

const sizeOf = ({ prefix, bits }: Network): bigint => 1n << BigInt(bits - prefix);

/** Whether two networks share an address. */
export const overlap = (one: Network, other: Network): boolean =>
  one.bits === other.bits && one.first < other.first + sizeOf(other) && other.first < one.first + sizeOf(one);

/** A network that is wanted within another one, and the addresses that it has already. */
export interface Wanted {
  readonly prefix: number;
  readonly inUse: string | undefined;
}

/**
 * Gives addresses to networks within another one: those in use stay, and new ones take the lowest that are free, so
 * that the result does not depend on which of them are there already. Undefined where there is no room.
 */
export function allot(within: Network, wanted: readonly Wanted[]): (string | undefined)[] {
  const taken = wanted.flatMap(({ inUse }) => parseNetwork(inUse ?? '') ?? []);
  return wanted.map(({ prefix, inUse }) => {
    if (inUse !== undefined) return inUse;
    const free = prefix < within.prefix ? undefined : firstFree(within, taken, prefix);
    if (free === undefined) return undefined;
    taken.push(free);
    return printNetwork(free);
  });
}

function firstFree(within: Network, taken: readonly Network[], prefix: number): Network | undefined {
  const size = sizeOf({ ...within, prefix });
  const end = within.first + sizeOf(within);
  for (let { first } = within; first + size <= end; ) {
    const candidate = { ...within, first, prefix };
    const hit = taken.find((one) => overlap(one, candidate));
    if (hit === undefined) return candidate;
    const next = hit.first + sizeOf(hit);
    first = next % size === 0n ? next : next - (next % size) + size;
  }
  return undefined;
}
