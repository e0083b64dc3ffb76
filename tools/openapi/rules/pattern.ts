import { CodedError } from '../../error.ts';
import type { Rule } from './rule.ts';

// Inside a `u` expression ECMA-262 lets only these be escaped; Go lets any ASCII punctuation be.
const escapable = '^$\\.*+?()[]{}|/';

/**
 * `pattern`: Go's dialect (RE2) to ECMA-262 with the `u` flag, which ajv compiles with.
 *
 * Needless escapes are undone. Flags, named classes and anything else that ECMA-262 does not parse is refused, since a
 * pattern that does not compile makes the whole schema useless.
 */
export const pattern: Rule = {
  keywords: ['pattern'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema.pattern === undefined) return;
    const translated = ecmaPattern(schema.pattern);
    if (translated === undefined) {
      const remedy = 'write it in the part of the dialect that Go and ECMA-262 share';
      throw new CodedError('OPENAPI_PATTERN', context.path(), `pattern ${JSON.stringify(schema.pattern)}`, remedy);
    }
    out.pattern = translated;
  },
};

function ecmaPattern(source: string): string | undefined {
  const dialect = /\\[AzQEpPCaU]|\[\[:|\(\?P|\(\?[imsU-]/.test(source.replaceAll('\\\\', ''));
  if (dialect) return undefined;
  const plain = source.replace(/\\([!-~])/g, (whole, char: string) => {
    if (/\w/.test(char) && char !== '_') return whole;
    return escapable.includes(char) || char === '-' ? whole : char;
  });
  // A dash may be escaped only inside a class, where dropping the escape could turn it into a range.
  for (const candidate of [plain, plain.replaceAll('\\-', '-')]) {
    if (parses(candidate)) return candidate;
  }
  return undefined;
}

function parses(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
