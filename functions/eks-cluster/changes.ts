import type { ChangeRule, ChangeTable, Running, Spec } from '../core/day2/judge.ts';
import { member, type Observed } from '../core/observed.ts';
import { oneOf } from '../core/resource.ts';
import type { JsonValue } from '../core/schema.ts';
import { addon } from './addons.ts';
import { cluster } from './cluster.ts';
import { nodeGroup } from './nodes.ts';
import { minorsBetween } from './versions.ts';

const guide = 'https://docs.aws.amazon.com/eks/latest/userguide';
const upgradePage = `${guide}/update-cluster.html`;
const nodePage = `${guide}/managed-node-update-behavior.html`;
const replacementPage = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-eks';
const moved = 'nodes are replaced one by one, and the pods on them start elsewhere';

/** What changes of a cluster do. Of the rows for a field the first that holds judges; reviewed 2026-11-23. */
const rules: readonly ChangeRule[] = [
  {
    id: 'replacement',
    fields: ['secretsKeyArn', 'serviceCidr', 'resourceConfig.region', 'resourceConfig.name'],
    impact: 'refused',
    interruption: 'AWS would replace the cluster; make another one beside it and move to it',
    takesEffect: 'never',
    source: `${replacementPage}-cluster.html`,
  },
  {
    id: 'version-older',
    fields: ['version'],
    when: { step: ['older'] },
    impact: 'refused',
    interruption: 'EKS never goes back to an older version',
    takesEffect: 'never',
    source: upgradePage,
  },
  {
    id: 'version-skipped',
    fields: ['version'],
    when: { step: ['skipped'] },
    impact: 'refused',
    interruption: 'EKS goes one minor version at a time',
    takesEffect: 'never',
    source: upgradePage,
  },
  {
    id: 'version',
    fields: ['version'],
    // EKS takes an add-on only for the version that runs, and no nodes newer than it.
    companions: ['addons.*.version', 'nodeGroups.*.version'],
    impact: 'restart',
    interruption: `the Kubernetes API goes on; after the add-ons, ${moved}, unless their group is pinned; there is no way back`,
    takesEffect: 'now',
    source: upgradePage,
  },
  {
    id: 'node-replacement',
    fields: ['nodeGroups.*.instanceTypes', 'nodeGroups.*.amiType', 'nodeGroups.*.capacityType'],
    impact: 'refused',
    interruption: 'AWS would replace the node group; add another one, and take this one away when it runs',
    takesEffect: 'never',
    source: `${replacementPage}-nodegroup.html`,
  },
  {
    id: 'node-version',
    fields: ['nodeGroups.*.version'],
    impact: 'restart',
    interruption: moved,
    takesEffect: 'now',
    source: nodePage,
  },
  {
    id: 'node-disk',
    fields: ['nodeGroups.*.diskSizeGB'],
    impact: 'restart',
    interruption: moved,
    takesEffect: 'now',
    source: nodePage,
    isHeld: false,
  },
  {
    id: 'node-unpinned',
    fields: ['nodeGroups.*.versionPolicy'],
    when: { to: ['follow'] },
    impact: 'restart',
    interruption: `where they run an older version than the cluster, ${moved}`,
    takesEffect: 'now',
    source: nodePage,
    isHeld: false,
  },
  {
    id: 'node-group-removed',
    fields: ['nodeGroups.*'],
    when: { step: ['removed'] },
    impact: 'restart',
    interruption: 'its nodes are drained and deleted, and the pods on them start elsewhere, if there is room',
    takesEffect: 'now',
    source: `${guide}/delete-managed-node-group.html`,
    isHeld: false,
  },
  {
    id: 'auto-mode-off',
    fields: ['autoMode'],
    when: { step: ['off'] },
    impact: 'restart',
    interruption: 'EKS deletes the nodes of Auto Mode, and the pods on them start elsewhere, if there is room',
    takesEffect: 'now',
    source: `${guide}/auto-disable.html`,
  },
];

/** What runs; undefined until AWS has a cluster. Of node groups only what is pinned is known. */
function running(observed: Observed, spec: Spec): Running | undefined {
  if (observed.neverMade(cluster)) return undefined;
  const asked = observed.last(cluster, 'version');
  const actual = observed.observation(cluster, 'version');
  const autoMode = member(observed.asked(cluster, 'computeConfig'), 'enabled');
  return {
    asked: {
      ...(typeof asked === 'string' && { version: asked }),
      ...(typeof autoMode === 'boolean' && { autoMode }),
      ...versionsOf(spec, 'addons', (name) => observed.parameter(oneOf(addon, name), 'addonVersion')),
      ...versionsOf(spec, 'nodeGroups', (name) => observed.parameter(oneOf(nodeGroup, name), 'version')),
    },
    inEffect: { ...(typeof actual === 'string' && { version: actual }) },
    live: {},
  };
}

/** A list of the spec in which everything that has an exact version has the one that it was last asked to have. */
function versionsOf(
  spec: Spec,
  field: 'addons' | 'nodeGroups',
  askedOf: (name: string) => string | undefined,
): { readonly [field: string]: JsonValue } {
  const list = spec[field];
  if (!Array.isArray(list)) return {};
  const items: readonly JsonValue[] = list;
  const asked = items.map((item) => {
    const version = member(item, 'version') === undefined ? undefined : askedOf(String(member(item, 'name')));
    return version === undefined ? item : { ...Object(item), version };
  });
  return { [field]: asked };
}

/** How changes of a cluster are judged; the annotations of the schema judge what no row names. */
export const changes: ChangeTable = {
  rules,
  step({ path: [field], from, to }) {
    if (field !== 'version') return undefined;
    const minors = minorsBetween(String(from), String(to));
    return minors < 0 ? 'older' : minors > 1 ? 'skipped' : 'next';
  },
  running,
  isGuarded: ({ deletionProtection }) => deletionProtection === true,
};
