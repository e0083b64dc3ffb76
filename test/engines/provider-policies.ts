import { fields, items, textOf } from '../../tools/engines/fields.ts';

/** A request as IAM judges it. */
export interface AccessRequest {
  /** The kind of principal and who it is, as `['Federated', 'arn:…']`; left out for policies that name none. */
  readonly principal?: readonly [kind: string, name: string];
  readonly action: string;
  /** Left out for trust policies, which name none. */
  readonly resource?: string;
  /** Condition keys of the request; one that is left out is absent. */
  readonly context?: Readonly<Record<string, string>>;
}

/** What the statements of one policy say about a request; without a word from any of them it is refused. */
export type Verdict = 'allowed' | 'denied' | 'not mentioned';

interface Statement {
  readonly effect: string;
  readonly principals: readonly (readonly [string, string])[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly (readonly [operator: string, key: string, values: readonly string[]])[];
}

const known = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];

/** Judge a request by a policy document, statement by statement; what it does not know in a document is an error. */
export function judge(document: unknown, request: AccessRequest): Verdict {
  const effects = statementsOf(document)
    .filter((statement) => matches(statement, request))
    .map(({ effect }) => effect);
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'not mentioned';
}

/** The statements of a policy document that allow more than one named thing: any principal, all actions, all resources. */
export function openDoors(document: unknown): string[] {
  return statementsOf(document)
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ principals, actions, resources }) => [
      ...principals.map(([, name]) => name).filter((name) => name.includes('*')),
      ...actions.filter((action) => action.includes('*')),
      // All objects of a bucket are meant; everything else is named in full.
      ...resources.filter((resource) => resource.replace(/\/\*$/, '').includes('*')),
    ]);
}

function statementsOf(document: unknown): Statement[] {
  if (fields(document).Version !== '2012-10-17') throw new Error(`unknown version in ${JSON.stringify(document)}`);
  return items(fields(document).Statement).map((statement) => {
    const read = fields(statement);
    const unknown = Object.keys(read).find((key) => !known.includes(key));
    if (unknown !== undefined) throw new Error(`the evaluator does not know ${unknown}`);
    return {
      effect: textOf(read.Effect),
      principals: principalsOf(read.Principal),
      actions: textsOf(read.Action),
      resources: textsOf(read.Resource),
      conditions: Object.entries(fields(read.Condition)).flatMap(([operator, tests]) =>
        Object.entries(fields(tests)).map(([key, values]) => [operator, key, textsOf(values)] as const),
      ),
    };
  });
}

function principalsOf(principal: unknown): (readonly [string, string])[] {
  if (typeof principal === 'string') return [[principal, principal]];
  return Object.entries(fields(principal)).flatMap(([kind, names]) =>
    textsOf(names).map((name) => [kind, name] as const),
  );
}

function textsOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : items(value).map(textOf);
}

function matches(statement: Statement, { principal, action, resource, context = {} }: AccessRequest): boolean {
  const { principals, actions, resources, conditions } = statement;
  const [kind = '', name = ''] = principal ?? [];
  const forPrincipal = principals.some(([one, who]) => one === '*' || (one === kind && (who === '*' || who === name)));
  return (
    (principals.length === 0 || forPrincipal) &&
    actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    (resources.length === 0 || resources.some((pattern) => like(pattern, resource ?? ''))) &&
    conditions.every(([operator, key, values]) => holds(operator, values, context[key]))
  );
}

/** An absent key fails these operators. */
function holds(operator: string, values: readonly string[], actual: string | undefined): boolean {
  if (operator === 'StringEquals' || operator === 'Bool') return actual !== undefined && values.includes(actual);
  if (operator === 'StringLike') return actual !== undefined && values.some((pattern) => like(pattern, actual));
  throw new Error(`the evaluator does not know the operator ${operator}`);
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's').test(text);
}
