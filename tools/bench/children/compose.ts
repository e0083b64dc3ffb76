// Times decoding, composing and encoding apart, in this process, for each file with an encoded request.
import { readFileSync } from 'node:fs';
import { RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { blueprints } from '../../../functions/blueprints.ts';
import { handle } from '../../../functions/core/handle.ts';
import { decodeRequest } from '../../../functions/core/wire.ts';
import { percentile } from '../statistics.ts';

const [calls = '0', ...files] = process.argv.slice(2);
const count = Number(calls);

const report = files.map((file) => {
  const request = readFileSync(file);
  const took = { decode: new Float64Array(count), handle: new Float64Array(count), encode: new Float64Array(count) };
  let cpu = process.cpuUsage();
  // As many calls again before, so that V8 has compiled what is measured.
  for (let index = -count; index < count; index++) {
    if (index === 0) cpu = process.cpuUsage();
    const started = performance.now();
    const decoded = decodeRequest(request);
    const composing = performance.now();
    const response = handle(blueprints, decoded, raise);
    const encoding = performance.now();
    RunFunctionResponse.encode(response).finish();
    const ended = performance.now();
    if (index < 0) continue;
    took.decode[index] = composing - started;
    took.handle[index] = encoding - composing;
    took.encode[index] = ended - encoding;
  }
  const { user } = process.cpuUsage(cpu);
  const half = (milliseconds: Float64Array): number => percentile(milliseconds, 50) * 1000;
  return { decode: half(took.decode), handle: half(took.handle), encode: half(took.encode), cpu: user / count };
});

process.stdout.write(JSON.stringify(report));

function raise(error: unknown): never {
  throw error;
}
