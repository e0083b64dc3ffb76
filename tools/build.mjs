// Bundles the function server and the command into dist/: users need no node_modules.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import { buildPage } from './playground/build.mjs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Some dependencies are CommonJS and call require for built-in modules.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  define: { 'process.env.AWS_BLUEPRINTS_VERSION': JSON.stringify(version) },
};

// The software bill of materials of what is in the bundle, after tree-shaking; without times, so that it is reproducible.
const materials = cyclonedxEsbuildPlugin({
  outputFile: 'main.cdx.json',
  outputReproducible: true,
  logLevel: 'silent',
});
await build({ ...common, entryPoints: { main: 'functions/main.ts' }, outdir: 'dist', plugins: [materials] });
// The parser of HCL finds its WebAssembly by its own place, so that its folder stays as it is; its licence goes along.
const parserName = '@cdktn/hcl2json';
const parser = createRequire(import.meta.url).resolve(parserName);
const bundledParser = './hcl2json/build/index.cjs';
await build({
  ...common,
  // Node sees the names of what is exported only where they are written out.
  stdin: { contents: `export { getExpressionAst, parse } from '${parserName}';`, resolveDir: dirname(parser) },
  outfile: `dist/${bundledParser}`,
  format: 'cjs',
  // It asks for this one where the global of that name is absent, as in no Node that we support.
  external: ['performance'],
  banner: {},
});
for (const name of ['main.wasm.gz', 'LICENSE']) cpSync(`${dirname(parser)}/../${name}`, `dist/hcl2json/${name}`);
// What a command imports when it runs is a file of its own, so that the others start as fast as without it.
const { metafile } = await build({
  ...common,
  entryPoints: { cli: 'tools/cli/main.ts', 'cli-convert-worker': 'tools/cli/convert/worker.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'cli-[name]-[hash]',
  metafile: true,
  plugins: [
    {
      name: 'parser',
      setup: ({ onResolve }) =>
        onResolve({ filter: new RegExp(`^${parserName}$`) }, () => ({ path: bundledParser, external: true })),
    },
  ],
  banner: { js: `#!/usr/bin/env node\n${common.banner.js}` },
});
await buildPage(common);
// npx makes it executable only when it first links the package: a rebuilt one would be refused by the shell.
chmodSync('dist/cli.js', 0o755);
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync('dist')) {
  if (name.startsWith('cli-') && !written.has(name)) rmSync(`dist/${name}`);
}
