/** Enough for every message of ours; what was seen may be as long as its author liked. */
const longest = 2000;

/** A failure with a stable code, the place in the document, what was seen there and what to do about it. */
export class CodedError extends Error {
  readonly code: string;
  readonly path: string;
  readonly #said: readonly [seen: string, remedy: string];

  constructor(code: string, path: string, seen: string, remedy: string, options?: ErrorOptions) {
    super(`${code}: ${cut(path) || '(root)'}: ${cut(seen)}; ${cut(remedy)}`, options);
    this.name = 'CodedError';
    this.code = code;
    this.path = path;
    this.#said = [seen, remedy];
  }

  /** The same failure, with where the document is before the place in it. */
  within(document: string): CodedError {
    return new CodedError(this.code, `${document} ${this.path || '(root)'}`, ...this.#said, { cause: this });
  }
}

/** The beginning of a text that is too long for a terminal, a log or a condition. */
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** What an error of Node or the operating system is called, as ENOSPC. */
export const systemReasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
