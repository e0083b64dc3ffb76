import { Capability, RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { blueprints } from '../../functions/blueprints.ts';
import { handle } from '../../functions/core/handle.ts';
import { render } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { compositeOf } from '../cli/claim.ts';
import { load } from '../cli/load.ts';
import { CodedError } from '../error.ts';
import { simulate } from '../simulate.ts';
import { stored, storedComposite } from './stored.ts';

/** One call of RunFunction: the last of a reconcile, with everything looked up that the function asks for. */
export interface State {
  readonly observed: number;
  readonly desired: number;
  readonly request: Buffer;
  readonly response: Buffer;
}

/** How a state is made. */
export interface StateOptions {
  /** Stop with this many observed resources: of those that appear together, the first by name. */
  readonly observed?: number;
  /** Without identity, owners and managed fields: what `render` would send, not what Crossplane sends. */
  readonly bare?: boolean;
}

const aws = { account: '111122223333', partition: 'aws' };
const world = ['examples/environment.yaml', 'examples/required.yaml'];

/** More rounds than any blueprint needs. */
const maxRounds = 20;

/** Plays the reconcile loop of an example against the simulated AWS and takes the state that is asked for. */
export function stateOf(claim: string, options: StateOptions = {}): State {
  const [document] = load(claim);
  if (document === undefined) throw new CodedError('BENCH_INPUT', claim, 'no document', 'give a claim');
  const cluster = world.flatMap((file) => load(file).map(({ object }) => object));
  let { xr } = compositeOf(blueprints, document, undefined);
  const observed = new Map<string, KubernetesObject>();
  const wanted = options.observed ?? Number.POSITIVE_INFINITY;
  for (let round = 0; observed.size < wanted; round++) {
    if (round === maxRounds)
      throw new CodedError('BENCH_INPUT', claim, `not ready in ${maxRounds} rounds`, 'correct it');
    const rendered = render(blueprints, { xr, observed, cluster }, raise);
    xr = rendered.xr;
    const fresh = rendered.resources.filter(({ name }) => !observed.has(name)).slice(0, wanted - observed.size);
    if (fresh.length === 0) break;
    for (const { name, object } of fresh) observed.set(name, simulate(object, name, aws));
  }
  if (options.observed !== undefined && observed.size !== wanted)
    throw new CodedError('BENCH_INPUT', claim, `composes ${observed.size} resources`, `ask for fewer than ${wanted}`);
  return options.bare ? exchange(xr, observed, cluster) : exchange(...asStored(xr, observed), cluster);
}

function asStored(xr: KubernetesObject, observed: ReadonlyMap<string, KubernetesObject>) {
  const objects = [...observed].map(([name, object], index) => [name, stored(object, index + 1, xr)] as const);
  return [storedComposite(xr, observed.values()), new Map(objects)] as const;
}

/** Calls the function as Crossplane does, until its requirements are known, and keeps the last call. */
function exchange(
  xr: KubernetesObject,
  observed: ReadonlyMap<string, KubernetesObject>,
  cluster: readonly KubernetesObject[],
): State {
  let request = requestOf(xr, observed, {});
  let response = handle(blueprints, request, raise);
  for (
    let call = 1;
    Object.keys(response.requirements?.resources ?? {}).some((key) => !(key in request.requiredResources));
    call++
  ) {
    if (call === maxRounds) throw new Error('requirements did not settle');
    const found = Object.entries(response.requirements?.resources ?? {}).map(
      ([key, { apiVersion, kind, matchName }]) => [
        key,
        {
          items: cluster
            .filter((one) => one.apiVersion === apiVersion && one.kind === kind && one.metadata?.name === matchName)
            .map(asResource),
        },
      ],
    );
    request = requestOf(xr, observed, Object.fromEntries(found));
    response = handle(blueprints, request, raise);
  }
  return {
    observed: observed.size,
    desired: Object.keys(response.desired?.resources ?? {}).length,
    request: Buffer.from(RunFunctionRequest.encode(request).finish()),
    response: Buffer.from(RunFunctionResponse.encode(response).finish()),
  };
}

function requestOf(
  xr: KubernetesObject,
  observed: ReadonlyMap<string, KubernetesObject>,
  requiredResources: RunFunctionRequest['requiredResources'],
): RunFunctionRequest {
  const resources = Object.fromEntries([...observed].map(([name, object]) => [name, asResource(object)]));
  const capabilities = [Capability.CAPABILITY_CAPABILITIES, Capability.CAPABILITY_REQUIRED_RESOURCES];
  const meta = { tag: 'a2b0e6f3c1d94c7f8e5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f80912', capabilities };
  return RunFunctionRequest.fromPartial({
    meta,
    observed: { composite: asResource(xr), resources },
    requiredResources,
  });
}

const asResource = (resource: object) => ({ resource: { ...resource }, connectionDetails: {}, ready: 0 });

function raise(error: unknown): never {
  throw error;
}
