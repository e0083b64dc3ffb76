import { Environment } from '@marcbachmann/cel-js';
import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { LuaFactory } from 'wasmoon';
import { blueprints } from '../../functions/blueprints.ts';
import { policies } from '../../policies/policies.ts';
import { fluxHealth, gitopsFiles, healthScript, requestKinds } from './gitops.ts';
import { installFiles } from './install.ts';

// Objects as core v2.3.4 leaves them; `argo` and `flux` are what each is to say of it.
const condition = (type: string, status: string, reason: string, message = '') => ({ type, status, reason, message });
const synced = condition('Synced', 'True', 'ReconcileSuccess');
const ready = condition('Ready', 'True', 'Available');
const composed = condition('DependenciesReady', 'True', 'Composed', 'everything is composed');
const refused = condition('DependenciesReady', 'False', 'Refused', 'BUCKET_NAME: no');
const awaiting = condition('DependenciesReady', 'False', 'Awaiting', 'awaiting: the ARN');

const objects: readonly [string, object, { argo: string; message?: string; flux: string }][] = [
  ['without a status', { metadata: { name: 'a' } }, { argo: 'Progressing', flux: 'inProgress' }],
  ['without conditions', { status: {} }, { argo: 'Progressing', flux: 'inProgress' }],
  ['that is ready', { status: { conditions: [synced, ready, composed] } }, { argo: 'Healthy', flux: 'current' }],
  [
    'that waits',
    { status: { conditions: [synced, condition('Ready', 'False', 'Creating'), awaiting] } },
    { argo: 'Progressing', message: 'awaiting: the ARN', flux: 'inProgress' },
  ],
  [
    'that was ready and is refused now',
    { status: { conditions: [condition('Synced', 'False', 'ReconcileError'), ready, refused] } },
    { argo: 'Degraded', message: 'BUCKET_NAME: no', flux: 'failed' },
  ],
  [
    'that cannot be reconciled',
    { status: { conditions: [condition('Synced', 'False', 'ReconcileError', 'no rights'), ready, composed] } },
    { argo: 'Degraded', message: 'no rights', flux: 'inProgress' },
  ],
  [
    'that is paused',
    {
      metadata: { annotations: { 'crossplane.io/paused': 'true' } },
      status: { conditions: [synced, ready, composed] },
    },
    { argo: 'Suspended', flux: 'current' },
  ],
  [
    'that Crossplane paused',
    { status: { conditions: [condition('Synced', 'False', 'ReconcilePaused'), ready, composed] } },
    { argo: 'Suspended', flux: 'inProgress' },
  ],
  [
    'whose deletion is held',
    {
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [synced, ready, composed, condition('Deletable', 'False', 'Protected', 'is protected')] },
    },
    { argo: 'Suspended', message: 'is protected', flux: 'current' },
  ],
  [
    'that upgrades',
    { status: { conditions: [synced, ready, composed, condition('UpgradeProgress', 'False', 'InProgress', '1.34')] } },
    { argo: 'Progressing', message: '1.34', flux: 'current' },
  ],
  [
    'that changed since it was ready',
    { metadata: { generation: 3 }, status: { conditions: [synced, { ...ready, observedGeneration: 2 }, composed] } },
    { argo: 'Progressing', flux: 'current' },
  ],
];

async function healthOf(object: object): Promise<{ readonly status: string; readonly message: string }> {
  const lua = await new LuaFactory().createEngine();
  try {
    lua.global.set('obj', object);
    return await lua.doString(healthScript);
  } finally {
    lua.global.close();
  }
}

describe.each(objects)('a request %s', (_, object, expected) => {
  test('in Argo CD', async () => {
    const { status, message } = await healthOf(object);
    expect(status).toBe(expected.argo);
    if (expected.message !== undefined) expect(message).toBe(expected.message);
  });

  test('in Flux', () => {
    const cel = new Environment({ unlistedVariablesAreDyn: true });
    const fields = { metadata: {}, status: {}, ...object };
    // Flux asks in this order (fluxcd/pkg/runtime, cel status evaluator).
    const order = ['inProgress', 'failed', 'current'] as const;
    const says = order.filter((name) => cel.evaluate(fluxHealth[name], fields));
    if (expected.flux === 'failed') expect(says).toContain('failed');
    else if (expected.flux === 'current') expect(says).toEqual(['current']);
    else expect(says).not.toContain('current');
  });
});

test('every kind that is defined has a health, and idpbuilder finds the local content of every Application', () => {
  const plan = { blueprints, partial: false, registry: 'a.io/b', providers: 'a.io/c', version: '1.0.0' };
  const install = installFiles(plan, { partition: 'aws' });
  const files = gitopsFiles(plan, install);
  const { data } = Object(yaml.load(files.get('argocd/argocd-cm.yaml') ?? ''));
  for (const { group, kind } of requestKinds(blueprints))
    expect(data).toHaveProperty([`resource.customizations.health.${group}_${kind}`]);
  const tops = [...files.keys()].filter((path) => /^idpbuilder\/[^/]+\.yaml$/.test(path));
  const waves = tops.map((top) => {
    const { spec, metadata } = Object(yaml.load(files.get(top) ?? ''));
    expect(metadata.namespace).toBe('argocd');
    const { repoURL, chart, targetRevision } = spec.source;
    const folder = `idpbuilder/${repoURL.replace('cnoe://', '')}/`;
    const local = [...files.keys()].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
    if (chart === undefined) expect(local.length, top).toBeGreaterThan(0);
    const what = chart === undefined ? local : [`${chart} ${targetRevision}`];
    return [Number(metadata.annotations['argocd.argoproj.io/sync-wave']), what.sort()] as const;
  });
  expect(waves.sort(([a], [b]) => a - b)).toEqual([
    [0, [expect.stringMatching(/^crossplane 2\.\d+\.\d+$/)]],
    [0, [expect.stringMatching(/^gatekeeper 3\.\d+\.\d+$/)]],
    [1, ['1-runtime.yaml']],
    [2, ['2-packages.yaml']],
    [3, ['3-provider-config.yaml']],
    [4, [...policies.map(({ name }) => `${name}-template.yaml`), 'sync.yaml'].sort()],
    [5, ['constraints.yaml']],
  ]);
});
