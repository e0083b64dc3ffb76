import { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import fc from 'fast-check';
import { blueprints } from '../../../functions/blueprints.ts';
import { decodeRequest } from '../../../functions/core/wire.ts';
import { stateOf } from '../../../tools/bench/state.ts';
import { answer } from '../answer.ts';
import { mutated, mutations } from '../mutation.ts';
import { type Target, timed } from '../target.ts';

const examples = blueprints.flatMap(({ name }) =>
  ['claim', 'namespaced', 'full', 'production'].map((file) => `examples/${name}/${file}.yaml`),
);

/** Calls as Crossplane makes them: of every blueprint, at the beginning and with everything observed. */
const calls: readonly Buffer[] = examples.flatMap((claim) =>
  [{ observed: 0 }, {}].map((options) => stateOf(claim, options).request),
);

/** Requests whose bytes were cut, flipped, doubled or come from elsewhere. */
export const bytes: Target = {
  name: 'request bytes',
  law: 'a message that is none is an error of the call; whatever can be read is answered or refused',
  run(seed, cases) {
    const noise = fc.uint8Array({ maxLength: 40 });
    const edit = fc.record({ at: fc.nat(), cut: fc.nat(30), noise, bit: fc.nat(7) });
    const damaged = fc
      .tuple(fc.nat(calls.length - 1), fc.array(edit, { minLength: 1, maxLength: 5 }))
      .map(([call, edits]) => edits.reduce(damage, at(calls, call)));
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: damaged }, noise.map(Buffer.from)), (message) =>
        timed(() => {
          const request = read(message);
          if (request !== undefined) answer(request);
        }),
      ),
      { seed, numRuns: cases },
    );
  },
};

function damage(call: Buffer, { at, cut, noise, bit }: { at: number; cut: number; noise: Uint8Array; bit: number }) {
  const place = at % (call.length + 1);
  const changed = Buffer.concat([call.subarray(0, place), noise, call.subarray(place + cut)]);
  if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit);
  return changed;
}

/** grpc-js makes a failed call of what the decoder throws. */
function read(message: Buffer): RunFunctionRequest | undefined {
  try {
    return decodeRequest(message);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const decoded = calls.map((call) => RunFunctionRequest.decode(call));

/** Requests in which what others write, the status above all, is not what it should be. */
export const observed: Target = {
  name: 'observed state',
  law: 'is answered or refused, never a bug; an answer keeps every composed resource that was observed',
  run(seed, cases) {
    fc.assert(
      fc.property(fc.nat(decoded.length - 1), mutations, (call, changes) => {
        const request = strange(at(decoded, call), changes);
        const { response, refusal, bug } = timed(() => answer(request));
        if (bug !== undefined) throw bug;
        const desired = response.desired?.resources ?? {};
        const asks =
          Object.keys(desired).length === 0 && Object.keys(response.requirements?.resources ?? {}).length > 0;
        if (refusal !== undefined || asks) return;
        const dropped = Object.keys(request.observed?.resources ?? {}).filter((name) => !Object.hasOwn(desired, name));
        if (dropped.length > 0) throw new Error(`dropped ${dropped.join(', ')}`);
      }),
      { seed, numRuns: cases },
    );
  },
};

/**
 * The content of objects in a call changed; their kind and metadata, whose types the API server knows, and the
 * envelope, which protobuf fixes, keep their shape.
 */
function strange(call: RunFunctionRequest, changes: Parameters<typeof mutated>[1]): RunFunctionRequest {
  const { composite, resources = {} } = call.observed ?? {};
  const contents = {
    resources: mapValues(resources, ({ resource }) => contentOf(resource)),
    required: mapValues(call.requiredResources, ({ items }) => items.map(({ resource }) => contentOf(resource))),
    context: call.context,
    status: composite?.resource?.status,
  };
  const changed = mutated(contents, changes);
  const request = RunFunctionRequest.fromPartial({
    ...call,
    context: objectOf(changed.context),
    observed: {
      composite: { resource: { ...composite?.resource, status: changed.status } },
      resources: mapValues(resources, ({ resource }, name) => ({
        resource: { ...objectOf(Reflect.get(Object(changed.resources), name)), ...headOf(resource) },
      })),
    },
    requiredResources: mapValues(call.requiredResources, ({ items }, name) => ({
      items: items.map(({ resource }, index) => ({
        resource: {
          ...objectOf(Reflect.get(Object(Reflect.get(Object(changed.required), name)), index)),
          ...headOf(resource),
        },
      })),
    })),
  });
  return decodeRequest(Buffer.from(RunFunctionRequest.encode(request).finish()));
}

type Struct = Readonly<Record<string, unknown>> | undefined;
const headOf = (object: Struct) => ({
  apiVersion: object?.apiVersion,
  kind: object?.kind,
  metadata: object?.metadata,
});
const contentOf = ({ apiVersion: _version, kind: _kind, metadata: _metadata, ...content }: Struct = {}) => content;

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** An index keeps the message of a failed case short. */
function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error('no such call');
  return item;
}
