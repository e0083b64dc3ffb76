import type { Condition } from '../core/blueprint.ts';
import { isKnown, type Known } from '../core/known.ts';
import { oneOf } from '../core/resource.ts';
import { addonResource, addonsOf, isCurrent, versionOf } from './addons.ts';
import type { Context } from './base.ts';
import { nodeGroup, wantedVersion } from './nodes.ts';

/** What runs in an older version than it is asked to, in the order in which it is upgraded. */
export function upgradeProgress(context: Context, running: Known<string>): Condition {
  const { spec } = context;
  const type = 'UpgradeProgress';
  if (!isKnown(running)) {
    return {
      type,
      status: false,
      reason: 'Creating',
      message: `Kubernetes ${spec.version}: the cluster is being made`,
    };
  }
  const steps = [...controlPlane(context, running.value), ...outdatedAddons(context), ...outdatedGroups(context)];
  if (steps.length === 0) return { type, status: true, reason: 'UpToDate', message: upToDate(context) };
  const [now, ...next] = steps;
  const message = `now: ${now}${next.length > 0 ? `; next: ${next.join(', ')}` : ''}`;
  return { type, status: false, reason: 'InProgress', message };
}

function upToDate(context: Context): string {
  const { spec } = context;
  const pinned = (spec.nodeGroups ?? [])
    .map((group) => ({ name: group.name, version: wantedVersion(context, group) }))
    .filter(({ version }) => version !== spec.version)
    .map(({ name, version }) => `; node group ${name} is pinned at ${version}`);
  return `Kubernetes ${spec.version}${pinned.sort().join('')}`;
}

const controlPlane = ({ spec }: Context, running: string): string[] =>
  running === spec.version ? [] : [change('control plane', running, spec.version)];

function outdatedAddons(context: Context): string[] {
  const { first, second } = addonsOf(context.spec);
  return [...first, ...second]
    .filter((wish) => !isCurrent(context, wish))
    .map((wish) => {
      const running = context.observed.text(addonResource(wish), 'addonVersion');
      return change(`add-on ${wish.name}`, known(running), versionOf(wish, context.spec.version));
    });
}

function outdatedGroups(context: Context): string[] {
  return (context.spec.nodeGroups ?? [])
    .flatMap((group) => {
      const wanted = wantedVersion(context, group);
      const running = known(context.observed.text(oneOf(nodeGroup, group.name), 'version'));
      return running === wanted ? [] : [change(`node group ${group.name}`, running, wanted)];
    })
    .sort();
}

const known = (version: Known<string>): string | undefined => (isKnown(version) ? version.value : undefined);

/** What is not there yet comes from nothing; what is at its version already has other things to do. */
function change(what: string, from: string | undefined, to: string): string {
  return from === undefined || from === to ? `${what} at ${to}` : `${what} from ${from} to ${to}`;
}
