import type { Condition } from '../core/blueprint.ts';
import { isKnown, type Known } from '../core/known.ts';
import { oneOf } from '../core/resource.ts';
import { addonsOf, isCurrent } from './addons.ts';
import type { Context } from './base.ts';
import { nodeGroup } from './nodes.ts';

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
  if (steps.length === 0) return { type, status: true, reason: 'UpToDate', message: `Kubernetes ${spec.version}` };
  const [now, ...next] = steps;
  const message = `now: ${now}${next.length > 0 ? `; next: ${next.join(', ')}` : ''}`;
  return { type, status: false, reason: 'InProgress', message };
}

const controlPlane = ({ spec }: Context, running: string): string[] =>
  running === spec.version ? [] : [`control plane from ${running} to ${spec.version}`];

function outdatedAddons(context: Context): string[] {
  const { first, second } = addonsOf(context.spec);
  return [...first, ...second]
    .filter((wish) => !isCurrent(context, wish))
    .map(({ name, version }) => (version === undefined ? `add-on ${name}` : `add-on ${name} to ${version}`));
}

function outdatedGroups({ spec, observed }: Context): string[] {
  return (spec.nodeGroups ?? [])
    .flatMap(({ name, version = spec.version }) => {
      const running = observed.text(oneOf(nodeGroup, name), 'version');
      if (!isKnown(running)) return [`node group ${name} at ${version}`];
      return running.value === version ? [] : [`node group ${name} from ${running.value} to ${version}`];
    })
    .sort();
}
