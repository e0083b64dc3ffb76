// Makes the pictures of the playground in docs/images from the page itself: npx tsx test/portal/pictures.ts
import { mkdirSync } from 'node:fs';
import { startPlayground } from '../../tools/playground/server.ts';
import { openBrowser } from './browser.ts';

const folder = 'docs/images';
mkdirSync(folder, { recursive: true });
const { url, close } = await startPlayground({ port: 0, profile: 'production' });
const { tab, close: closeBrowser } = await openBrowser();
await tab.setViewport({ width: 1180, height: 760 });
await tab.goto(url);
const shots = [
  { name: 'playground', theme: 'light', kind: 's3-irsa', pass: 1 },
  { name: 'playground-dark', theme: 'dark', kind: 'relational-database', pass: 2 },
];
for (const { name, theme, kind, pass } of shots) {
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await tab.select('.choice:nth-of-type(1) select', kind);
  await tab.select('.choice:nth-of-type(2) select', 'production');
  await tab.waitForFunction("document.querySelector('#result').dataset.state === 'settled'");
  await tab.evaluate("document.querySelector('.pass input').focus()");
  await tab.keyboard.press('Home');
  for (let step = 0; step < pass; step++) await tab.keyboard.press('ArrowRight');
  await tab.screenshot({ path: `${folder}/${name}.png` });
}
await closeBrowser();
await close();
