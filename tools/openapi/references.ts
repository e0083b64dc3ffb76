import { CodedError } from '../error.ts';
import type { Subschema } from './schema.ts';

/**
 * Finds what `$ref` points to: a JSON pointer into one document (RFC 6901), as a fragment.
 *
 * Other files and addresses are refused, as is a pointer to nothing and one that only leads back to itself.
 */
export function resolveReference(document: unknown, pointer: string, path: string): Subschema {
  const passed = new Set<string>();
  let next = pointer;
  for (;;) {
    if (passed.has(next)) {
      const seen = `$ref ${[...passed, next].join(' to ')}`;
      throw new CodedError('OPENAPI_REF_CYCLE', path, seen, 'let one of them describe something');
    }
    passed.add(next);
    const found = find(document, next, path);
    const onward = onlyReference(found);
    if (onward === undefined) return find(document, pointer, path);
    next = onward;
  }
}

function find(document: unknown, pointer: string, path: string): Subschema {
  if (typeof pointer !== 'string' || !/^#(?:\/|$)/.test(pointer)) {
    const remedy = 'bundle the schema into one document; only references like #/components/schemas/Name are followed';
    throw new CodedError('OPENAPI_REF', path, `$ref ${JSON.stringify(pointer)}`, remedy);
  }
  let found: unknown = document;
  for (const segment of segmentsOf(pointer)) {
    const inside = typeof found === 'object' && found !== null && Object.hasOwn(found, segment);
    if (!inside) throw new CodedError('OPENAPI_REF', path, `$ref ${pointer} points to nothing`, 'correct the pointer');
    found = Reflect.get(Object(found), segment);
  }
  const fits = typeof found === 'boolean' || (typeof found === 'object' && found !== null && !Array.isArray(found));
  if (!fits) throw new CodedError('OPENAPI_REF', path, `$ref ${pointer} points to no schema`, 'correct the pointer');
  // Whether it is a schema throughout shows when it is converted.
  return found as Subschema;
}

/** The names on the way of a pointer. */
export function segmentsOf(pointer: string): string[] {
  const names = pointer.slice(1).split('/').slice(1);
  return names.map((name) => unescapePercent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function onlyReference(schema: Subschema): string | undefined {
  if (typeof schema === 'boolean' || schema.$ref === undefined) return undefined;
  return Object.keys(schema).length === 1 ? schema.$ref : undefined;
}
