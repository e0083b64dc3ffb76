// Bundles the function server and the command into dist/: users need no node_modules.
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';

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
// What a command imports when it runs is a file of its own, so that the others start as fast as without it.
const { metafile } = await build({
  ...common,
  entryPoints: { cli: 'tools/cli/main.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'cli-[name]-[hash]',
  metafile: true,
  banner: { js: `#!/usr/bin/env node\n${common.banner.js}` },
});
// npx makes it executable only when it first links the package: a rebuilt one would be refused by the shell.
chmodSync('dist/cli.js', 0o755);
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync('dist')) {
  if (name.startsWith('cli-') && !written.has(name)) rmSync(`dist/${name}`);
}
