// Puts the command where npx looks first. npx would find it without, but by a link in its own cache, which a failed
// first run leaves broken for good (npm 11). Windows needs other files there, and npx's own way works.
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';

const link = 'node_modules/.bin/aws-blueprints';

if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  chmodSync('dist/cli.js', 0o755);
  rmSync(link, { force: true });
  symlinkSync('../../dist/cli.js', link);
}
