import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { judge, type Spec } from '../../functions/core/day2/judge.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';
import { type Browser, chromium, openBrowser } from '../portal/browser.ts';
import { buildBundles, type Running, run, start, temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
const surroundings = ['--environment', 'examples/environment.yaml', '--required', 'examples/required.yaml'];
/** Whatever the page must not do: fail, or ask somebody else. */
const trouble: string[] = [];
let cli = '';
let running: Running;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  cli = (await buildBundles(folder.path)).cli;
  running = start(process.execPath, [cli, 'playground', '--port', '0', ...surroundings]);
  const url = await running.until((stdout) => /http:\S+/.exec(stdout)?.[0]);
  browser = await openBrowser();
  const { tab } = browser;
  tab.on('console', (message) => void trouble.push(message.text?.() ?? ''));
  tab.on('pageerror', (error) => void trouble.push(error.message ?? ''));
  tab.on('request', (sent) => {
    if (!`${sent.url?.()}`.startsWith(url) && !sent.url?.().startsWith('data:')) trouble.push(`asked ${sent.url?.()}`);
  });
  await tab.setViewport({ width: 1400, height: 1000 });
  await tab.goto(url);
}, 600_000);

afterAll(async () => {
  if (chromium === undefined) return;
  await browser.close();
  running.child.kill('SIGTERM');
  await running.finished;
  folder.remove();
});

const texts = async (selector: string) =>
  (await browser.tab.evaluate(
    `[...document.querySelectorAll('${selector}')].map((one) => one.textContent)`,
  )) as string[];

/** Waits until the page shows what the server says of what is entered now. */
async function settled(): Promise<void> {
  await browser.tab.waitForFunction("document.querySelector('#result').dataset.state === 'settled'");
}

async function begin(kind: string, example: string): Promise<void> {
  await browser.tab.select('.choice:nth-of-type(1) select', kind);
  await browser.tab.select('.choice:nth-of-type(2) select', example);
  await settled();
}

const inBrowser = describe.skipIf(chromium === undefined);
const examples = blueprints.flatMap(({ name, examples: all }) =>
  Object.keys(all).map((example) => ({ name, example })),
);

inBrowser('the playground in Chromium (left out without chromium-headless-shell)', () => {
  test.each(examples)('$name: example $example is shown as render prints it', async ({ name, example }) => {
    await browser.tab.select('.choice:nth-of-type(3) select', 'claims');
    await begin(name, example);
    const [manifest = '', ...objects] = await texts('#yaml ~ details pre');
    const file = `examples/${name}/${example}.yaml`;
    expect(yaml.load(manifest)).toEqual(yaml.load(readFileSync(file, 'utf8')));
    const { stdout } = await run(process.execPath, [cli, 'render', file, ...surroundings, '--until-ready']);
    expect(objects.map((object) => `---\n${object}`).join('')).toBe(stdout);
    expect(await texts('.error-detail')).toEqual([]);
  });

  test('from the first pass to the last, what is awaited becomes ready', async () => {
    await begin('s3-irsa', 'claim');
    expect(await texts('.node.awaited .state')).toContain('awaits access-policy, role');
    expect(await texts('.node.ready')).toEqual([]);
    await browser.tab.evaluate("document.querySelector('.pass input').focus()");
    await browser.tab.keyboard.press('End');
    const all = await texts('.node .name');
    expect(await texts('.node.ready .name')).toEqual(all);
    expect(all.length).toBeGreaterThan(8);
  });

  test('the policies say what check says', async () => {
    await begin('s3-irsa', 'full');
    await browser.tab.waitForSelector('.findings');
    const file = 'examples/s3-irsa/full.yaml';
    const { stdout } = await run(process.execPath, [cli, 'check', file, ...surroundings, '-o', 'json']);
    const { findings } = JSON.parse(stdout) as { findings: { policy: string; action: string; message: string }[] };
    expect(findings.length).toBeGreaterThan(0);
    expect(await texts('.findings li')).toEqual(
      findings.map(({ action, policy, message }) => `${action} ${policy}: ${message}`),
    );
  });

  test('a card leads to its YAML by keyboard', async () => {
    await begin('object-storage', 'claim');
    await browser.tab.evaluate(`document.querySelector('[data-node="bucket"]').focus()`);
    await browser.tab.keyboard.press('Enter');
    expect(await browser.tab.evaluate('document.activeElement.textContent')).toBe('Bucket bucket');
    expect(await browser.tab.evaluate('document.activeElement.parentElement.open')).toBe(true);
  });

  test('what the form finds, and what only the XRD refuses, is named beside the field', async () => {
    await begin('object-storage', '');
    expect(await texts('.error-detail')).toContain("must have required property 'region'");
    await begin('object-storage', 'claim');
    await browser.tab.type('#root_name', ' b');
    await settled();
    expect(await texts('.field:has(> #root_name) .error-detail li')).toEqual([
      'must match pattern "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"',
    ]);
    await begin('relational-database', 'claim');
    await browser.tab.type('#root_claim_engineVersion', '9');
    await settled();
    expect(await texts('.field:has(> #root_claim_engineVersion) .error-detail li')).toEqual([
      expect.stringContaining('engineVersion of postgres is 14, 15, 16, 17, 18, or one of them with a minor version'),
    ]);
  });

  test('an edited field says what the change does, until it is taken for what runs', async () => {
    await begin('relational-database', 'production');
    expect(await texts('.changes li')).toEqual([]);
    await browser.tab.evaluate("document.querySelector('#root_claim_instanceClass').select()");
    await browser.tab.type('#root_claim_instanceClass', 'db.m7g.2xlarge');
    await settled();
    const spec = (instanceClass: string) => ({ ...relationalDatabase.examples.production.spec, instanceClass }) as Spec;
    const [change] = judge(relationalDatabase, spec('db.m7g.large'), spec('db.m7g.2xlarge'));
    expect(await texts('.changes li strong')).toEqual([change?.impact]);
    expect((await texts('.changes li'))[0]).toContain(`${change?.interruption}; takes effect: ${change?.takesEffect}`);
    await browser.tab.click('#changes ~ .about button');
    await settled();
    expect(await texts('.changes li')).toEqual([]);
  });

  test.each(['light', 'dark'])('nothing bars anybody from it, %s', async (value) => {
    const { tab, folder: packages } = browser;
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
    const axe = createRequire(join(packages, 'package.json')).resolve('axe-core/axe.min.js');
    await tab.evaluate(readFileSync(axe, 'utf8'));
    for (const [kind, example] of [
      ['s3-irsa', 'full'],
      ['eks-cluster', 'full'],
      ['relational-database', ''],
    ] as const) {
      await begin(kind, example);
      const found = "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))";
      expect(await tab.evaluate(found)).toEqual([]);
    }
    expect(await tab.evaluate('axe.run().then(({ passes }) => passes.length)')).toBeGreaterThan(20);
  });

  test('it asks nobody else, and the policy of the page stops nothing of its own', () => {
    expect(trouble).toEqual([]);
  });
});
