import { CodedError } from '../error.ts';

/** Every failure that the local engines report, by a stable name. */
export type EngineErrorCode =
  | 'CHART_TEMPLATE'
  | 'CRD_MISSING'
  | 'ENGINE_BUILD'
  | 'ENGINE_GO_MISSING'
  | 'ENGINE_GO_VERSION'
  | 'ENGINE_LOCKED'
  | 'ENGINE_MISSING'
  | 'ENGINE_MODULE'
  | 'ENGINE_SOURCE'
  | 'ENGINE_UNKNOWN'
  | 'KUBE_KIND'
  | 'KUBE_REFUSED'
  | 'KUBE_UNREACHABLE'
  | 'PIECE_CRASHED'
  | 'PIECE_TIMEOUT'
  | 'PIECE_UNKNOWN'
  | 'PROVIDER_KIND'
  | 'PROVIDER_SOURCE'
  | 'PYTHON_MISSING'
  | 'PYTHON_PACKAGES'
  | 'RENDER_FAILED'
  | 'STACK_BUSY'
  | 'STACK_CERTIFICATE'
  | 'STACK_PLATFORM'
  | 'STACK_PORTS'
  | 'STACK_STOPPED'
  | 'VALIDATE_FAILED'
  | 'WAIT_TIMEOUT';

/** What went wrong, where, what was seen there and what a person can do about it. */
export interface EngineErrorDetails {
  readonly code: EngineErrorCode;
  /** The engine, file, object or piece concerned. */
  readonly path: string;
  readonly seen: string;
  readonly todo: string;
  readonly cause?: unknown;
}

/** A failure of the local engines. */
export class EngineError extends CodedError {
  override readonly code: EngineErrorCode;
  readonly seen: string;
  readonly todo: string;

  constructor({ code, path, seen, todo, cause }: EngineErrorDetails) {
    super(code, path, seen, todo, { cause });
    this.name = 'EngineError';
    this.code = code;
    this.seen = seen;
    this.todo = todo;
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
