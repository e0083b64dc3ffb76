import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { managedKinds } from '../../../functions/aws/index.ts';
import type { Form } from '../../../functions/core/managed.ts';
import { policies } from '../../../policies/policies.ts';
import { serverFlags } from '../../bench/v8-flags.ts';
import type { KindRef } from '../../engines/crds.ts';
import { textOf } from '../../engines/fields.ts';
import type { KubeObject } from '../../engines/kube.ts';
import { packageRoot } from '../../engines/root.ts';
import type { FunctionOptions } from '../../engines/stack.ts';
import { CodedError } from '../../error.ts';
import { functionName } from '../../gen/composition.ts';
import { byWebhook, constraintOf, syncSetOf, templateOf, webhookRules } from '../../gen/policies.ts';
import { load } from '../load.ts';
import type { Wishes } from './record.ts';

const forms: readonly Form[] = ['claims', 'namespaced'];

/** Every kind of managed resource that blueprints compose, in both scopes. */
export const managed: readonly KindRef[] = managedKinds.flatMap(({ kind, apiVersion }) =>
  forms.map((form) => ({ kind, apiVersion: apiVersion[form] })),
);

const team = 'team-a';

/** The namespaces for claims. */
export const namespaces = ['default', team] as const;

/** All that a user of the blueprints applies: rights, definitions, Compositions, the environment; and a namespace. */
export function manifests(): KubeObject[] {
  const paths = [
    ...forms.map((form) => `xrds/${form}`),
    'compositions/clusterrole.yaml',
    ...forms.map((form) => `compositions/${form}`),
    'examples/environment.yaml',
  ];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } },
    ...paths.flatMap((path) => load(join(packageRoot, path)).map(({ source, object }) => named(source, object))),
  ];
}

/** Which requests Gatekeeper is asked about. */
export const rules = webhookRules(policies);

/** The templates of all policies, and what Gatekeeper keeps for them. */
export const templates = [...policies.map((policy) => byWebhook(templateOf(policy))), syncSetOf(policies)].map((one) =>
  named('policies', one),
);

/** What policies do, with the parameters that they recommend. */
export function constraints(mode: Exclude<Wishes['policies'], 'off'>): KubeObject[] {
  return policies.map((policy) => named('policies', byWebhook(constraintOf(policy, mode))));
}

function named(source: string, { metadata, ...object }: ReturnType<typeof load>[number]['object']): KubeObject {
  const name = textOf(metadata?.name);
  if (name === '') throw new CodedError('INPUT_UNNAMED', source, 'no metadata.name', 'npm run gen');
  return { ...object, metadata: { ...metadata, name } };
}

/** Our function, as its image starts it, but for its metrics. */
export function functionOptions(): FunctionOptions {
  const program = join(packageRoot, 'dist', 'main.js');
  if (!existsSync(program)) {
    throw new CodedError('PLATFORM_FUNCTION', program, 'the bundle of the function is not there', 'npm run build');
  }
  // Its metrics would be one more port, and without the flag one that is open to the network.
  const args = [...serverFlags, program, '--metrics-address', ''];
  return { name: functionName, command: process.execPath, args };
}
