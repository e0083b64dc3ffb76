import { type RunFunctionRequest, RunFunctionResponse, Severity } from '@crossplane-org/function-sdk-typescript';
import { blueprints } from '../../functions/blueprints.ts';
import { handle } from '../../functions/core/handle.ts';

/** What one call came to. */
export interface Answer {
  readonly response: RunFunctionResponse;
  /** The code of a refusal; INTERNAL for a bug. */
  readonly refusal: string | undefined;
  readonly bug: unknown;
}

/** One call as the server handles it, the answer encoded and read back. */
export function answer(request: RunFunctionRequest): Answer {
  let bug: unknown;
  const handled = handle(blueprints, request, (error) => {
    bug ??= error;
  });
  const response = RunFunctionResponse.decode(RunFunctionResponse.encode(handled).finish());
  const stack = response.results.find(({ message }) => /\n\s+at /.test(message));
  if (stack !== undefined) throw new Error(`a stack in a result: ${stack.message}`);
  const refusal = response.results.find(({ severity }) => severity === Severity.SEVERITY_FATAL)?.reason;
  return { response, refusal, bug };
}
