import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
}

const { packages }: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);
// Of another platform than the one that locked them, npm may keep a name and a version only.
const locked = Object.entries(packages).filter(
  ([path, { optional, integrity }]) => path !== '' && !(optional && !integrity),
);

/** Licences under which what is bundled may be passed on together with Apache-2.0, and what is not bundled may be used. */
const allowed = new Set([
  ...['Apache-2.0', 'MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'Python-2.0', 'Unlicense'],
  ...['CC0-1.0', 'CC-BY-3.0', 'MPL-2.0'],
]);

/** They say it in a form that npm does not copy into the lock file: `licenses` of their package.json, all MIT. */
const elsewhere = ['compute-gcd', 'compute-lcm', 'validate.io-function', 'validate.io-integer'].concat([
  'validate.io-integer-array',
  'validate.io-number',
]);

const licencesOf = (text = ''): string[] => text.replace(/[()]/g, '').split(/ (?:AND|OR) /);

describe('every locked package', () => {
  test('has a checksum', () => {
    expect(
      locked.filter(([, one]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(one.integrity ?? '')).map(([path]) => path),
    ).toEqual([]);
    expect(locked.length).toBeGreaterThan(300);
  });

  test('has a licence that is allowed', () => {
    const others = locked.filter(([path, { license }]) => {
      const isAllowed = licencesOf(license).every((one) => allowed.has(one));
      return !isAllowed && !elsewhere.includes(path.replace(/^.*node_modules\//, ''));
    });
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  test('comes from no other place than the public registry', () => {
    const from = locked.flatMap(([, { resolved }]) => (resolved === undefined ? [] : [new URL(resolved).origin]));
    expect(from.filter((origin) => origin !== 'https://registry.npmjs.org')).toEqual([]);
  });
});
