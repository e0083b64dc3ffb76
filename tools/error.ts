/** A failure with a stable code, the place in the document, what was seen there and what to do about it. */
export class CodedError extends Error {
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, seen: string, remedy: string, options?: ErrorOptions) {
    super(`${code}: ${path || '(root)'}: ${seen}; ${remedy}`, options);
    this.name = 'CodedError';
    this.code = code;
    this.path = path;
  }
}
