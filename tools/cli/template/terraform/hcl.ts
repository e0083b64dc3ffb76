import type { Expression } from '@cdktn/hcl2json';
import type { JsonValue } from '../../../../functions/core/schema.ts';
import { CodedError } from '../../../error.ts';

// HashiCorp's own parser as WebAssembly: half a second and 100 MB, which no other command should pay.
const parser = () => import('@cdktn/hcl2json');

/** What a file of HCL says: blocks in lists by their labels, and expressions as text within `${` and `}`. */
export async function parseHcl(file: string, text: string): Promise<unknown> {
  // The parser descends by recursion, and is of no more use once the stack is full.
  if (depthOf(text) > 200) throw new CodedError('INPUT_SYNTAX', file, 'nested too deeply', 'correct the HCL');
  const { parse } = await parser();
  try {
    return await parse('input', text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const [, line, column, reason] = /input:(\d+),(\d+)-[\d,-]+: (.*?)\.?(?: input:\d|\]$)/s.exec(said) ?? [];
    const place = line === undefined ? file : `${file}:${line}:${column}`;
    const seen = reason?.replace('; ', ': ') ?? `cannot be read (${said.split(': ').slice(-2).join(': ')})`;
    throw new CodedError('INPUT_SYNTAX', place, seen, 'correct the HCL');
  }
}

/** How deep brackets are within brackets; those in texts are few and mostly in pairs. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

/** The text of an expression, of those that are more than a plain value. */
export function expressionIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /^\$\{(.*)\}$/s.exec(value)?.[1] : undefined;
}

/** An expression, which is one since it was parsed within a file. */
export async function expressionOf(text: string): Promise<Expression> {
  const { getExpressionAst } = await parser();
  const expression = await getExpressionAst('input', text);
  if (expression === null) throw new Error(`no expression: ${text}`);
  return expression;
}

/** The value of an expression where it needs nothing to be computed. */
export async function literalOf({ meta }: Expression): Promise<JsonValue | undefined> {
  const { parse } = await parser();
  const parsed = await parse('input', `value = ${meta?.value ?? ''}\n`);
  return isFields(parsed) ? plain(parsed.value) : undefined;
}

/** A value of a parsed file, where it is all plain. */
export function plain(value: unknown): JsonValue | undefined {
  if (typeof value === 'string') return hasTemplate.test(value) ? undefined : value.replaceAll(/([$%])\1\{/g, '$1{');
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (!isFields(value)) return undefined;
  const members = Object.entries(value).flatMap(([key, member]) => {
    const made = plain(member);
    return made === undefined ? [] : [[key, made] as const];
  });
  return members.length === Object.keys(value).length ? Object.fromEntries(members) : undefined;
}

// A doubled sign stands for itself (HCL, template literals).
const hasTemplate = /(?<![$%])[$%]\{/;

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
