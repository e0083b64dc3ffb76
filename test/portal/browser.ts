import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { run } from '../../tools/engines/run.ts';
import type { FormSchema } from '../../tools/openapi/backstage/index.ts';
import { npm, packagesOf } from './packages.ts';

/** What came of sending a form. */
interface Sent {
  readonly submitted?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly string[];
}

/** A page with the form of Backstage. */
export interface Portal {
  /** Shows a step of a template, and tells what the form library can't render of it. */
  show(step: FormSchema): Promise<readonly string[]>;
  enter(step: FormSchema, value: unknown): Promise<void>;
  submit(): Promise<Sent>;
  readonly close: () => Promise<void>;
}

/** As far as we drive puppeteer-core, which is installed apart from the project. */
interface Page {
  setContent(html: string): Promise<void>;
  addScriptTag(options: { readonly content: string }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  evaluateOnNewDocument(expression: string): Promise<unknown>;
  goto(url: string): Promise<{ headers(): Readonly<Record<string, string>> }>;
  waitForFunction(expression: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  type(selector: string, text: string): Promise<void>;
  select(selector: string, ...values: readonly string[]): Promise<unknown>;
  click(selector: string): Promise<void>;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
  emulateMediaFeatures(features: readonly { readonly name: string; readonly value: string }[]): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
  on(event: 'console' | 'pageerror' | 'request', listener: (what: PageEvent) => void): void;
}

interface PageEvent {
  /** Of what was written to the console. */
  text?(): string;
  /** Of a request. */
  url?(): string;
  /** Of an error. */
  readonly message?: string;
}

/** A browser with one tab, and where the packages are that work in it. */
export interface Browser {
  readonly tab: Page;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** A browser of this machine, if there is one. */
export const chromium = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** Opens a real browser. */
export async function openBrowser(): Promise<Browser> {
  const folder = await installed();
  const require = createRequire(join(folder, 'package.json'));
  const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')).href);
  // Without a sandbox of its own, since it only ever shows this page, and root may not make one.
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args });
  return { tab: await browser.newPage(), folder, close: () => browser.close() };
}

/** Opens the page in a real browser. */
export async function openPortal(): Promise<Portal> {
  const { tab, folder, close } = await openBrowser();
  const page = await bundle(folder);
  await tab.setContent('<!doctype html><div id="root"></div>');
  await tab.addScriptTag({ content: page });
  const call = (name: string, ...values: readonly unknown[]) =>
    tab.evaluate(`window.${name}(${values.map((value) => JSON.stringify(value)).join(',')})`);
  return {
    async show(step) {
      await call('show', step);
      return (await call('unsupported')) as readonly string[];
    },
    enter: async (step, value) => void (await call('enter', step, value)),
    submit: async () => (await call('submit')) as Sent,
    close,
  };
}

function installed(): Promise<string> {
  return packagesOf(join(import.meta.dirname, 'package.json'), async (folder) => {
    // The package itself would bring all of Backstage's front end; one of its files is what prepares a template's steps.
    const printed = await npm(folder, 'pack', '--silent', '@backstage/plugin-scaffolder-react@2.1.0');
    await run('tar', ['xzf', printed.split('\n')[0] ?? ''], { cwd: folder, seconds: 60 });
  });
}

async function bundle(folder: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.mjs')],
    bundle: true,
    write: false,
    format: 'iife',
    nodePaths: [join(folder, 'node_modules')],
    alias: { 'scaffolder-schema': join(folder, 'package/dist/next/lib/schema.esm.js') },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
