import { isDeepStrictEqual } from 'node:util';
import {
  FunctionRunnerServiceService,
  type Resource,
  RunFunctionRequest,
  type State,
} from '@crossplane-org/function-sdk-typescript';
import { Client, credentials, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { startServer } from './server.ts';
import { decodeRequest } from './wire.ts';

const runs = 1000;

// Encoders of https://protobuf.dev/programming-guides/encoding.
const varint = (value: number): Buffer =>
  value < 128 ? Buffer.of(value) : Buffer.concat([Buffer.of((value % 128) + 128), varint(Math.floor(value / 128))]);
const inner = (field: number, content: Buffer): Buffer =>
  Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);

// Keys that a JavaScript object treats in a way of its own, and text that is longer in bytes than in characters.
const texts = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  fc.constantFrom('', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '\uFEFFé', '🙂', 'x'.repeat(300)),
);
const mapOf = <Item>(item: fc.Arbitrary<Item>, maxLength = 4): fc.Arbitrary<Record<string, Item>> =>
  fc.uniqueArray(fc.tuple(texts, item), { maxLength, selector: ([key]) => key }).map(Object.fromEntries);

const { object: objects } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.constant(null), fc.boolean(), fc.double(), texts),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: mapOf(tie('value')),
}));

const resources = fc.record({
  resource: fc.option(objects, { nil: undefined }),
  connectionDetails: mapOf(fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes))),
  ready: fc.constantFrom(0, 1, 2),
});
const states = fc.record({ composite: fc.option(resources, { nil: undefined }), resources: mapOf(resources) });

/** Requests of every field that the decoder reads itself. */
const requests = fc.record(
  {
    meta: fc.record({ tag: texts, capabilities: fc.array(fc.nat(9)) }),
    observed: states,
    desired: states,
    input: objects,
    context: objects,
    requiredResources: mapOf(fc.record({ items: fc.array(resources, { maxLength: 3 }) })),
  },
  { requiredKeys: [] },
);

// The plain form that Crossplane's encoder writes: unlike the SDK's, it writes keys and values that are empty.
const join = <Item>(items: Iterable<Item>, encode: (item: Item) => Buffer): Buffer =>
  Buffer.concat(Array.from(items, encode));
const entry = (field: number, key: string, value: Buffer): Buffer =>
  inner(field, Buffer.concat([inner(1, Buffer.from(key)), inner(2, value)]));
const map = <Item>(field: number, items: Readonly<Record<string, Item>>, encode: (item: Item) => Buffer): Buffer =>
  join(Object.entries(items), ([key, item]) => entry(field, key, encode(item)));
const optional = <Item>(field: number, item: Item | undefined, encode: (item: Item) => Buffer): Buffer =>
  item === undefined ? Buffer.alloc(0) : inner(field, encode(item));
const plainObject = (object: object): Buffer => map(1, { ...object }, plainValue);
const plainItems = (items: readonly unknown[]): Buffer => join(items, (item) => inner(1, plainValue(item)));

function plainValue(value: unknown): Buffer {
  if (typeof value === 'string') return inner(3, Buffer.from(value));
  if (typeof value === 'boolean') return number(4, Number(value));
  if (typeof value === 'number') return double(value);
  if (Array.isArray(value)) return inner(6, plainItems(value));
  return value instanceof Object ? inner(5, plainObject(value)) : number(1, 0);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(9, 17);
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

const plainResource = ({ resource, connectionDetails, ready }: Resource): Buffer =>
  Buffer.concat([
    optional(1, resource, plainObject),
    map(2, connectionDetails, (bytes) => bytes),
    ready === 0 ? Buffer.alloc(0) : number(3, ready),
  ]);
const plainState = ({ composite, resources }: State): Buffer =>
  Buffer.concat([optional(1, composite, plainResource), map(2, resources, plainResource)]);
const plainRequests = requests.map(({ meta, observed, desired, input, context, requiredResources }) =>
  Buffer.concat([
    optional(1, meta, ({ tag, capabilities }) =>
      Buffer.concat([inner(1, Buffer.from(tag)), inner(2, join(capabilities, varint))]),
    ),
    optional(2, observed, plainState),
    optional(3, desired, plainState),
    optional(4, input, plainObject),
    optional(5, context, plainObject),
    map(8, requiredResources ?? {}, ({ items }) => join(items, (item) => inner(1, plainResource(item)))),
  ]),
);
/** The same in the form of the SDK's encoder. */
const encodedRequests = requests.map((request) =>
  Buffer.from(RunFunctionRequest.encode({ ...RunFunctionRequest.create(), ...request }).finish()),
);

/** Messages with fields in any order, repeated, absent, of another wire type, or unknown. */
function message(...fields: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<Buffer> {
  const odd = fc.oneof(
    fc.tuple(fc.nat(12), fc.nat(300)).map(([field, value]) => number(field, value)),
    fc.tuple(fc.nat(40), fc.uint8Array({ maxLength: 9 })).map(([field, bytes]) => inner(field, Buffer.from(bytes))),
    fc.constantFrom(Buffer.from('0900000000000000f07f', 'hex'), Buffer.from('0d00000000', 'hex')),
    fc.constantFrom(Buffer.from('0b0c', 'hex'), Buffer.from('8a0000', 'hex'), Buffer.of(0)),
  );
  const field = fc.oneof({ weight: 60, arbitrary: fc.oneof(...fields) }, odd);
  return fc.array(field, { maxLength: 5 }).map((parts) => Buffer.concat(parts));
}
const within = (field: number, content: fc.Arbitrary<Buffer>) => content.map((bytes) => inner(field, bytes));
const utf8 = fc.oneof(
  { weight: 9, arbitrary: texts.map((text) => Buffer.from(text)) },
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
);
const entryOf = (value: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(utf8, value).map(([key, content]) => Buffer.concat([inner(1, key), inner(2, content)])),
    },
    message(within(1, utf8), within(2, value)),
  );
const { object: wireObjects, value: wireValues } = fc.letrec<{ value: Buffer; object: Buffer; list: Buffer }>((tie) => {
  const scalars = [
    within(3, utf8),
    fc.double().map(double),
    fc.nat(2).map((value) => number(4, value)),
    fc.constant(number(1, 0)),
  ];
  const members = [...scalars, within(5, tie('object')), within(6, tie('list'))];
  return {
    value: fc.oneof({ maxDepth: 12 }, fc.oneof(...scalars), fc.oneof(...members), message(...members)),
    object: message(within(1, entryOf(tie('value')))),
    list: message(within(1, tie('value'))),
  };
});
const wireResources = message(
  within(1, wireObjects),
  within(2, entryOf(utf8)),
  fc.nat(300).map((value) => number(3, value)),
);
const wireStates = message(within(1, wireResources), within(2, entryOf(wireResources)));
const wireRequests = message(
  within(1, message(within(1, utf8), within(2, utf8))),
  within(2, wireStates),
  within(3, wireStates),
  within(4, wireObjects),
  within(5, wireObjects),
  within(6, entryOf(message(within(1, wireResources)))),
  within(7, entryOf(message(within(1, message(within(1, entryOf(utf8))))))),
  within(8, entryOf(message(within(1, wireResources)))),
  within(9, entryOf(message(within(1, wireObjects)))),
);

type Outcome = { readonly request: RunFunctionRequest } | { readonly error: string };

function outcome(decode: (bytes: Buffer) => RunFunctionRequest, bytes: Buffer): Outcome {
  try {
    return { request: decode(bytes) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Equal in values, prototypes and order of keys, or refused in the same words. */
function expectSame(bytes: Buffer): void {
  const seen = outcome(decodeRequest, bytes);
  // The one difference: with the key __proto__, the SDK changes the prototype of a map.
  const wanted = outcome(bytes.includes('__proto__') ? copied : RunFunctionRequest.decode, bytes);
  expect(isDeepStrictEqual(seen, wanted)).toBe(true);
  expect(JSON.stringify(seen)).toBe(JSON.stringify(wanted));
}

const copied = (bytes: Buffer): RunFunctionRequest => RunFunctionRequest.fromPartial(RunFunctionRequest.decode(bytes));

test('decodes what Crossplane writes as the SDK does, and without it', () => {
  fc.assert(fc.property(plainRequests, expectSame), { numRuns: runs });
  const decode = vi.spyOn(RunFunctionRequest, 'decode');
  fc.assert(fc.property(plainRequests, (bytes) => void decodeRequest(bytes)));
  expect(decode).not.toHaveBeenCalled();
  decode.mockRestore();
});

test('decodes every other form of a message as the SDK does', () => {
  fc.assert(fc.property(fc.oneof(encodedRequests, wireRequests), expectSame), { numRuns: runs });
});

/** A composite with one member of its metadata. */
const metadata = (key: string, value: Buffer): Buffer =>
  inner(2, inner(1, inner(1, entry(1, 'metadata', inner(5, entry(1, key, value))))));

test('decodes managed fields as the SDK does, when somebody asks for them', () => {
  const values = fc.oneof(fc.array(objects, { maxLength: 3 }).map(plainValue), wireValues);
  const asked = (bytes: Buffer): RunFunctionRequest => {
    const request = decodeRequest(bytes);
    JSON.stringify(request);
    return request;
  };
  fc.assert(
    fc.property(values, (value) => {
      const bytes = metadata('managedFields', value);
      // A refusal names the place in the message, which is another one where only a part is decoded.
      if ('error' in outcome(RunFunctionRequest.decode, bytes)) expect(outcome(asked, bytes)).toHaveProperty('error');
      else expectSame(bytes);
    }),
    { numRuns: runs },
  );
  const broken = metadata('managedFields', Buffer.from('32ffffff', 'hex'));
  const { metadata: seen } = Object(decodeRequest(broken).observed?.composite?.resource);
  expect(() => seen.managedFields).toThrow(RangeError);
  expect(() => decodeRequest(metadata('labels', Buffer.from('32ffffff', 'hex')))).toThrow(RangeError);
});

test('judges cut and damaged messages as the SDK does', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  const sources = fc.oneof(plainRequests, wireRequests);
  fc.assert(
    fc.property(sources, fc.nat(), damage, (source, cut, changes) => {
      const bytes = Buffer.from(source.subarray(0, cut % 3 === 0 ? cut % (source.length + 1) : source.length));
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      expectSame(bytes);
    }),
    { numRuns: runs },
  );
});

test('never lets a key change a prototype', () => {
  const resource = entry(2, '__proto__', Buffer.from('secret'));
  const state = Buffer.concat([inner(1, resource), entry(2, '__proto__', resource)]);
  for (const bytes of [inner(2, state), Buffer.concat([inner(2, state), inner(40, state)])]) {
    const { observed } = decodeRequest(bytes);
    expect(Object.getPrototypeOf(observed?.resources)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(observed?.composite?.connectionDetails)).toBe(Object.prototype);
    expect(Object.keys(observed?.resources ?? {})).toEqual([]);
  }
});

/** A composite with an object in an object, or a list in a list, so many times. */
function nested(depth: number, kind: 'object' | 'list'): Buffer {
  let value: Buffer = number(1, 0);
  for (let level = 0; level < depth; level++) {
    const wrapped = kind === 'object' ? entry(1, 'k', value) : inner(1, value);
    value = inner(kind === 'object' ? 5 : 6, wrapped);
  }
  return inner(2, inner(1, inner(1, entry(1, 'k', value))));
}

test('nests as deep as the SDK does, and no deeper', () => {
  for (let depth = 0; depth < 110; depth++) {
    expectSame(nested(depth, 'object'));
    expectSame(nested(depth, 'list'));
  }
  expect(() => decodeRequest(nested(10_000, 'object'))).toThrow('recursion limit');
});

test('a request that cannot be decoded fails its own call only', async () => {
  const options = { address: '127.0.0.1:0', tlsServerCertsDir: undefined, metricsAddress: undefined };
  const server = await startServer([], { ...options, maxReceiveBytes: 2 ** 20 }, pino({ level: 'silent' }));
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const call = (bytes: Buffer) =>
    new Promise<number>((resolve) => {
      const { path, responseDeserialize } = FunctionRunnerServiceService.runFunction;
      const answer = (error: { code: number } | null) => resolve(error?.code ?? status.OK);
      client.makeUnaryRequest(path, (sent: Buffer) => sent, responseDeserialize, bytes, answer);
    });
  const good = nested(3, 'object');
  const calls = [good, nested(10_000, 'list'), good, good.subarray(0, -1), Buffer.from('ffffff', 'hex'), good];
  const codes = await Promise.all(calls.map(call));
  client.close();
  await server.close();
  expect(codes).toEqual([0, status.INTERNAL, 0, status.INTERNAL, status.INTERNAL, 0]);
});
