import type { CrdSchema } from '../../functions/core/schema.ts';
import type { CelRequestRule, CelRule } from './policy.ts';

/** The optional value at a path: `at('object', 'spec.forProvider')`. */
export const at = (object: string, path: string): string => [object, ...path.split('.')].join('.?');

/** The value at a path, or another one in its place. */
export const valueAt = (object: string, path: string, otherwise: string): string =>
  `${at(object, path)}.orValue(${otherwise})`;

/**
 * What the provider makes of a parameter: forProvider, or else initProvider, which counts at creation
 * (crossplane-runtime merges it below forProvider).
 */
export const parameter = (object: string, path: string): string =>
  `${within(object, 'spec.forProvider', path)}.or(${within(object, 'spec.initProvider', path)})`;

/** What runs, as far as a managed resource tells: what it asks for, or else what AWS reports. */
export const runs = (object: string, path: string): string =>
  `${parameter(object, path)}.or(${within(object, 'status.atProvider', path)})`;

/**
 * A path whose objects are lists of one in the first versions of cluster-scoped kinds (crossplane/upjet#387). Each part
 * is named by a comprehension, since optFlatMap writes it down twice.
 */
function within(object: string, root: string, path: string): string {
  const [first = '', ...steps] = path.split('.');
  return steps.reduce(
    (outer, step) => `[${outer}.orValue({})].map(part, type(part) == list ? part[?0].?${step} : part.?${step})[0]`,
    at(object, `${root}.${first}`),
  );
}

/** Whether the object is a request of ours, not a managed resource. */
export const isRequest = (object: string): string => `${object}.apiVersion.contains('awsblueprints.io/')`;

/**
 * What a request says in a field of its spec, where it says nothing the field's default; of a managed resource, the
 * parameter that comes of it.
 */
export function setting(object: string, field: string, schema: CrdSchema, path: string): string {
  const otherwise = schema.default === undefined ? '' : `.or(optional.of(dyn(${JSON.stringify(schema.default)})))`;
  return `(${isRequest(object)} ? ${at(object, `spec.${field}`)}${otherwise} : ${parameter(object, path)})`;
}

/** A text in CEL. */
export const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A message: code, object, what was seen (an expression), what is allowed (an expression). */
export const message = (code: string, seen: string, allowed: string): string =>
  `${text(`${code}: `)} + variables.id + ': ' + ${seen} + '; ' + (${allowed})`;

/** A list with one message if a condition holds, or an empty one. */
export const when = (condition: string, ...parts: Parameters<typeof message>): string =>
  `(${condition} ? [${message(...parts)}] : [])`;

const exempt = [
  'request.userInfo.?groups.orValue([]).exists(group, group in variables.params.?exemptGroups.orValue([]))',
  "variables.params.?exemptUserPrefixes.orValue([]).exists(prefix, request.userInfo.?username.orValue('').startsWith(prefix))",
].join(' || ');

const id =
  "variables.anyObject.kind + ' ' + variables.anyObject.metadata.?namespace.optMap(n, n + '/').orValue('') + variables.anyObject.metadata.?name.orValue(variables.anyObject.metadata.?generateName.orValue(''))";

/** Whether a managed resource makes and changes nothing in AWS. */
const observes = (object: string): string =>
  `${at(object, 'spec.managementPolicies')}.orValue(['*']).all(action, action == 'Observe')`;

/** The code of a template: what an update leaves as bad as it was is let pass, and so is whatever is being deleted. */
export function celCode(rule: CelRule | CelRequestRule): object {
  const own: Record<string, string> =
    rule.engine === 'cel-request'
      ? { ...rule.variables, findings: rule.findings }
      : {
          ...rule.variables,
          judged: 'object != null && !has(object.metadata.deletionTimestamp)',
          found: findings(rule, 'variables.judged', 'object'),
          before: findings(rule, 'variables.judged && oldObject != null', 'oldObject'),
          findings: 'variables.found.filter(finding, !(finding in variables.before))',
        };
  const variables = { id, exempt, ...own };
  return {
    engine: 'K8sNativeValidation',
    source: {
      failurePolicy: 'Fail',
      generateVAP: true,
      variables: Object.entries(variables).map(([name, expression]) => ({ name, expression })),
      validations: [
        {
          expression: 'variables.exempt || size(variables.findings) == 0',
          messageExpression: "variables.findings.join('; ')",
        },
      ],
    },
  };
}

const findings = ({ findings: lists, sparesObserved }: CelRule, condition: string, object: string): string =>
  `${condition}${sparesObserved ? ` && !${observes(object)}` : ''} ? ${lists(object).join(' + ')} : []`;
