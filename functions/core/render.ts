import {
  Capability,
  Ready,
  RunFunctionRequest,
  RunFunctionResponse,
  Severity,
  Status,
} from '@crossplane-org/function-sdk-typescript';
import type { Blueprint } from './blueprint.ts';
import type { Gated } from './desired.ts';
import { conditionType, handle } from './handle.ts';
import type { KubernetesObject } from './resource.ts';

/** Crossplane gives up after this many calls whose requirements still differ (core v2.3.4). */
const maxCalls = 6;

export interface RenderInput {
  readonly xr: KubernetesObject;
  /** By composed resource name. */
  readonly observed: ReadonlyMap<string, KubernetesObject>;
  /** Objects among which requirements are looked up, as Crossplane looks them up in the cluster. */
  readonly cluster: readonly KubernetesObject[];
  /** Input of the pipeline step. */
  readonly input?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

interface RenderedResource {
  readonly name: string;
  readonly object: KubernetesObject;
  readonly ready: boolean;
}

interface RenderedCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
}

/** A condition must have a time to be valid; rendering has no clock, so it is always this one. */
const lastTransitionTime = '2024-01-01T00:00:00Z';

export interface Rendered {
  /** The composite with the status and conditions that it gets. */
  readonly xr: KubernetesObject;
  readonly resources: readonly RenderedResource[];
  /** What is not composed yet, each with what it waits for. */
  readonly gated: readonly Gated[];
  readonly ready: boolean;
  /** What is awaited, or why the composite was refused. */
  readonly condition: RenderedCondition | undefined;
  /** The refusal, when there is one: then nothing is composed or deleted. */
  readonly refusal: string | undefined;
  readonly connection: Readonly<Record<string, string>>;
  /** Warnings that a person gets as events. */
  readonly warnings: readonly string[];
  /** Seconds until Crossplane would ask again. */
  readonly ttl: number;
}

/** One reconcile as Crossplane does it: the encoded request is handled until requirements no longer change. */
export function render(
  blueprints: readonly Blueprint[],
  input: RenderInput,
  reportBug: (error: unknown) => void,
): Rendered {
  let requirements: RunFunctionResponse['requirements'];
  let gated: readonly Gated[] = [];
  const inspect = (found: readonly Gated[]): void => {
    gated = found;
  };
  for (let call = 0; call < maxCalls; call++) {
    const request = requestOf(input, requirements);
    const response = RunFunctionResponse.decode(
      RunFunctionResponse.encode(
        handle(blueprints, RunFunctionRequest.decode(RunFunctionRequest.encode(request).finish()), reportBug, inspect),
      ).finish(),
    );
    const stable = JSON.stringify(response.requirements ?? {}) === JSON.stringify(requirements ?? {});
    const refused = response.results.some((result) => result.severity === Severity.SEVERITY_FATAL);
    if (stable || refused || Object.keys(response.requirements?.resources ?? {}).length === 0)
      return { ...renderedOf(input, response), gated: refused ? [] : gated };
    requirements = response.requirements;
  }
  throw new Error(`requirements did not settle in ${maxCalls} calls`);
}

function requestOf(input: RenderInput, requirements: RunFunctionResponse['requirements']): RunFunctionRequest {
  const requiredResources = Object.fromEntries(
    Object.entries(requirements?.resources ?? {}).map(([key, selector]) => [
      key,
      {
        items: input.cluster
          .filter(
            (object) =>
              object.apiVersion === selector.apiVersion &&
              object.kind === selector.kind &&
              object.metadata?.name === selector.matchName &&
              (selector.namespace === undefined || object.metadata?.namespace === selector.namespace),
          )
          .map(asResource),
      },
    ]),
  );
  return {
    meta: { tag: '', capabilities: [Capability.CAPABILITY_CAPABILITIES, Capability.CAPABILITY_REQUIRED_RESOURCES] },
    observed: {
      composite: asResource(input.xr),
      resources: Object.fromEntries([...input.observed].map(([name, object]) => [name, asResource(object)])),
    },
    desired: undefined,
    input: input.input,
    context: input.context,
    extraResources: {},
    credentials: {},
    requiredResources,
    requiredSchemas: {},
  };
}

const asResource = (resource: object) => ({
  resource: { ...resource },
  connectionDetails: {},
  ready: Ready.READY_UNSPECIFIED,
});

function renderedOf({ xr, observed }: RenderInput, response: RunFunctionResponse): Omit<Rendered, 'gated'> {
  const refusal = response.results.find((result) => result.severity === Severity.SEVERITY_FATAL)?.message;
  const resources = Object.entries(response.desired?.resources ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { resource, ready }]) => ({
      name,
      object: withMetadata(resource as unknown as KubernetesObject, name, xr, observed.get(name)),
      ready: ready === Ready.READY_TRUE,
    }));
  const composite = response.desired?.composite;
  const judged = refusal === undefined && composite?.ready !== Ready.READY_FALSE;
  const ready = judged && resources.every((resource) => resource.ready);
  const conditions = response.conditions.map(conditionOf);
  const status = {
    ...(refusal === undefined ? composite?.resource?.status : xr.status),
    conditions: [...conditions, readyCondition(ready, judged ? resources : [])],
  };
  return {
    xr: { ...xr, status },
    resources,
    ready,
    condition: conditions.find((condition) => condition.type === conditionType),
    refusal,
    connection: Object.fromEntries(
      Object.entries(composite?.connectionDetails ?? {}).map(([key, value]) => [key, Buffer.from(value).toString()]),
    ),
    warnings: response.results
      .filter(({ severity }) => severity === Severity.SEVERITY_WARNING)
      .map(({ message }) => message),
    ttl: response.meta?.ttl?.seconds ?? 0,
  };
}

function conditionOf({ type, status, reason, message }: RunFunctionResponse['conditions'][number]): RenderedCondition {
  return {
    type,
    status: status === Status.STATUS_CONDITION_TRUE ? 'True' : 'False',
    reason,
    ...(message !== undefined && { message }),
    lastTransitionTime,
  };
}

/** Crossplane's own condition, in its own words; it names resources only where it judges by them (core v2.3.4). */
function readyCondition(ready: boolean, judged: readonly RenderedResource[]): RenderedCondition {
  if (ready) return { type: 'Ready', status: 'True', reason: 'Available', lastTransitionTime };
  const unready = judged.filter((resource) => !resource.ready).map((resource) => resource.name);
  const message = unready.length > 0 ? { message: `Unready resources: ${firstThree(unready)}` } : {};
  return { type: 'Ready', status: 'False', reason: 'Creating', ...message, lastTransitionTime };
}

function firstThree(names: readonly string[]): string {
  if (names.length < 3) return names.join(', ');
  const last = names.length === 3 ? names[2] : `${names.length - 3} more`;
  return [...names.slice(0, names.length === 3 ? 2 : 3), `and ${last}`].join(', ');
}

/** The metadata by which Crossplane ties a composed resource to its composite. */
function withMetadata(
  object: KubernetesObject,
  name: string,
  xr: KubernetesObject,
  existing: KubernetesObject | undefined,
): KubernetesObject {
  const xrLabels = xr.metadata?.labels ?? {};
  const claimLabels = Object.fromEntries(
    ['crossplane.io/claim-name', 'crossplane.io/claim-namespace'].flatMap((label) =>
      xrLabels[label] === undefined ? [] : [[label, xrLabels[label]]],
    ),
  );
  const { apiVersion, kind, metadata, ...content } = object;
  const namespace = xr.metadata?.namespace ?? metadata?.namespace;
  const named = existing?.metadata?.name ?? metadata?.name;
  return {
    apiVersion,
    kind,
    metadata: {
      ...(named === undefined ? { generateName: `${xr.metadata?.name}-` } : { name: named }),
      ...(namespace !== undefined && { namespace }),
      labels: { ...metadata?.labels, ...claimLabels, 'crossplane.io/composite': xr.metadata?.name ?? '' },
      annotations: { ...metadata?.annotations, 'crossplane.io/composition-resource-name': name },
    },
    ...content,
  };
}
