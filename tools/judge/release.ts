// Writes what a release attaches for people without Go: the judge as WebAssembly, and what runs it under Node.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { requireEngines } from '../engines/build.ts';
import { messageOf } from '../engines/error.ts';

const output = 'build/judge';

async function main(): Promise<void> {
  const directoryOf = await requireEngines(['judge-wasm'], { log: (line) => process.stderr.write(`${line}\n`) });
  const directory = directoryOf('judge-wasm');
  mkdirSync(output, { recursive: true });
  for (const file of ['judge.cjs', 'wasm_exec.js']) cpSync(join(directory, file), join(output, file));
  const program = readFileSync(join(directory, 'judge.wasm'));
  // Of the qualities, 9 takes half a minute and the best one several for a tenth less.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const packed = brotliCompressSync(program, { params });
  writeFileSync(join(output, 'judge.wasm.br'), packed);
  const mebibytes = (bytes: Buffer) => (bytes.length / 1024 / 1024).toFixed(1);
  process.stdout.write(`${output}: ${mebibytes(packed)} MiB, of ${mebibytes(program)}\n`);
}

await main().catch((thrown: unknown) => {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
});
