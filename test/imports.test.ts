import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { blueprints } from '../functions/blueprints.ts';

const files = ['functions', 'tools', 'test'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, name)),
);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm;

function importsOf(file: string): Import[] {
  return [...readFileSync(file, 'utf8').matchAll(statement)].map(([, type, from, bare]) => {
    const to = from ?? bare ?? '';
    return {
      from: file,
      to: to.startsWith('.') ? relative('.', resolve(dirname(file), to)) : to,
      typeOnly: type !== undefined,
    };
  });
}

const all = files.flatMap(importsOf);
const inside = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const names = blueprints.map(({ name }) => `functions/${name}`);
const isTest = (path: string) => path.endsWith('.test.ts') || path.startsWith('test/');

test('the reader of imports sees them', () => {
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter(({ from }) => from === 'functions/main.ts').map(({ to }) => to)).toEqual([
    'functions/blueprints.ts',
    'functions/core/server.ts',
  ]);
});

test('functions never import tools or tests', () => {
  const wrong = all.filter(
    ({ from, to }) => inside('functions')(from) && !isTest(from) && (inside('tools')(to) || inside('test')(to)),
  );
  expect(wrong).toEqual([]);
});

test('core imports no blueprint, and only its parts know managed resources', () => {
  const fromCore = all.filter(({ from }) => inside('functions/core')(from) && !isTest(from));
  expect(
    fromCore.filter(({ to }) => names.some((name) => inside(name)(to)) || to === 'functions/blueprints.ts'),
  ).toEqual([]);
  expect(
    fromCore.filter(({ from, to }) => inside('functions/aws')(to) && !inside('functions/core/parts')(from)),
  ).toEqual([]);
});

test('a blueprint imports core, aws and itself only', () => {
  const allowed = (own: string) => (to: string) =>
    [own, 'functions/core', 'functions/aws'].some((folder) => inside(folder)(to));
  const wrong = names.flatMap((own) =>
    all.filter(({ from, to }) => inside(own)(from) && !isTest(from) && !allowed(own)(to)),
  );
  expect(wrong).toEqual([]);
});

test('aws holds types and data: it imports nothing but types', () => {
  const outward = all.filter(({ from, to }) => inside('functions/aws')(from) && !inside('functions/aws')(to));
  expect(outward.filter(({ typeOnly }) => !typeOnly)).toEqual([]);
});

test('functions load @kubernetes/client-node for types only', () => {
  expect(
    all.filter(({ from, to, typeOnly }) => inside('functions')(from) && to === '@kubernetes/client-node' && !typeOnly),
  ).toEqual([]);
});
