import fc from 'fast-check';

/** Names that a JavaScript object treats in a way of its own. */
const prototypeNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

/** Text that means something to one of those who read what we write: IAM, a shell, YAML, JSON, templates, regexes. */
export const hostileTexts: readonly string[] = [
  '',
  '*',
  'a*b',
  '?',
  '../../etc/passwd',
  `\${aws:username}`,
  '"}],"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}',
  "'; touch /tmp/owned #",
  '$(id)',
  '`id`',
  '{{ .Values.x }}',
  `\${{ steps.x.output }}`,
  '<script>alert(1)</script>',
  '\u0000',
  '\u2028',
  'a\nb: c',
  '\ud800',
  '- &a [*a]',
  '1e999',
  '0x10',
  'NaN',
  'true',
  'x'.repeat(5000),
  'arn:aws:iam::aws:policy/AdministratorAccess',
  'arn:aws:s3:::*',
  ...prototypeNames,
];

const deep = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'deep');

/** A value of a kind that the place it is put in hardly expects. */
const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(null, true, false, 0, -1, 0.5, 1e21, Number.MAX_SAFE_INTEGER + 1, [], {}, [null], [[]]),
  fc.constantFrom<unknown>(
    deep(15),
    Array.from({ length: 500 }, (_, index) => index),
  ),
  fc.constantFrom(...prototypeNames).map((name) => JSON.parse(`{"${name}": {"polluted": true}}`)),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** One change of a value: at which of its members, and to what. */
interface Mutation {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'rename' | 'add' | 'swap';
  readonly value: unknown;
  readonly name: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'add', 'swap'),
  value: hostileValues,
  name: fc.constantFrom(...hostileTexts),
});

/** Lists of changes; most often a few, so that most of a document keeps its sense. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 4 });

interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

/** A copy of the value with the changes made. */
export function mutated<Value>(original: Value, changes: readonly Mutation[]): Value {
  const holder: Record<string, unknown> = { value: structuredClone(original) };
  for (const { at, how, value, name } of changes) {
    const places = placesOf(holder.value);
    const place = places[at % places.length];
    if (place === undefined) break;
    const other = places[(at >> 8) % places.length] ?? place;
    change(place, how, how === 'swap' ? structuredClone(read(other)) : structuredClone(value), name);
  }
  return holder.value as Value;
}

function change({ parent, key }: Place, how: Mutation['how'], value: unknown, name: string): void {
  const old = Reflect.get(parent, key);
  if (how === 'remove' || how === 'rename') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  }
  if (how === 'remove') return;
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else if (how === 'replace' || how === 'swap') define(parent, String(key), value);
  else define(parent, name, how === 'rename' ? old : value);
}

/** As parsers do: an own property, whatever its name. */
function define(parent: object, name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

const read = ({ parent, key }: Place): unknown => Reflect.get(parent, key);

function placesOf(value: unknown, into: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return into;
  for (const key of Object.keys(value)) {
    const index = Array.isArray(value) ? Number(key) : key;
    into.push({ parent: value as Record<string, unknown> | unknown[], key: index });
    placesOf(Reflect.get(value, key), into);
  }
  return into;
}
