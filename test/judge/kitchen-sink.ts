// Definitions made by hand, with every keyword that the sampled ones use rarely or never.

const formats = [
  'bsonobjectid',
  'byte',
  'cidr',
  'creditcard',
  'date',
  'date-time',
  'datetime',
  'duration',
  'email',
  'hexcolor',
  'hostname',
  'ipv4',
  'ipv6',
  'isbn',
  'isbn10',
  'isbn13',
  'mac',
  'password',
  'rgbcolor',
  'ssn',
  'uri',
  'uuid',
  'uuid3',
  'uuid4',
  'uuid5',
  'k8s-short-name',
  'k8s-long-name',
  'made-up',
];
/** By expression, a text that it matches. */
const patterns: Readonly<Record<string, string>> = {
  '^[a-z]+$': 'abc',
  '(?i)^abc$': 'ABC',
  '^(?:a|b)$': 'a',
  '^\\w+$': 'a',
  '\\s': 'a b',
  '^[[:alpha:]]+$': 'a',
  '^[^[:space:]]*$': 'a',
  '^(?P<n>a)b?$': 'a',
  '\\Aa\\z': 'a',
  '^\\pL+$': 'a',
  '^.$': 'a',
  '^[\\w-]+$': 'a',
  '^\\Qa.b\\E$': 'a.b',
  '^a{1,2}$': 'a',
  '(?s)^a.b$': 'a.b',
  '^\\d+%$': '10%',
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$': 'a',
  '\\/': 'a/b',
  '^[\\-a]+$': 'a',
  '(?m)^b$': 'b',
  '^[]a]+$': 'a',
  '^\\x61$': 'a',
  '[^a-z]': 'A',
  '\\bb\\b': 'b',
  '^[K-k]$': 'a',
  '(?i)ſ': 'ſ',
};

const text = (more: object = {}) => ({ type: 'string', ...more });
const whole = (more: object = {}) => ({ type: 'integer', ...more });
const named = (list: readonly string[], make: (one: string) => object) =>
  Object.fromEntries(list.map((one, index) => [`f${index}`, make(one)]));
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

const parts: Readonly<Record<string, object>> = {
  formats: object(named(formats, (format) => text({ format }))),
  patterns: object(named(Object.keys(patterns), (pattern) => text({ pattern }))),
  numbers: object({
    int32: whole({ format: 'int32' }),
    int64: whole({ format: 'int64' }),
    float: { type: 'number', format: 'float' },
    double: { type: 'number', format: 'double' },
    low: whole({ minimum: 3 }),
    above: whole({ minimum: 3, exclusiveMinimum: true }),
    high: whole({ maximum: 10 }),
    below: { type: 'number', maximum: 10, exclusiveMaximum: true },
    between: whole({ minimum: 0, maximum: 10, multipleOf: 5 }),
    flagAlone: whole({ exclusiveMinimum: true }),
    narrow: whole({ format: 'int32', minimum: -5, maximum: 10 }),
  }),
  nullable: object({
    text: text({ nullable: true, minLength: 2 }),
    enum: text({ nullable: true, enum: ['a', 'b'] }),
    list: { type: 'array', nullable: true, items: text({ nullable: true }) },
    object: object({ a: text() }, { nullable: true, required: ['a'] }),
    allOf: whole({ nullable: true, allOf: [{ minimum: 2 }] }),
    anyOf: text({ nullable: true, anyOf: [{ pattern: '^a' }, { maxLength: 1 }] }),
    not: whole({ nullable: true, not: { minimum: 5 } }),
    intOrString: { 'x-kubernetes-int-or-string': true, nullable: true },
    preserved: { 'x-kubernetes-preserve-unknown-fields': true, nullable: true },
  }),
  intOrString: object({
    plain: { 'x-kubernetes-int-or-string': true },
    customary: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    pattern: { 'x-kubernetes-int-or-string': true, pattern: '^(100|[1-9]?\\d)%$' },
    bounds: { 'x-kubernetes-int-or-string': true, minimum: 0, maximum: 10 },
    allOf: {
      'x-kubernetes-int-or-string': true,
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { maxLength: 3 }],
    },
    list: { type: 'array', items: { 'x-kubernetes-int-or-string': true } },
  }),
  unknown: object({
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    open: object({ a: text() }, { 'x-kubernetes-preserve-unknown-fields': true }),
    closed: object({ a: text() }),
    map: { type: 'object', additionalProperties: whole() },
    mapOfLists: { type: 'object', additionalProperties: { type: 'array', items: text() } },
    free: { type: 'object', additionalProperties: true },
    none: object({ a: text() }, { 'x-kubernetes-map-type': 'atomic' }),
    counted: { type: 'object', additionalProperties: text(), minProperties: 1, maxProperties: 2 },
  }),
  embedded: object({
    bare: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    described: object({ spec: object({ a: text() }) }, { 'x-kubernetes-embedded-resource': true }),
    named: object(
      { metadata: object({ name: text({ maxLength: 5 }) }), data: { type: 'object', additionalProperties: text() } },
      { 'x-kubernetes-embedded-resource': true },
    ),
  }),
  lists: object({
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text() },
    numbers: { type: 'array', 'x-kubernetes-list-type': 'set', items: whole() },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: object({ name: text(), value: whole() }, { required: ['name'] }),
    },
    atomic: { type: 'array', 'x-kubernetes-list-type': 'atomic', items: text() },
    counted: { type: 'array', items: text(), minItems: 1, maxItems: 3 },
    nested: { type: 'array', items: { type: 'array', items: whole() } },
  }),
  texts: object({
    counted: text({ minLength: 2, maxLength: 4 }),
    both: text({ pattern: '^[a-z]', maxLength: 3 }),
    formatted: text({ format: 'date', pattern: '^2024' }),
    enum: text({ enum: ['a', 'b', 'C'] }),
  }),
  enums: object({
    numbers: whole({ enum: [1, 2, 3] }),
    mixed: { 'x-kubernetes-int-or-string': true, enum: [1, 'a'] },
    objects: object({ a: whole() }, { enum: [{ a: 1 }, {}] }),
    flag: { type: 'boolean', enum: [true] },
    nulls: text({ nullable: true, enum: ['a', null] }),
  }),
  required: object({ must: text(), filled: text({ default: 'x' }), free: text() }, { required: ['must', 'filled'] }),
  oneOf: object({ a: text(), b: text(), c: whole() }, { oneOf: [{ required: ['a'] }, { required: ['b', 'c'] }] }),
  anyOf: object(
    { a: text(), b: whole() },
    {
      anyOf: [
        { properties: { a: { minLength: 2 } }, required: ['a'] },
        { properties: { b: { minimum: 5 } }, required: ['b'] },
      ],
    },
  ),
  allOf: object(
    { a: text(), b: text() },
    { allOf: [{ anyOf: [{ required: ['a'] }, { required: ['b'] }] }, { not: { required: ['a', 'b'] } }] },
  ),
  not: object(
    { a: text(), b: text({ not: { enum: ['a', 'b'] } }) },
    { not: { required: ['a'], properties: { a: { enum: ['ab'] } } } },
  ),
  ignored: object({
    const: text({ const: 'b' }),
    slip: text({ requierd: ['a'], name: 'slip' }),
    list: { type: 'array', items: text(), contains: { enum: ['b'] } },
    object: object({ a: text() }, { dependentRequired: { a: ['b'] }, propertyNames: { enum: [] } }),
  }),
  scalars: object({
    oneOf: text({ oneOf: [{ format: 'ipv4' }, { pattern: '^a' }] }),
    anyOf: whole({ anyOf: [{ maximum: 1 }, { minimum: 10 }] }),
    items: { type: 'array', items: text(), not: { items: { enum: ['a'] } } },
  }),
};

const definition = (kind: string, schema: object) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.sink.example.com` },
  spec: {
    group: 'sink.example.com',
    names: { kind, plural: `${kind.toLowerCase()}s` },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
});

/** Values of the parts of which not just any is valid. */
const valid: Readonly<Record<string, unknown>> = {
  patterns: Object.fromEntries(Object.values(patterns).map((one, index) => [`f${index}`, one])),
  nullable: {
    text: 'ab',
    enum: 'a',
    list: ['a'],
    object: { a: 'a' },
    allOf: 2,
    anyOf: 'a',
    not: 1,
    intOrString: 1,
    preserved: {},
  },
  oneOf: { b: 'ab', c: 1 },
  anyOf: { a: 'ab', b: 7 },
  allOf: { a: 'ab' },
  not: { b: 'c' },
  scalars: { oneOf: '10.0.0.1', anyOf: 0, items: ['b'] },
};

/** One definition for each part, with a `spec` where one with all fields is not valid. */
export const kitchenSink: readonly { readonly crd: object; readonly spec?: unknown }[] = Object.entries(parts).map(
  ([name, part]) => ({
    crd: definition(`Sink${name[0]?.toUpperCase()}${name.slice(1)}`, object({ spec: part })),
    ...(valid[name] !== undefined && { spec: valid[name] }),
  }),
);
