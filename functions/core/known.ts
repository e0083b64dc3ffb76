/** A value that compose has, or the names of what must be observed before it can be had. */
export type Known<T> = { readonly value: T } | { readonly awaiting: readonly string[] };

export const known = <T>(value: T): Known<T> => ({ value });

export const awaiting = (...what: readonly string[]): Known<never> => ({ awaiting: what });

export const isKnown = <T>(input: Known<T>): input is { readonly value: T } => 'value' in input;

/** Makes a value of several inputs as soon as all of them are known; until then it names every one that is not. */
export function given<Values extends readonly unknown[], Result>(
  inputs: { readonly [Index in keyof Values]: Known<Values[Index]> },
  make: (...values: Values) => Result,
): Known<Result> {
  const missing: string[] = [];
  const values: unknown[] = [];
  for (const input of inputs) {
    if (isKnown(input)) values.push(input.value);
    else missing.push(...input.awaiting);
  }
  // The loop collected the values in the order of the tuple, which the type system cannot follow.
  return missing.length > 0 ? awaiting(...missing) : known(make(...(values as unknown as Values)));
}
