import { expect } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { load } from '../../tools/cli/load.ts';
import { fields, textOf } from '../../tools/engines/fields.ts';
import { hasConditions, type KubeClient, type KubeObject } from '../../tools/engines/kube.ts';
import type { StackOptions } from '../../tools/engines/stack.ts';

/** Both forms in which every blueprint is installed. */
export const forms: readonly Form[] = ['claims', 'namespaced'];

/** Where the claims are made. */
export const namespace = 'team-a';

/** How long one wait may take on a busy machine. */
export const seconds = 120;

/**
 * How long a deletion may take. What the provider compares with AWS after its bucket went, but before it hears that it
 * is to go as well, it makes anew; its Terraform code tries that for two minutes (bucketPropagationTimeout) before it
 * deletes.
 */
export const deletionSeconds = 300;

/** What a platform team installs: all blueprints in some forms, and every managed resource kind that they compose. */
export function installed(some: readonly Form[]): Required<Pick<StackOptions, 'managed' | 'manifests'>> {
  const files = [
    'compositions/clusterrole.yaml',
    ...some.flatMap((form) =>
      blueprints.flatMap(({ name }) => [`xrds/${form}/${name}.yaml`, `compositions/${form}/${name}.yaml`]),
    ),
  ];
  return {
    managed: managedKinds.flatMap(({ kind, apiVersion }) =>
      some.map((form) => ({ kind, apiVersion: apiVersion[form] })),
    ),
    manifests: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...files.flatMap((file) => load(file).map(({ object }) => object as KubeObject)),
    ],
  };
}

/** A claim or namespaced composite: only the apiVersion differs. */
export function request(
  form: Form,
  kind: string,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const resourceConfig = { region: 'eu-west-1', ...fields(spec.resourceConfig) };
  const metadata = { name: `${name}-${form}`, namespace };
  return { apiVersion: `${groups[form]}/v1alpha1`, kind, metadata, spec: { ...spec, resourceConfig } };
}

/** The form of an object made by `request`. */
function formOf(object: KubeObject): Form {
  return object.apiVersion.startsWith(`${groups.namespaced}/`) ? 'namespaced' : 'claims';
}

/** Every managed resource that was composed for a request, by its composed resource name. */
export async function composedFor(kube: KubeClient, object: KubeObject): Promise<Map<string, KubeObject>> {
  const form = formOf(object);
  const key = form === 'claims' ? 'crossplane.io/claim-name' : 'crossplane.io/composite';
  const labelSelector = `${key}=${object.metadata.name}`;
  const lists = managedKinds.map(({ kind, apiVersion }) => kube.list(apiVersion[form], kind, { labelSelector }));
  const named = (await Promise.all(lists))
    .flat()
    .map((one) => [one.metadata.annotations?.['crossplane.io/composition-resource-name'] ?? '', one] as const);
  return new Map(named);
}

/** The composite of a request. */
export async function compositeOf(kube: KubeClient, object: KubeObject): Promise<KubeObject> {
  const seen = await kube.get(object);
  if (formOf(object) === 'namespaced') return seen;
  const { kind, name } = fields(seen.spec?.resourceRef);
  return kube.get({ apiVersion: object.apiVersion, kind: textOf(kind), metadata: { name: textOf(name) } });
}

/** Wait until a request is Ready, and with it everything composed for it. */
export async function ready(kube: KubeClient, object: KubeObject, limit = seconds): Promise<KubeObject> {
  const wait = { seconds: limit, what: 'Synced, DependenciesReady and Ready' };
  return kube.waitFor(object, (seen) => hasConditions(seen, 'Synced', 'DependenciesReady', 'Ready'), wait);
}

/** The connection details of a request, once all are there. */
export async function connectionOf(kube: KubeClient, name: string): Promise<Record<string, string>> {
  const secret = await kube.waitFor(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
    ({ data }) => Object.keys(fields(data)).length === 4,
    { seconds, what: 'four connection details' },
  );
  const decoded = Object.entries(fields(secret.data)).map(([key, value]) => [
    key,
    Buffer.from(textOf(value), 'base64').toString(),
  ]);
  return Object.fromEntries(decoded);
}

/** Set or remove the pause annotation, and wait until it is heard. */
export async function pause(kube: KubeClient, object: KubeObject, paused: boolean): Promise<void> {
  await kube.patch(object, { metadata: { annotations: { 'crossplane.io/paused': paused ? 'true' : null } } });
  const isPaused = (seen: KubeObject) =>
    seen.status?.conditions?.some(({ type, reason }) => type === 'Synced' && reason === 'ReconcilePaused') === true;
  await kube.waitFor(object, (seen) => isPaused(seen) === paused, { seconds, what: `ReconcilePaused: ${paused}` });
}

/** Delete a request and wait until it and all that was composed for it is gone; otherwise tell what holds it. */
export async function deleted(kube: KubeClient, object: KubeObject): Promise<void> {
  const left = async () => [...(await composedFor(kube, object))].map(([name, one]) => `${name}: ${troubles(one)}`);
  await kube.delete(object);
  await kube.waitGone(object, { seconds: deletionSeconds, what: 'deletion' }).catch(async (thrown: unknown) => {
    throw new Error(`deletion is held by:\n${(await left()).join('\n')}`, { cause: thrown });
  });
  await expect.poll(left, { timeout: deletionSeconds * 1000 }).toEqual([]);
}

function troubles({ metadata, status }: KubeObject): string {
  const told = status?.conditions?.map(({ type, status: value, reason, message = '' }) =>
    [type, value, reason, message.slice(0, 500)].join(' '),
  );
  return [metadata.deletionTimestamp ? 'deleting' : 'not deleted', ...(told ?? [])].join('; ');
}
