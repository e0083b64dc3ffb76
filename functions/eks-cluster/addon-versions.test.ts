import { expect, test } from 'vitest';
import { addonSources, addonVersionFor } from './addon-versions.ts';
import { spec } from './schema.ts';
import { kubernetesVersions } from './versions.ts';

const offered = kubernetesVersions.map(({ version }) => version);
const pairs = addonSources.flatMap(({ versions }) =>
  Object.entries(versions).flatMap(([kubernetes, addons]) =>
    Object.entries(addons).map(([addon, version]) => ({ kubernetes, addon, version })),
  ),
);

test('no pair has two versions, and every pair is of a Kubernetes version that EKS offers', () => {
  const named = pairs.map(({ addon, kubernetes }) => `${addon} ${kubernetes}`);
  expect(new Set(named).size).toBe(named.length);
  expect(offered).toEqual(expect.arrayContaining(pairs.map(({ kubernetes }) => kubernetes)));
});

test('versions are exact, and kube-proxy is of the minor version of the cluster', () => {
  for (const { version } of pairs) expect(version).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
  for (const { addon, kubernetes, version } of pairs)
    if (addon === 'kube-proxy') expect(version).toMatch(new RegExp(`^v${kubernetes}\\.`));
  for (const { date } of addonSources) expect(date).toMatch(/^2026-\d\d-\d\d$/);
});

test.each(offered)('a claim for Kubernetes %s needs no version of the add-ons that it has by default', (kubernetes) => {
  for (const { name } of spec.properties.addons.default) expect(addonVersionFor(name, kubernetes)).toBeDefined();
});
