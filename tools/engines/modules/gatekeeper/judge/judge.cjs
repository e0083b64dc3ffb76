// Runs judge.wasm, or judge.wasm.br, beside it under Node: standard input and output are the judge's own.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { brotliDecompressSync } = require('node:zlib');

// The program is large and ends soon: to optimize it takes three times as long as to run it (Node 20.20, one render of
// ten resources, processor time 10 s with and 2.5 s without). Functions are compiled, and validated, when they run.
for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering', '--wasm-lazy-validation'])
  setFlagsFromString(flag);

// What Go's wasm_exec.js looks for in the global scope (its own wasm_exec_node.js sets the same).
globalThis.fs = require('node:fs');
globalThis.path = require('node:path');
require('./wasm_exec.js');

async function main() {
  const file = join(__dirname, 'judge.wasm');
  const program = existsSync(file) ? readFileSync(file) : brotliDecompressSync(readFileSync(`${file}.br`));
  const go = new globalThis.Go();
  // Timers of the program would wake it after its end.
  go.exit = process.exit;
  const { instance } = await WebAssembly.instantiate(program, go.importObject);
  await go.run(instance);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
