import type { SourceSchema, Subschema } from '../../tools/openapi/schema.ts';

/** An instance of a definition, made from one that is valid by one change. */
export interface Instance {
  /** What was changed. */
  readonly class: string;
  readonly path: string;
  readonly value: unknown;
}

/** What makes a whole resource of a definition. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly schema: SourceSchema;
}

type Fields = Record<string, unknown>;
type Path = readonly (string | number)[];

interface Site {
  readonly schema: SourceSchema;
  readonly value: unknown;
  readonly path: Path;
}

/** Strings of every shape that patterns and formats tell apart; which of them are valid, only the judge knows. */
const texts = [
  '',
  'a',
  'b',
  'aa',
  'a\n',
  'A',
  'ab',
  'abc',
  'ABC',
  'aBc',
  'a-b',
  'a_b',
  'a.b',
  'a b',
  '-a',
  'a-',
  '1',
  '12',
  '0',
  '-1',
  '1.5',
  '1e3',
  '10%',
  '100%',
  '101%',
  'x1',
  'a/b',
  'a/b/c',
  '/a',
  '/a/b',
  'a:b',
  'a@b',
  'a@b.io',
  'A <a@b.io>',
  'a\nb',
  'a\tb',
  'é',
  '😀',
  'ſ',
  'K',
  'a.b.c',
  'A.b',
  'example.com',
  '-x.io',
  'localhost',
  'http://a.io',
  'https://a.io/b?c=d#e',
  'ftp://x',
  'mailto:a@b',
  '//a',
  'urn:a:b',
  'http://[::1]:80',
  'http://a b',
  '%zz',
  '/%zz',
  '10.0.0.1',
  '010.0.0.1',
  '256.1.1.1',
  '10.0.0',
  '10.0.0.0/8',
  '10.0.0.0/33',
  '::1',
  '1::',
  'fe80::1',
  '::ffff:1.2.3.4',
  '1:2:3:4:5:6:7:8',
  '1:2:3',
  '::/0',
  'fe80::/10',
  'fe80::/129',
  '01:02:03:04:05:06',
  '01-02-03-04-05-06',
  '0102.0304.0506',
  '01:02:03:04:05',
  '0102030405',
  '1h',
  '1h30m',
  '1.5h',
  '90',
  '0',
  '1d',
  '2 days',
  '-5s',
  '1m1',
  'h',
  '5 parsecs',
  '2024-02-29',
  '2023-02-29',
  '2024-2-9',
  '2024-13-01',
  '2024-01-01T00:00:00Z',
  '2024-01-01t00:00:00z',
  '2024-01-01T00:00:00',
  '2024-01-01T24:00:00Z',
  '2024-01-01T00:00:00.5+01:00',
  '2024-01-01 00:00:00Z',
  'YQ==',
  'YQ',
  'YWI=',
  'YWJj',
  'Y Q=',
  '-_-_',
  '====',
  'ff0000',
  '#ff0000',
  '#fff',
  '#ffff',
  'rgb(1,2,3)',
  'rgb(1, 2, 256)',
  '123e4567-e89b-12d3-a456-426614174000',
  '123e4567e89b42d3a456426614174000',
  '123e4567-e89b-42d3-a456-426614174000',
  '123e4567-e89b-32d3-c456-426614174000',
  '123e4567-e89b-52d3-a456-426614174000',
  '0306406152',
  '030640615X',
  '9780306406157',
  '9780306406158',
  '4111111111111111',
  '4111111111111112',
  '123-45-6789',
  '123456789',
  '507f1f77bcf86cd799439011',
  '507f1f77bcf86cd79943901',
  'arn:aws:iam::123456789012:role/a',
  'us-east-1',
  'Enabled',
  'true',
  'null',
  '*',
  '{}',
  '[]',
  '"',
  '\\',
  'a'.repeat(63),
  'a'.repeat(64),
  'a'.repeat(253),
  'a'.repeat(254),
  `${'a'.repeat(63)}.b`,
];

const wrong: readonly unknown[] = ['text', 7, 1.5, true, [], {}];

/** A resource with all fields, or with no more than it must have. */
export function sampleResource(resource: Resource, full: boolean): Fields {
  const { apiVersion, kind, namespaced, schema } = resource;
  const metadata = { name: 'a', ...(namespaced && { namespace: 'b' }) };
  const whole = sample(schema, full);
  const fields = isFields(whole) ? whole : {};
  return { ...fields, apiVersion, kind, metadata };
}

function sample(schema: Subschema | undefined, full: boolean, index = 0): unknown {
  if (typeof schema !== 'object') return {};
  if (schema['x-kubernetes-int-or-string']) return schema.pattern ? text(schema, index) : 1 + index;
  if (schema.enum) return schema.enum.filter((value) => value !== null)[index] ?? schema.enum[0];
  switch (schema.type) {
    case 'object':
      return object(schema, full, index);
    case 'array':
      return Array.from({ length: Math.max(schema.minItems ?? 0, full ? 1 : 0) }, (_, at) =>
        sample(schema.items, full, at),
      );
    case 'string':
      return text(schema, index);
    case 'integer':
    case 'number':
      return amount(schema, index);
    case 'boolean':
      return true;
    default:
      return { any: 'thing' };
  }
}

function object(schema: SourceSchema, full: boolean, index: number): Fields {
  const { properties = {}, additionalProperties, required = [] } = schema;
  const names = Object.keys(properties).filter((name) => full || required.includes(name));
  const fields = Object.fromEntries(names.map((name) => [name, sample(properties[name], full, index)]));
  if (additionalProperties && (full || schema.minProperties)) fields.key = sample(additionalProperties, full);
  if (!schema['x-kubernetes-embedded-resource']) return fields;
  return { ...fields, apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
}

function text(schema: SourceSchema, index: number): string {
  const { minLength = 0, maxLength = 1e6, format } = schema;
  const pattern = expression(schema.pattern);
  const first = format !== undefined && Object.hasOwn(valid, format) ? [valid[format] ?? ''] : [];
  const padded = texts.map((one) => one.padEnd(minLength, 'a'));
  const fitting = [...first, ...texts.slice(1), ...padded].filter(
    (one) => [...one].length >= minLength && [...one].length <= maxLength && pattern.test(one),
  );
  return fitting[index] ?? fitting[0] ?? '';
}

/** A text of each format that not just any text has. */
const valid: Readonly<Record<string, string>> = {
  bsonobjectid: '507f1f77bcf86cd799439011',
  byte: 'YQ==',
  cidr: '10.0.0.0/8',
  creditcard: '4111111111111111',
  date: '2024-02-29',
  'date-time': '2024-01-01T00:00:00Z',
  datetime: '2024-01-01T00:00:00Z',
  duration: '1h',
  email: 'a@b.io',
  hexcolor: '#ff0000',
  hostname: 'example.com',
  ipv4: '10.0.0.1',
  ipv6: '::1',
  isbn: '0306406152',
  isbn10: '0306406152',
  isbn13: '9780306406157',
  'k8s-long-name': 'a.b',
  'k8s-short-name': 'a-b',
  mac: '01:02:03:04:05:06',
  rgbcolor: 'rgb(1,2,3)',
  ssn: '123-45-6789',
  uri: 'http://a.io',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  uuid3: '123e4567-e89b-32d3-c456-426614174000',
  uuid4: '123e4567-e89b-42d3-a456-426614174000',
  uuid5: '123e4567-e89b-52d3-a456-426614174000',
};

function expression(pattern: string | undefined): RegExp {
  try {
    return new RegExp(pattern ?? '');
  } catch {
    // Written for Go only: just any text, which the judge then refuses where it does not fit.
    return /(?:)/;
  }
}

function amount(schema: SourceSchema, index: number): number {
  const { minimum, maximum, multipleOf } = schema;
  const step = Number(multipleOf ?? 1);
  const low = minimum === undefined ? Math.min(1, Number(maximum ?? 1)) : Number(minimum);
  return (Math.ceil(low / step) + index + (schema.exclusiveMinimum ? 1 : 0)) * step;
}

/** Instances that differ from a valid one in one place; at most `most` of each class, spread over the places. */
export function mutate(resource: Resource, from: Fields, most: number): Instance[] {
  const sites = sitesOf({ schema: resource.schema, value: from, path: [] }).filter(
    ({ path }) => path[0] !== 'metadata',
  );
  const all = new Map<string, Instance[]>();
  const add = (name: string, path: Path, value: unknown) => {
    const list = all.get(name) ?? [];
    list.push({ class: name, path: path.join('.'), value: put(from, path, value) });
    all.set(name, list);
  };
  for (const site of sites) {
    for (const [name, value] of changes(site)) if (site.path.length > 0) add(name, site.path, value);
  }
  for (const [name, path, value] of metadata) add(name, path, value);
  return [...all.values()].flatMap((list) => spread(list, most));
}

function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, at) => list[Math.floor((at * list.length) / most)]).flatMap(
    (one) => one ?? [],
  );
}

function sitesOf(site: Site): Site[] {
  const { schema, value, path } = site;
  if (Array.isArray(value) && typeof schema.items === 'object') {
    const { items } = schema;
    return [site, ...value.flatMap((one, at) => sitesOf({ schema: items, value: one, path: [...path, at] }))];
  }
  if (!isFields(value)) return [site];
  const inner = Object.entries(value).flatMap(([name, one]) => {
    const own = schema.properties?.[name] ?? schema.additionalProperties;
    return typeof own === 'object' ? sitesOf({ schema: own, value: one, path: [...path, name] }) : [];
  });
  return [site, ...inner];
}

const absent = Symbol('absent');
type Change = readonly [name: string, value: unknown];

function changes(site: Site): Change[] {
  const { schema, value } = site;
  const own = schema['x-kubernetes-int-or-string'] ? intOrString(schema) : typed(schema);
  return [
    ...own,
    ...nulls(schema),
    ...enums(schema),
    ...(typeof value === 'string' ? strings(schema) : []),
    ...(typeof value === 'number' ? numbers(schema) : []),
    ...(Array.isArray(value) ? lists(schema, value) : []),
    ...(isFields(value) ? objects(schema, value) : []),
    ...junctions(schema, value),
  ];
}

/** Not an empty list for a text with a format, which the server takes by a quirk (seen with v0.36.3). */
function typed({ type, format }: SourceSchema): Change[] {
  if (type === undefined) return wrong.map((one) => ['any value', one]);
  const quirk = (one: unknown) => type === 'string' && format !== undefined && Array.isArray(one);
  const own = wrong.filter(
    (one) => quirk(one) || type === nameOf(one) || (type === 'number' && typeof one === 'number'),
  );
  return wrong.filter((one) => !own.includes(one)).map((one) => ['wrong type', one]);
}

function intOrString(schema: SourceSchema): Change[] {
  const plain: Change[] = [3, -3, '3', '30%', '', 2.5, true, [], {}, ['3']].map((one) => ['int-or-string', one]);
  return [...plain, ...strings(schema), ...numbers(schema)];
}

/** Not where the enum lists null, which the server refuses by a quirk, or a default would take its place. */
function nulls({ nullable, enum: values, default: fallback }: SourceSchema): Change[] {
  if (values?.includes(null) || fallback !== undefined) return [];
  return [[nullable ? 'null where nullable' : 'null', null]];
}

function enums({ enum: values }: SourceSchema): Change[] {
  if (!values) return [];
  const others = ['not-listed', '', String(values[0]).toUpperCase(), 99];
  return [...values.filter((one) => one !== null), ...others].map((one) => ['enum', one]);
}

function strings(schema: SourceSchema): Change[] {
  const { pattern, format, minLength, maxLength } = schema;
  const lengths = [minLength, maxLength].flatMap((one) => (one === undefined ? [] : [one - 1, one, one + 1]));
  const long = lengths.filter((one) => one >= 0 && one < 5000).flatMap((one) => ['a'.repeat(one), '😀'.repeat(one)]);
  return [
    ...long.map((one): Change => ['length', one]),
    ...(pattern === undefined ? [] : texts.map((one): Change => ['pattern', one])),
    ...(format === undefined ? [] : texts.map((one): Change => ['format of text', one])),
  ];
}

/** Not fractions as bounds of integers or as factors, which the server rounds by a quirk. */
function numbers({ minimum, maximum, multipleOf, format, type }: SourceSchema): Change[] {
  const bounds = [minimum, maximum].flatMap((one) => (one === undefined ? [] : [Number(one)]));
  const around = bounds
    .filter((one) => Number.isInteger(one) || type === 'number')
    .flatMap((one) => [one - 1, one, one + 1]);
  const whole = Number.isInteger(Number(multipleOf ?? 0.5)) ? [0, 1, Number(multipleOf), Number(multipleOf) * 3] : [];
  const edges = format === 'int32' ? [2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1] : [];
  const floats = format === 'float' ? [3.4e38, 3.5e38, -3.5e38] : [];
  return [
    ...around.map((one): Change => ['bounds', one]),
    ...whole.map((one): Change => ['multiple', one]),
    ...[...edges, ...floats].map((one): Change => ['format of number', one]),
    ...(type === 'integer' ? [['whole number', 4.0] as const, ['whole number', 4.5] as const] : []),
  ];
}

function lists(schema: SourceSchema, value: readonly unknown[]): Change[] {
  const [first] = value;
  const counts = [schema.minItems, schema.maxItems].flatMap((one) =>
    one === undefined ? [] : [one - 1, one, one + 1],
  );
  const sized = counts
    .filter((one) => one >= 0 && one < 200)
    .map(
      (one): Change => ['count', Array.from({ length: one }, (_, at) => value[at] ?? sample(schema.items, true, at))],
    );
  const kind = schema['x-kubernetes-list-type'];
  if (first === undefined) return sized;
  const twice: Change[] = [
    [kind === 'set' ? 'set' : kind === 'map' ? 'map, equal elements' : 'list', [...value, first]],
  ];
  return [...sized, ...twice, ...keyed(schema, value)];
}

/** Elements of a list of type map with equal keys that differ otherwise, which no draft can tell. */
function keyed(schema: SourceSchema, value: readonly unknown[]): Change[] {
  const [first] = value;
  if (schema['x-kubernetes-list-type'] !== 'map' || !isFields(first) || typeof schema.items !== 'object') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const optional = Object.keys(first).find((name) => !keys.includes(name) && !requiredOf(schema.items).includes(name));
  if (optional === undefined) return [];
  const { [optional]: _, ...rest } = first;
  return [['map, equal keys', [...value, rest]]];
}

function requiredOf(schema: Subschema | undefined): readonly string[] {
  return typeof schema === 'object' ? (schema.required ?? []) : [];
}

function objects(schema: SourceSchema, value: Fields): Change[] {
  const without = (name: string) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  const missing = (schema.required ?? []).map((name): Change => ['missing', without(name)]);
  const unknown: Change = [
    schema['x-kubernetes-preserve-unknown-fields'] ? 'preserved field' : 'unknown field',
    { ...value, zzz: 1 },
  ];
  const values = typeof schema.additionalProperties === 'object' ? wrong : [];
  const counts = [schema.minProperties, schema.maxProperties].flatMap((one) =>
    one === undefined ? [] : [one - 1, one, one + 1],
  );
  return [
    ...missing,
    ...(schema.additionalProperties === undefined ? [unknown] : []),
    ...values.map((one): Change => ['map value', { ...value, other: one }]),
    ...counts.filter((one) => one >= 0).map((one): Change => ['count', sized(schema, value, one)]),
    ...(schema['x-kubernetes-embedded-resource'] ? embedded(value) : []),
  ];
}

function sized(schema: SourceSchema, value: Fields, count: number): Fields {
  const fields = Object.entries(value).slice(0, count);
  while (fields.length < count) fields.push([`k${fields.length}`, sample(schema.additionalProperties, true)]);
  return Object.fromEntries(fields);
}

function embedded(value: Fields): Change[] {
  const { kind: _kind, ...kindless } = value;
  const { apiVersion: _version, ...versionless } = value;
  const others = [
    kindless,
    versionless,
    ...['', 'a b', 'a/b', '-', 5].map((kind) => ({ ...value, kind })),
    ...['', '/', 'a/b', 'a/b/c', 5].map((apiVersion) => ({ ...value, apiVersion })),
    ...['A', '..', 'a/b', 'a%b', '', 5].map((name) => ({ ...value, metadata: { name } })),
    ...metadata.filter(([, path]) => path[1] === 'labels').map(([, , labels]) => ({ ...value, metadata: { labels } })),
    { ...value, metadata: 'text' },
    { ...value, metadata: null },
  ];
  return others.map((one) => ['embedded resource', one]);
}

/** Every other set of fields, or every text, since which of them a junction takes, only the judge knows. */
function junctions(schema: SourceSchema, value: unknown): Change[] {
  if (!(schema.allOf ?? schema.anyOf ?? schema.oneOf ?? schema.not)) return [];
  if (schema['x-kubernetes-int-or-string']) return [];
  if (!isFields(value)) return [...texts.slice(0, 60), ...[0, 1, 2, 3, 5, 10, 11, 100]].map((one) => ['junction', one]);
  const names = Object.keys(value);
  const without = (...gone: string[]) =>
    Object.fromEntries(Object.entries(value).filter(([key]) => !gone.includes(key)));
  const pairs = names.flatMap((one, at) => names.slice(at).map((other) => without(one, other)));
  const alone = names.map((one) => without(...names.filter((other) => other !== one)));
  return [...pairs, ...alone, {}].map((one) => ['junction', one]);
}

const metadata: readonly (readonly [string, Path, unknown])[] = [
  ...['B', 'a b', 'a.b', '', `${'a'.repeat(254)}`, 5].map((one) => ['metadata', ['metadata', 'name'], one] as const),
  ...[
    { a: 'b' },
    { 'a.io/b': '' },
    { a: 5 },
    { 'a b': 'c' },
    { a: '-' },
    { 'A/b': 'c' },
    { a: 'x'.repeat(64) },
    'a',
    null,
  ].map((one) => ['metadata', ['metadata', 'labels'], one] as const),
  ...[{ 'A.io/b': 'any thing' }, { '-': 'x' }, { a: 1 }].map(
    (one) => ['metadata', ['metadata', 'annotations'], one] as const,
  ),
  ...[['a.io/b'], ['a b'], [5], 'a'].map((one) => ['metadata', ['metadata', 'finalizers'], one] as const),
  ...[{}, { apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u' }, { apiVersion: 'v1', kind: 'A', name: 'a' }].map(
    (one) => ['metadata', ['metadata', 'ownerReferences'], [one]] as const,
  ),
  ...['2024-01-01T00:00:00Z', 'yesterday', 5].map(
    (one) => ['metadata', ['metadata', 'creationTimestamp'], one] as const,
  ),
  ...['Other', 5, null, absent].map((one) => ['type', ['kind'], one] as const),
  ...['v1', 'a.io/v9', 5, absent].map((one) => ['type', ['apiVersion'], one] as const),
];

function put(root: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(root)) return root.map((one, at) => (at === step ? put(one, rest, value) : one));
  const fields: Fields = isFields(root) ? { ...root } : {};
  const inner = put(fields[step], rest, value);
  if (inner === absent) delete fields[step];
  else fields[step] = inner;
  return fields;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
