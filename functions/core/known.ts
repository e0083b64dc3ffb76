/** Something that must be there before a value can be had. */
export interface Missing {
  /** How messages name it. */
  readonly what: string;
  /** Crossplane looks it up for us and does not watch it, so it has to be polled. */
  readonly lookedUp: boolean;
}

/** A value that compose has, or what is missing for it. */
export type Known<T> = { readonly value: T } | { readonly missing: readonly Missing[] };

export const known = <T>(value: T): Known<T> => ({ value });

/** Not known until composed resources are observed; Crossplane watches them. */
export const awaiting = (...names: readonly string[]): Known<never> => ({
  missing: names.map((what) => ({ what, lookedUp: false })),
});

/** Not known until an object that Crossplane looks up for us is there, or has changed. */
export const awaitingLookup = (what: string): Known<never> => ({ missing: [{ what, lookedUp: true }] });

export const isKnown = <T>(input: Known<T>): input is { readonly value: T } => 'value' in input;

/** Makes a value of several inputs as soon as all of them are known; until then it names every one that is not. */
export function given<Values extends readonly unknown[], Result>(
  inputs: { readonly [Index in keyof Values]: Known<Values[Index]> },
  make: (...values: Values) => Result,
): Known<Result> {
  const missing: Missing[] = [];
  const values: unknown[] = [];
  for (const input of inputs) {
    if (isKnown(input)) values.push(input.value);
    else missing.push(...input.missing);
  }
  // The loop collected the values in the order of the tuple, which the type system cannot follow.
  return missing.length > 0 ? { missing } : known(make(...(values as unknown as Values)));
}

/** A list that is known as soon as every item is. */
export const allOf = <T>(items: readonly Known<T>[]): Known<readonly T[]> => given(items, (...values) => values);
