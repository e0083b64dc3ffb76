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

/** The usual text of a network, for instance `10.0.0.0/16`. */
export function printNetwork({ first, prefix, bits }: Network): string {
  const address = bits === 32 ? Address4.fromBigInt(first) : Address6.fromBigInt(first);
  return `${address.correctForm()}/${prefix}`;
}

const sizeOf = ({ prefix, bits }: Network): bigint => 1n << BigInt(bits - prefix);

/** Whether two networks share an address. */
const overlap = (one: Network, other: Network): boolean =>
  one.bits === other.bits && one.first < other.first + sizeOf(other) && other.first < one.first + sizeOf(one);

/** The lowest network of a size within another one that overlaps none of those taken; undefined when it is full. */
export function firstFree(within: Network, taken: readonly Network[], prefix: number): Network | undefined {
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
