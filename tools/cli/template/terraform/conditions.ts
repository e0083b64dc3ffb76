import type { Expression } from '@cdktn/hcl2json';
import type { StructuralSchema } from '../../../openapi/index.ts';
import { literalOf } from './hcl.ts';

/** A schema with what conditions say of its values, and the text of those that it can't say. */
interface Constrained {
  readonly schema: StructuralSchema;
  readonly lost: readonly string[];
}

/**
 * Puts a condition about the value `self` into the schema of that value, as far as every value that is then refused
 * is one that Terraform refuses. A form never submits null, so what holds for null need not be said.
 */
export async function constrain(schema: StructuralSchema, condition: Expression, self: string): Promise<Constrained> {
  let result = schema;
  const lost: string[] = [];
  for (const part of partsOf(condition, self)) {
    const said = await keywordsOf(part, result, self);
    const isTaken = Object.entries(said ?? {}).some(([key, value]) => {
      const present = Reflect.get(result, key);
      return key !== 'items' && key !== 'additionalProperties' && present !== undefined && present !== value;
    });
    if (said === undefined || isTaken) lost.push(part.meta?.value ?? '');
    else result = { ...result, ...said };
  }
  return { schema: result, lost };
}

/** What must all hold. */
function partsOf(condition: Expression, self: string): readonly Expression[] {
  const node = bare(condition);
  const [first, second, third] = node.children.map(bare);
  if (first === undefined || second === undefined) return [node];
  if (isOperator(node, 'logicalAnd')) return [...partsOf(first, self), ...partsOf(second, self)];
  if (isOperator(node, 'logicalOr') && isNullTest(first, self)) return partsOf(second, self);
  const isGuarded = node.type === 'conditional' && isNullTest(first, self) && second.meta?.value === 'true';
  return isGuarded && third !== undefined ? partsOf(third, self) : [node];
}

async function keywordsOf(
  node: Expression,
  schema: StructuralSchema,
  self: string,
): Promise<StructuralSchema | undefined> {
  const [first, second] = node.children.map(bare);
  if (isCall(node, 'contains') && first?.type === 'tuple' && is(second, self)) return oneOf(first.children, schema);
  if (isCall(node, 'can') && isCall(first, 'regex')) return patternOf(first.children, schema, self);
  if (isCall(node, 'alltrue') && first?.type === 'for') return ofEach(first, schema, self);
  if (isOperator(node, 'logicalOr')) {
    const values = alternatives(node, self);
    return values && oneOf(values, schema);
  }
  if (node.type !== 'binaryOp' || first === undefined || second === undefined) return undefined;
  const number = await literalOf(second);
  const operator = node.meta?.operator ?? '';
  if (typeof number !== 'number') return undefined;
  if (is(first, self) && schema.type === 'number') return bounds[operator]?.(number);
  if (isCall(first, 'length') && is(first.children[0], self)) return lengthOf(operator, number, schema);
  const [pattern, ...rest] = isCall(first, 'length') ? first.children.map(bare) : [];
  const isFound = operator === 'greaterThan' && number === 0 && rest.length === 0 && isCall(pattern, 'regexall');
  return isFound ? patternOf(pattern?.children ?? [], schema, self) : undefined;
}

async function oneOf(nodes: readonly Expression[], { type }: StructuralSchema): Promise<StructuralSchema | undefined> {
  const values = await Promise.all(nodes.map(literalOf));
  const allowed = values.flatMap((value) => (value !== undefined && typeof value === type ? [value] : []));
  return allowed.length === values.length && allowed.length > 0 ? { enum: allowed } : undefined;
}

/** The values of `self == a || self == b`. */
function alternatives(node: Expression, self: string): readonly Expression[] | undefined {
  const [first, second] = node.children.map(bare);
  if (first === undefined || second === undefined) return undefined;
  if (isOperator(node, 'equal')) return is(first, self) ? [second] : undefined;
  if (!isOperator(node, 'logicalOr')) return undefined;
  const [left, right] = [alternatives(first, self), alternatives(second, self)];
  return left && right && [...left, ...right];
}

async function patternOf(args: readonly Expression[], { type }: StructuralSchema, self: string) {
  const [pattern, subject] = args;
  const text = pattern && is(subject, self) && type === 'string' ? await literalOf(pattern) : undefined;
  return typeof text === 'string' ? { pattern: text } : undefined;
}

/** Of each item of a list or set, or each value of a map. */
async function ofEach(loop: Expression, schema: StructuralSchema, self: string): Promise<StructuralSchema | undefined> {
  const [collection, condition, ...filter] = loop.children;
  const { items, additionalProperties: values } = schema;
  const inner = items ?? (typeof values === 'object' ? values : undefined);
  const name = loop.meta?.valVar;
  if (!is(collection, self) || condition === undefined || filter.length > 0) return undefined;
  if (inner === undefined || name === undefined) return undefined;
  const { schema: constrained, lost } = await constrain(inner, condition, name);
  if (lost.length > 0) return undefined;
  return items ? { items: constrained } : { additionalProperties: constrained };
}

const bounds: Readonly<Record<string, (number: number) => StructuralSchema>> = {
  greaterThan: (minimum) => ({ minimum, exclusiveMinimum: true }),
  greaterThanOrEqual: (minimum) => ({ minimum }),
  lessThan: (maximum) => ({ maximum, exclusiveMaximum: true }),
  lessThanOrEqual: (maximum) => ({ maximum }),
};

const lengths: Readonly<Record<string, (length: number) => { least?: number; most?: number }>> = {
  greaterThan: (length) => ({ least: length + 1 }),
  greaterThanOrEqual: (length) => ({ least: length }),
  lessThan: (length) => ({ most: length - 1 }),
  lessThanOrEqual: (length) => ({ most: length }),
  equal: (length) => ({ least: length, most: length }),
};

function lengthOf(operator: string, length: number, { type }: StructuralSchema): StructuralSchema | undefined {
  const { least, most } = lengths[operator]?.(length) ?? {};
  if (!Number.isSafeInteger(length) || (least ?? most ?? -1) < 0) return undefined;
  const what = type === 'array' ? 'Items' : type === 'object' ? 'Properties' : 'Length';
  // Terraform counts what a reader takes for a character, of which one may be many characters of JSON.
  if (what === 'Length' && (type !== 'string' || most !== undefined)) return undefined;
  return { ...(least !== undefined && { [`min${what}`]: least }), ...(most !== undefined && { [`max${what}`]: most }) };
}

/** An expression without the brackets around it. */
function bare(node: Expression): Expression {
  const [inner] = node.children;
  return node.type === '' && inner !== undefined ? bare(inner) : node;
}

const is = (node: Expression | undefined, name: string): boolean =>
  node?.type === 'scopeTraversal' && node.meta?.value === name;

const isCall = (node: Expression | undefined, name: string): node is Expression =>
  node?.type === 'function' && node.meta?.name === name;

const isOperator = ({ type, meta }: Expression, name: string): boolean =>
  type === 'binaryOp' && meta?.operator === name;

const isNullTest = (node: Expression, self: string): boolean =>
  isOperator(node, 'equal') && is(node.children[0], self) && node.children[1]?.meta?.value === 'null';
