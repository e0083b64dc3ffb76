import { FunctionRunnerServiceService } from '@crossplane-org/function-sdk-typescript';
import { Client, credentials } from '@grpc/grpc-js';
import { CodedError } from '../error.ts';

/** The whole path of the RPC. */
const path = FunctionRunnerServiceService.runFunction.path;

/** No call of a benchmark may take longer. */
const callMs = 10_000;

/** Bytes go out and come in as they are, so that the client costs the same whatever the server does. */
const verbatim = (bytes: Buffer): Buffer => bytes;

/** Calls one server with one request, over one connection as Crossplane has it. */
export class LoadClient {
  readonly #client: Client;
  readonly #name: string;
  readonly #request: Buffer;

  constructor(name: string, address: string, request: Buffer) {
    // It would wait a second before it tries again to reach a server that is still starting.
    const often = { 'grpc.initial_reconnect_backoff_ms': 10, 'grpc.max_reconnect_backoff_ms': 10 };
    this.#client = new Client(address, credentials.createInsecure(), often);
    this.#name = name;
    this.#request = request;
  }

  /** Resolves when the server takes calls. */
  connected(seconds: number): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#client.waitForReady(Date.now() + seconds * 1000, (error) =>
        error ? reject(this.#failed(error)) : resolve(),
      ),
    );
  }

  call(): Promise<Buffer> {
    return new Promise((resolve, reject) =>
      this.#client.makeUnaryRequest<Buffer, Buffer>(
        path,
        verbatim,
        verbatim,
        this.#request,
        { deadline: Date.now() + callMs },
        (error, response) => (error ? reject(this.#failed(error)) : resolve(response ?? Buffer.alloc(0))),
      ),
    );
  }

  /** Calls one after another; the milliseconds that each took. */
  async sequence(calls: number): Promise<Float64Array> {
    const took = new Float64Array(calls);
    for (let index = 0; index < calls; index++) {
      const started = performance.now();
      await this.call();
      took[index] = performance.now() - started;
    }
    return took;
  }

  /** Calls with so many in flight all the time; calls per second. */
  async flood(calls: number, inFlight: number): Promise<number> {
    let left = calls;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await this.call();
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: inFlight }, lane));
    return (calls * 1000) / (performance.now() - started);
  }

  close(): void {
    this.#client.close();
  }

  #failed(error: Error): CodedError {
    return new CodedError('BENCH_PEER', this.#name, error.message, 'look at the log of that server');
  }
}
