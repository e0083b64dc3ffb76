import { fromRe2 } from '../re2.ts';
import { alsoAll, type Dialect, type Rule } from './rule.ts';

/**
 * `pattern`: from Go's dialect (RE2), in which Kubernetes reads it, to ECMA-262 with the `u` flag, which JSON Schema
 * and ajv mean. OpenAPI's own patterns are ECMA-262 already; only needless escapes are undone.
 *
 * Not expressed: what `fromRe2` can't say or Go itself does not compile, since a pattern that does not compile makes
 * the whole schema useless. It is left out and noted.
 */
export const pattern: Rule = {
  keywords: ['pattern'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.pattern === undefined || schema.pattern === '') return;
    const translated = ecmaPattern(schema.pattern, context.dialect);
    if (translated === undefined) context.lose('PATTERN_DROPPED', schema.pattern);
    else if (out.pattern === undefined) out.pattern = translated;
    else alsoAll(out, { pattern: translated });
  },
};

const known = new Map<string, string | undefined>();

/** The same expression in ECMA-262 with the `u` flag, if there is one. */
export function ecmaPattern(source: string, dialect: Dialect): string | undefined {
  const key = `${dialect === 'kubernetes' ? 'go' : 'ecma'} ${source}`;
  if (!known.has(key)) known.set(key, dialect === 'kubernetes' ? translated(source) : plain(source));
  return known.get(key);
}

function translated(source: string): string | undefined {
  const expression = fromRe2(source);
  return expression !== undefined && parses(expression) ? expression : undefined;
}

// Inside a `u` expression ECMA-262 lets only these be escaped; without it, any punctuation.
const escapable = '^$\\.*+?()[]{}|/';

function plain(source: string): string | undefined {
  if (parses(source)) return source;
  const bare = source.replace(/\\([!-~])/g, (whole, char: string) => {
    if (/\w/.test(char) && char !== '_') return whole;
    return escapable.includes(char) || char === '-' ? whole : char;
  });
  // A dash may be escaped only inside a class, where dropping the escape could turn it into a range.
  return [bare, bare.replaceAll('\\-', '-')].find(parses);
}

function parses(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
