import {
  Capability,
  Ready,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  Status,
  Target,
} from '@crossplane-org/function-sdk-typescript';
import {
  apiVersionName,
  type Blueprint,
  type Composition,
  type Condition,
  compositeKind,
  groups,
  type Identity,
} from './blueprint.ts';
import { type HoldContext, hold, type Judged } from './day2/hold.ts';
import type { Spec } from './day2/judge.ts';
import { Desired, type Gated, type Required, type Requirement } from './desired.ts';
import { Environment } from './environment.ts';
import { Refusal, type RefusalCode } from './errors.ts';
import { given, isKnown, type Known, known } from './known.ts';
import type { Form } from './managed.ts';
import { member, Observed } from './observed.ts';
import { composed, declares, groupOf, isManaged, type KubernetesObject, Secret } from './resource.ts';
import type { ResourceConfig } from './schema.ts';
import { parseSettings, type Settings } from './settings.ts';

/** Where function-environment-configs, or any other earlier step, puts the environment. */
const environmentContextKey = 'apiextensions.crossplane.io/environment';
const environmentRequirement = 'environment';

/** The one condition of every blueprint: whether all that a composite consists of could be composed. */
export const conditionType = 'DependenciesReady';

// Seconds until Crossplane asks again. Changes of composed resources wake it anyhow; only what it looks up for us
// (an EnvironmentConfig, a ServiceAccount) has to be polled (core v2.3.4: the response TTL requeues the composite).
const pollAwaited = 10;
const pollComposing = 60;
const pollSettled = 300;

/** In namespaced composites the connection Secret is ours to compose: Crossplane v2 has no connection details. */
const connectionSecret = composed('connection-*', Secret);

/** What went wrong in one call beyond a person's control, for the log. */
export type ReportBug = (error: unknown) => void;

/** Is told what a pass did not compose yet, which a response does not say. */
type Inspect = (gated: readonly Gated[]) => void;

interface Served {
  readonly blueprint: Blueprint;
  readonly form: Form;
}

/** Finds the blueprint and form that serve a composite kind. */
export function find(blueprints: readonly Blueprint[], apiVersion: string, kind: string): Served | undefined {
  for (const form of ['claims', 'namespaced'] as const) {
    if (apiVersion !== `${groups[form]}/${apiVersionName}`) continue;
    const blueprint = blueprints.find((one) => compositeKind(one, form) === kind);
    if (blueprint !== undefined) return { blueprint, form };
  }
  return undefined;
}

/**
 * Composes one composite: the whole of the function, without the network. A mistake of a person becomes a result and
 * a condition; a bug becomes an INTERNAL result, reported to the log. Neither changes or deletes anything.
 */
export function handle(
  blueprints: readonly Blueprint[],
  request: RunFunctionRequest,
  reportBug: ReportBug,
  inspect?: Inspect,
): RunFunctionResponse {
  const response = emptyResponse(request);
  try {
    compose(blueprints, request, response, inspect);
  } catch (error) {
    if (!(error instanceof Refusal)) reportBug(error);
    refuse(response, error instanceof Refusal ? error : new Refusal('INTERNAL', 'function', 'failed unexpectedly'));
  }
  return response;
}

function compose(
  blueprints: readonly Blueprint[],
  request: RunFunctionRequest,
  response: RunFunctionResponse,
  inspect: Inspect | undefined,
): void {
  const xr = compositeOf(request);
  const served = find(blueprints, xr.apiVersion, xr.kind);
  if (served === undefined) throw new Refusal('UNKNOWN_KIND', 'composite', `is ${xr.apiVersion} ${xr.kind}`);
  const { blueprint, form } = served;
  const settings = parseSettings(request.input);
  const required = requiredOf(request);
  const environmentConfig = environmentRequirementOf(settings);
  const spec = specOf(xr);
  const identity = identityOf(xr);
  const observed = observedOf(request, blueprint);
  const declared = [...blueprint.resources, connectionSecret];
  const { resourceConfig } = spec;
  const owner = xr.metadata?.uid;
  const desired = new Desired({ owner, form, resourceConfig, settings, observed, required, declared });
  if (blueprint.usesEnvironment) desired.requirements.set(environmentRequirement, environmentConfig);
  const environment = environmentOf(request, environmentConfig, required);
  const judged = judgedOf(blueprint, {
    identity,
    spec,
    observed,
    desired,
    pending: member(xr.status, 'pendingChanges'),
  });
  const composition = composeOrAsk(
    () => blueprint.compose({ form, identity, spec: judged.spec, settings, environment, observed, desired }),
    () => looksUp(request) && [...desired.requirements.keys()].some((key) => !required.has(key)),
  );
  if (composition === undefined) {
    require(response, desired.requirements);
    return;
  }
  const connection = allKnown(composition.connection ?? {});
  if (form === 'namespaced') composeSecret(desired, xr, connection);
  const whole = {
    status: { ...composition.status, ...judged.status },
    conditions: [...(composition.conditions ?? []), ...judged.conditions],
  };
  respond(response, request, xr, whole, desired, form === 'claims' ? connection : undefined, judged.isAwaited);
  inspect?.(desired.gated);
}

/** What a pass goes on with: the spec as it is, where the blueprint says nothing of changes. */
function judgedOf(
  blueprint: Blueprint,
  context: Omit<HoldContext, 'spec'> & { readonly spec: ComposedSpec },
): Judged<ComposedSpec> {
  const { changes, kind, spec: schema } = blueprint;
  // What nobody can tell to be running cannot be held.
  if (changes?.running === undefined) return { spec: context.spec, conditions: [], status: {}, isAwaited: false };
  return hold({ kind, spec: schema, changes }, context);
}

/** What is composed before everything was looked up, or refused, proves nothing: undefined then, to ask first. */
function composeOrAsk(composeNow: () => Composition, isUnanswered: () => boolean): Composition | undefined {
  try {
    const composition = composeNow();
    return isUnanswered() ? undefined : composition;
  } catch (error) {
    if (error instanceof Refusal && isUnanswered()) return undefined;
    throw error;
  }
}

function emptyResponse(request: RunFunctionRequest): RunFunctionResponse {
  return {
    meta: { tag: request.meta?.tag ?? '', ttl: { seconds: pollComposing, nanos: 0 } },
    desired: { composite: request.desired?.composite, resources: { ...request.desired?.resources } },
    results: [],
    conditions: [],
    context: request.context,
    requirements: { resources: {}, schemas: {}, extraResources: {} },
  };
}

function compositeOf(request: RunFunctionRequest): KubernetesObject {
  return objectOf(request.observed?.composite?.resource, 'composite', 'UNKNOWN_KIND');
}

/** The API server lets nothing in without a kind; whoever else calls may have anything. */
function objectOf(resource: unknown, path: string, code: RefusalCode): KubernetesObject {
  if (typeof member(resource, 'apiVersion') !== 'string' || typeof member(resource, 'kind') !== 'string')
    throw new Refusal(code, path, 'has no apiVersion or kind');
  return resource as KubernetesObject;
}

/** The API server has validated the spec against the XRD, and applied its defaults. */
function specOf(xr: KubernetesObject): ComposedSpec {
  return xr.spec as ComposedSpec;
}

type ComposedSpec = Spec & { readonly resourceConfig: ResourceConfig };

function identityOf(xr: KubernetesObject): Identity {
  const claim = member(xr.spec, 'claimRef');
  const name = member(claim, 'name') ?? xr.metadata?.name;
  const namespace = member(claim, 'namespace') ?? xr.metadata?.namespace;
  const own = `${xr.apiVersion}/${xr.kind}/${xr.metadata?.namespace ?? ''}/${xr.metadata?.name}`;
  return {
    name: typeof name === 'string' ? name : '',
    namespace: typeof namespace === 'string' ? namespace : undefined,
    unique: xr.metadata?.uid ?? own,
  };
}

/** A composed resource that the blueprint does not know would be deleted by the response, so it stops the pass. */
function observedOf(request: RunFunctionRequest, { resources }: Blueprint): Observed {
  const objects = new Map<string, KubernetesObject>();
  const known = [...resources, connectionSecret];
  for (const [name, { resource }] of Object.entries(request.observed?.resources ?? {})) {
    if (resource === undefined) continue;
    const object = objectOf(resource, `composed resource ${name}`, 'FOREIGN_RESOURCE');
    const declared = known.some((one) => declares(one, name) && isOfKind(object, one.kind));
    if (!declared) {
      throw new Refusal(
        'FOREIGN_RESOURCE',
        `composed resource ${name}`,
        `is a ${object.apiVersion} ${object.kind} unknown to this blueprint`,
      );
    }
    objects.set(name, object);
  }
  return new Observed(objects);
}

function isOfKind(object: KubernetesObject, kind: Blueprint['resources'][number]['kind']): boolean {
  if (object.kind !== kind.kind) return false;
  const apiVersions = isManaged(kind) ? Object.values(kind.apiVersion) : [kind.apiVersion];
  return apiVersions.some((apiVersion) => groupOf(apiVersion) === groupOf(object.apiVersion));
}

function requiredOf(request: RunFunctionRequest): Required {
  return new Map(
    Object.entries(request.requiredResources ?? {}).map(([name, { items }]) => [
      name,
      items.flatMap(({ resource }) => (resource === undefined ? [] : [resource as KubernetesObject])),
    ]),
  );
}

const environmentRequirementOf = (settings: Settings): Requirement => ({
  apiVersion: 'apiextensions.crossplane.io/v1beta1',
  kind: 'EnvironmentConfig',
  name: settings.environmentConfigName,
});

/**
 * Whether Crossplane is known to call again with what a response requires, so that an empty response is not the last
 * word. Crossplane says so since v2.2; an older one gets whole responses only.
 */
const looksUp = (request: RunFunctionRequest): boolean =>
  request.meta?.capabilities.includes(Capability.CAPABILITY_REQUIRED_RESOURCES) ?? false;

/** An environment that an earlier step chose wins over the EnvironmentConfig that this function asks for. */
function environmentOf(request: RunFunctionRequest, { kind, name }: Requirement, required: Required): Environment {
  const data = required.get(environmentRequirement)?.[0]?.data;
  const fromContext: unknown = request.context?.[environmentContextKey];
  const merged = isObject(data) || isObject(fromContext) ? { ...Object(data), ...Object(fromContext) } : undefined;
  return new Environment(merged, `${kind} ${name}`);
}

function composeSecret(
  desired: Desired,
  xr: KubernetesObject,
  connection: Known<Readonly<Record<string, string>>>,
): void {
  const name = member(member(xr.spec, 'writeConnectionSecretToRef'), 'name');
  if (typeof name !== 'string' || name === '') return;
  const content = isKnown(connection)
    ? known({
        type: 'connection.crossplane.io/v1alpha1',
        data: mapValues(connection.value, (value) => Buffer.from(value).toString('base64')),
      })
    : connection;
  const resource = { name: connectionSecret.name.slice(0, -1) + name, kind: Secret };
  desired.plain(resource, { name, namespace: String(xr.metadata?.namespace) }, content);
}

function allKnown(values: Readonly<Record<string, Known<string>>>): Known<Readonly<Record<string, string>>> {
  const keys = Object.keys(values);
  return given(Object.values(values), (...texts) =>
    Object.fromEntries(keys.map((key, index) => [key, texts[index] ?? ''])),
  );
}

function respond(
  response: RunFunctionResponse,
  request: RunFunctionRequest,
  xr: KubernetesObject,
  composition: Composition,
  desired: Desired,
  connection: Known<Readonly<Record<string, string>>> | undefined,
  awaitsApproval: boolean,
): void {
  const ready = desired.awaiting.length === 0 && desired.resources.every((resource) => resource.ready);
  const resources = response.desired?.resources ?? {};
  for (const { name, resource, ready: isReady } of desired.resources) {
    resources[name] = { resource, connectionDetails: {}, ready: isReady ? Ready.READY_TRUE : Ready.READY_FALSE };
  }
  const published = request.observed?.composite?.connectionDetails ?? {};
  // What an earlier step of the pipeline wants of the composite is passed on.
  const earlier = request.desired?.composite;
  response.desired = {
    resources,
    composite: {
      resource: {
        apiVersion: xr.apiVersion,
        kind: xr.kind,
        status: { ...Object(earlier?.resource?.status), ...statusOf(composition, xr) },
      },
      connectionDetails: { ...earlier?.connectionDetails, ...detailsOf(connection, published) },
      // Left open, Crossplane judges by the resources and names those that are not ready; it cannot know what is awaited.
      ready: desired.awaiting.length > 0 ? Ready.READY_FALSE : Ready.READY_UNSPECIFIED,
    },
  };
  require(response, desired.requirements);
  const target = Target.TARGET_COMPOSITE_AND_CLAIM;
  response.results = desired.warnings.map((message) => ({
    severity: Severity.SEVERITY_WARNING,
    message,
    reason: 'NameTaken',
    target,
  }));
  setConditions(response, desired.awaiting, composition.conditions ?? []);
  const seconds = ready && !awaitsApproval ? pollSettled : desired.polls ? pollAwaited : pollComposing;
  response.meta = { tag: request.meta?.tag ?? '', ttl: { seconds, nanos: 0 } };
}

/** What was published stays while a value is out of sight. */
function detailsOf(
  connection: Known<Readonly<Record<string, string>>> | undefined,
  published: Readonly<Record<string, Buffer>>,
): Readonly<Record<string, Buffer>> {
  if (connection === undefined) return {};
  return isKnown(connection) ? mapValues(connection.value, (value) => Buffer.from(value)) : published;
}

/** A status value that is out of sight for a pass keeps what was last published: others may depend on it. */
function statusOf({ status }: Composition, xr: KubernetesObject): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(status)) {
    if (value === undefined) continue;
    const content = isKnown(value) ? value.value : member(xr.status, field);
    if (content !== undefined) result[field] = content;
  }
  return result;
}

function require(response: RunFunctionResponse, requirements: ReadonlyMap<string, Requirement>): void {
  for (const [key, { apiVersion, kind, name, namespace }] of requirements) {
    const selector = { apiVersion, kind, matchName: name, ...(namespace !== undefined && { namespace }) };
    if (response.requirements !== undefined) response.requirements.resources[key] = selector;
  }
}

/** Crossplane keeps a condition that is not returned, so every pass returns it (facts measured on core v2.3.4). */
function setConditions(
  response: RunFunctionResponse,
  missing: readonly string[],
  conditions: readonly Condition[],
): void {
  const complete = missing.length === 0;
  const dependencies = {
    type: conditionType,
    status: complete,
    reason: complete ? 'Composed' : 'Awaiting',
    message: complete ? 'everything is composed' : `awaiting: ${missing.join(', ')}`,
  };
  for (const { status, ...condition } of [dependencies, ...conditions]) {
    response.conditions.push({
      ...condition,
      status: status ? Status.STATUS_CONDITION_TRUE : Status.STATUS_CONDITION_FALSE,
      target: Target.TARGET_COMPOSITE_AND_CLAIM,
    });
  }
}

/**
 * A fatal result stops the pass with nothing applied, but leaves a claim looking healthy; so a condition and a warning
 * go to the claim as well. The warning comes first, since Crossplane stops reading results at the fatal one.
 */
function refuse(response: RunFunctionResponse, { code, message }: Refusal): void {
  const target = Target.TARGET_COMPOSITE_AND_CLAIM;
  response.conditions = [
    { type: conditionType, status: Status.STATUS_CONDITION_FALSE, reason: 'Refused', message, target },
  ];
  response.results = [
    { severity: Severity.SEVERITY_WARNING, message, reason: code, target },
    { severity: Severity.SEVERITY_FATAL, message, reason: code, target },
  ];
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
