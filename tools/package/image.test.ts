import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { serverFlags } from '../bench/v8-flags.ts';
import { layerOf, sha256 } from './image.ts';

const files = [
  { path: 'usr/bin/program', content: Buffer.from('#!'), executable: true },
  { path: 'lib/link.so', content: { link: '/usr/bin/program' } },
];

test('a layer is the same whenever it is made, and its digests are those of its bytes', async () => {
  const [once, again] = [await layerOf(files), await layerOf(files)];
  expect(again).toEqual(once);
  expect(once.digest).toBe(sha256(once.gzipped));
  expect(once.diffId).toBe(sha256(gunzipSync(once.gzipped)));
  expect((await layerOf(files.slice(1))).digest).not.toBe(once.digest);
});

test('the Dockerfile starts the server as the packages do', () => {
  const entrypoint = /^ENTRYPOINT (.*)$/m.exec(readFileSync(new URL('Dockerfile', import.meta.url), 'utf8'))?.[1];
  expect(JSON.parse(entrypoint ?? '[]')).toEqual(['/nodejs/bin/node', ...serverFlags, '/app/main.mjs']);
});
