import yaml from 'js-yaml';
import type { Rendered } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import type { RenderResult } from './render.ts';

export const outputs = ['yaml', 'json', 'tree'] as const;
export type Output = (typeof outputs)[number];

/** Everything for standard output: objects as YAML or JSON, or a drawing of what is composed, ready or awaited. */
export function print(results: readonly RenderResult[], output: Output): string {
  if (output === 'tree') return results.map(tree).join('\n');
  const objects = results.flatMap(({ rounds }) => {
    const last = rounds.at(-1);
    return last === undefined ? [] : [last.xr, ...last.resources.map(({ object }) => withoutSecrets(object))];
  });
  if (output === 'json') return `${JSON.stringify(objects, undefined, 2)}\n`;
  return objects.map((object) => `---\n${yaml.dump(object, { noRefs: true, lineWidth: -1 })}`).join('');
}

/** Keys of a Secret without their values, as kubectl diff writes them: what is printed ends in logs and comments. */
export function withoutSecrets(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion !== 'v1' || object.kind !== 'Secret') return object;
  return { ...object, data: Object.fromEntries(Object.keys(Object(object.data)).map((key) => [key, '***'])) };
}

/** What a person wants to know beside the objects, a line each. */
export function summary({ source, rounds }: RenderResult): string {
  const lines = rounds.map((round, index) => `${heading(source, rounds, index)}${describe(round, rounds[index - 1])}`);
  return `${lines.join('\n')}\n`;
}

const heading = (source: string, rounds: readonly Rendered[], index: number): string =>
  rounds.length === 1 ? `${source}: ` : `${source} round ${index + 1}: `;

function describe(round: Rendered, earlier: Rendered | undefined): string {
  const known = new Set(earlier?.resources.map(({ name }) => name));
  const fresh = round.resources.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const ready = round.resources.filter((resource) => resource.ready).length;
  const parts = [`${ready} of ${round.resources.length} composed resources ready`];
  if (earlier !== undefined && fresh.length > 0) parts.push(`new: ${fresh.join(', ')}`);
  if (round.condition?.status === 'False') parts.push(round.condition.message ?? '');
  parts.push(...round.warnings);
  if (round.ready) parts.push('the composite is Ready');
  return parts.join('; ');
}

function tree({ rounds }: RenderResult): string {
  const last = rounds.at(-1);
  if (last === undefined) return '';
  const firstRound = (name: string): number =>
    rounds.findIndex((round) => round.resources.some((resource) => resource.name === name)) + 1;
  const entries = last.resources.map(({ name, object, ready }) => {
    const when = rounds.length > 1 ? `, round ${firstRound(name)}` : '';
    return `${ready ? '●' : '○'} ${name} (${object.kind}${when})`;
  });
  const awaited = last.condition?.status === 'False' ? [`… ${last.condition.message}`] : [];
  const state = last.ready ? 'Ready' : 'not Ready yet';
  const title = `${last.xr.kind} ${[last.xr.metadata?.namespace, last.xr.metadata?.name].filter(Boolean).join('/')}: ${state}`;
  const branches = [...entries, ...awaited];
  return [title, ...branches.map((branch, index) => `${index === branches.length - 1 ? '└─' : '├─'} ${branch}`)]
    .join('\n')
    .concat('\n');
}
