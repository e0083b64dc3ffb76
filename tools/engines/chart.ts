import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { EngineError } from './error.ts';
import { fields, textOf } from './fields.ts';
import type { KubeObject } from './kube.ts';

/** The namespace in which Crossplane is installed. */
export const crossplaneNamespace = 'crossplane-system';

// What the chart installs but for its two Deployments, whose containers run here as processes, and the Service of the
// webhooks, which would select pods.
const templates = [
  'serviceaccount',
  'clusterrole',
  'clusterrolebinding',
  'secret',
  'rbac-manager-serviceaccount',
  'rbac-manager-clusterrole',
  'rbac-manager-clusterrolebinding',
  'rbac-manager-managed-clusterroles',
  'rbac-manager-allowed-provider-permissions',
];

/** The service accounts, roles, bindings and empty secrets of Crossplane's own chart, under its default values. */
export async function chartObjects(chart: string): Promise<KubeObject[]> {
  const values = load(await readFile(join(chart, 'values.yaml'), 'utf8'));
  const objects: KubeObject[] = [];
  for (const name of templates) {
    const file = join(chart, 'templates', `${name}.yaml`);
    const documents = loadAll(renderTemplate(await readFile(file, 'utf8'), values, file));
    objects.push(...documents.filter(isObject));
  }
  return objects;
}

const name = 'crossplane';
const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': name };

/**
 * Fill in a template of the chart.
 *
 * Only the handful of actions that the templates above use are known; any other one is an error, never skipped.
 */
function renderTemplate(template: string, values: unknown, file: string): string {
  const parts = template.split(/\{\{(-?)\s*([\s\S]*?)\s*(-?)\}\}/);
  const open: boolean[] = [];
  let text = '';
  let trimNext = false;
  for (let index = 0; index < parts.length; index += 4) {
    const [literal = '', trimBefore, action, trimAfter] = parts.slice(index, index + 4);
    const start = trimNext ? literal.trimStart() : literal;
    if (!open.includes(false)) text += trimBefore === '-' ? start.trimEnd() : start;
    trimNext = trimAfter === '-';
    if (action !== undefined) text += act(action, open, values, file);
  }
  return text;
}

/** Do one action: change the stack of open conditions, or give the text to insert. */
function act(action: string, open: boolean[], values: unknown, file: string): string {
  const skipping = open.includes(false);
  const [word = '', ...rest] = action.split(/\s+/);
  if (['if', 'with', 'range'].includes(word)) {
    const truth = !skipping && isTrue(rest, values, file);
    // Inside a taken `with` or `range` the dot changes its meaning, which nothing here needs.
    if (truth && word !== 'if') throw unknownAction(action, file);
    open.push(truth);
    return '';
  }
  if (word === 'else' && rest.length === 0) {
    open.push(!(open.pop() ?? false));
    return '';
  }
  if (word === 'end') {
    open.pop();
    return '';
  }
  return skipping ? '' : insert(action, file);
}

function isTrue(words: readonly string[], values: unknown, file: string): boolean {
  const [first = '', ...rest] = words;
  if (first === 'not') return !isTrue(rest, values, file);
  if (!first.startsWith('.Values.') || rest.length > 0) throw unknownAction(words.join(' '), file);
  const path = first.slice('.Values.'.length).split('.');
  const value = path.reduce((object: unknown, key) => fields(object)[key], values);
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return Boolean(value) && !empty;
}

function insert(action: string, file: string): string {
  if (action === 'template "crossplane.name" .') return name;
  if (action === '.Release.Namespace') return crossplaneNamespace;
  const indent = /^include "crossplane.labels" \. \| indent (\d+)$/.exec(action)?.[1];
  if (indent === undefined) throw unknownAction(action, file);
  return Object.entries(labels)
    .map(([key, value]) => `\n${' '.repeat(Number(indent))}${key}: ${value}`)
    .join('');
}

function unknownAction(action: string, file: string): EngineError {
  const todo = "teach tools/engines/chart.ts what it means: the chart's new version uses it";
  return new EngineError({ code: 'CHART_TEMPLATE', path: file, seen: `unknown action {{ ${action} }}`, todo });
}

function isObject(document: unknown): document is KubeObject {
  return textOf(fields(document).kind) !== '';
}
