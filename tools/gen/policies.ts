import type { KubernetesObject } from '../../functions/core/resource.ts';
import { approvals } from '../../policies/core/approvals.ts';
import { celCode } from '../../policies/core/cel.ts';
import {
  type Case,
  exemptions,
  type Inventory,
  type Policy,
  recommendedExemptions,
} from '../../policies/core/policy.ts';
import { regoCode } from '../../policies/core/rego.ts';

/** What a constraint does where somebody breaks it. */
type Action = 'dryrun' | 'warn' | 'deny';

/** Sets of all constraints: to look, to warn, to refuse. */
export const profiles = { dryrun: 'dryrun', baseline: 'warn', production: 'deny' } as const satisfies Record<
  string,
  Action
>;
export type Profile = keyof typeof profiles;

const webhook = 'validation.gatekeeper.sh';
const apiServer = 'vap.k8s.io';

/** Where a constraint is judged: CEL by the API server itself, Rego by Gatekeeper's webhook. A point left out is off. */
const pointsOf = ({ rule }: Policy): readonly string[] => [
  rule.engine === 'rego' ? webhook : apiServer,
  'audit.gatekeeper.sh',
  'gator.gatekeeper.sh',
];

/** The ConstraintTemplate of a policy. */
export function templateOf(policy: Policy): KubernetesObject {
  const { kind, rule, title, parameters } = policy;
  const inventory = rule.engine === 'rego' ? (rule.inventory ?? []) : [];
  return {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: {
      name: kind.toLowerCase(),
      annotations: {
        description: title,
        ...(inventory.length > 0 && { 'metadata.gatekeeper.sh/requires-sync-data': syncData(inventory) }),
      },
    },
    spec: {
      crd: {
        spec: {
          names: { kind },
          validation: {
            openAPIV3Schema: { ...parameters, properties: { ...parameters.properties, ...exemptions } },
          },
        },
      },
      targets: [
        {
          target: 'admission.k8s.gatekeeper.sh',
          code: [rule.engine === 'rego' ? regoCode(kind.toLowerCase(), rule) : celCode(rule)],
        },
      ],
    },
  };
}

/** Requirements, each fulfilled by every kind of its list: Gatekeeper's own format, JSON in an annotation. */
const syncData = (inventory: Inventory): string =>
  JSON.stringify(
    inventory.map(({ group, version, kind }) => [{ groups: [group], versions: [version], kinds: [kind] }]),
  );

/** The constraint of a policy, dry-run unless it says otherwise. */
export function constraintOf(
  policy: Policy,
  action: Action = 'dryrun',
  parameters: Case['parameters'] = {},
): KubernetesObject {
  return {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: policy.kind,
    metadata: { name: policy.name },
    spec: {
      enforcementAction: 'scoped',
      scopedEnforcementActions: [{ action, enforcementPoints: pointsOf(policy).map((name) => ({ name })) }],
      match: { kinds: policy.match },
      parameters: given({ ...policy.recommended, ...recommendedExemptions, ...parameters }),
    },
  };
}

const given = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/**
 * A template or a constraint, judged by Gatekeeper's webhook alone: a starting API server learns of the kinds of
 * constraints within 36 s (kube-apiserver 1.36, options/admission.go), and refuses until then whatever one would judge.
 */
export function byWebhook(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object), (key, value) => {
    if (key === 'generateVAP') return false;
    return value === apiServer ? webhook : value;
  });
}

/** What Gatekeeper keeps in its inventory for the policies that look at other objects. */
export function syncSetOf(policies: readonly Policy[]): KubernetesObject {
  const gvks = policies.flatMap(({ rule }) => (rule.engine === 'rego' ? (rule.inventory ?? []) : []));
  return {
    apiVersion: 'syncset.gatekeeper.sh/v1alpha1',
    kind: 'SyncSet',
    metadata: { name: 'aws-blueprints' },
    spec: { gvks },
  };
}

/** What the API server would send to be judged for a case, or the object alone as audit sees it. */
export function sampleOf({ object, old, operation = old && 'UPDATE', user }: Case): KubernetesObject {
  if (operation === undefined && user === undefined) return object;
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  const { name, namespace } = object.metadata ?? {};
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '00000000-0000-0000-0000-000000000000',
      kind: { group, version, kind: object.kind },
      resource: { group, version, resource: `${object.kind.toLowerCase()}s` },
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      operation: operation ?? 'CREATE',
      userInfo: user ?? {},
      ...(operation === 'DELETE' ? { oldObject: object } : { object, ...(old && { oldObject: old }) }),
    },
  };
}

/** Every generated file of the policies, by its path: the objects that it holds. */
export function policyFiles(policies: readonly Policy[]): Map<string, readonly object[]> {
  const files = new Map<string, readonly object[]>();
  for (const policy of policies) {
    for (const [path, object] of filesOf(policy)) files.set(`policies/${policy.name}/${path}`, [object]);
  }
  files.set('policies/sync.yaml', [syncSetOf(policies)]);
  files.set('policies/gatekeeper-values.yaml', [helmValues(policies)]);
  files.set('policies/approvals.yaml', approvals);
  const templates = policies.map(({ name }) => `${name}/template.yaml`);
  files.set('policies/kustomization.yaml', [kustomization([...templates, 'sync.yaml', 'approvals.yaml'])]);
  for (const [profile, action] of Object.entries(profiles)) {
    const constraints = policies.map((policy) => constraintOf(policy, action));
    files.set(`policies/profiles/${profile}/constraints.yaml`, constraints);
    files.set(`policies/profiles/${profile}/kustomization.yaml`, [kustomization(['constraints.yaml'])]);
  }
  return files;
}

/** The requests that must reach the policies: every change of what one of them judges, and nothing else. */
export const webhookRules = (policies: readonly Policy[]): object[] => [
  {
    apiGroups: [...new Set(policies.flatMap(({ match }) => match.flatMap(({ apiGroups }) => apiGroups)))].sort(),
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    // Without subresources: what a provider writes into status is not judged.
    resources: ['*'],
  },
];

/** Values of Gatekeeper's Helm chart: out of the box it sees no deletion, and lets pass what it cannot judge. */
const helmValues = (policies: readonly Policy[]): object => ({
  validatingWebhookFailurePolicy: 'Fail',
  validatingWebhookCustomRules: webhookRules(policies),
});

const kustomization = (resources: readonly string[]): object => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  resources,
});

/** The files of a policy's folder, but for its source, by their path under it. */
function filesOf(policy: Policy): Map<string, object> {
  const files = new Map<string, object>([
    ['template.yaml', templateOf(policy)],
    ['constraint.yaml', constraintOf(policy)],
    ['suite.yaml', suiteOf(policy)],
  ]);
  for (const one of policy.cases) {
    files.set(`samples/${one.name}.yaml`, sampleOf(one));
    if (one.parameters) files.set(constraintFile(one), constraintOf(policy, 'dryrun', one.parameters));
    for (const [index, object] of (one.inventory ?? []).entries()) files.set(inventoryFile(one, index), object);
  }
  for (const [name, parameters] of Object.entries(policy.badParameters)) {
    files.set(`samples/${name}.constraint.yaml`, constraintOf({ ...policy, match: [] }, 'dryrun', parameters));
  }
  return files;
}

const constraintFile = ({ name, parameters }: Case): string =>
  parameters ? `samples/${name}.constraint.yaml` : 'constraint.yaml';
const inventoryFile = ({ name }: Case, index: number): string => `samples/${name}.inventory-${index + 1}.yaml`;

/** The suite that `gator verify` runs. */
function suiteOf(policy: Policy): object {
  const constraints = [...new Set(policy.cases.map(constraintFile))].sort();
  const tests = constraints.map((constraint) => ({
    name:
      constraint === 'constraint.yaml' ? 'recommended' : constraint.replace(/^samples\/(.*)\.constraint\.yaml$/, '$1'),
    template: 'template.yaml',
    constraint,
    cases: policy.cases.filter((one) => constraintFile(one) === constraint).map(suiteCase),
  }));
  const invalid = Object.keys(policy.badParameters).map((name) => ({
    name,
    template: 'template.yaml',
    constraint: `samples/${name}.constraint.yaml`,
    invalid: true,
  }));
  return {
    kind: 'Suite',
    apiVersion: 'test.gatekeeper.sh/v1alpha1',
    metadata: { name: policy.name },
    tests: [...tests, ...invalid],
  };
}

function suiteCase(one: Case): object {
  const inventory = (one.inventory ?? []).map((_, index) => inventoryFile(one, index));
  return {
    name: one.name,
    object: `samples/${one.name}.yaml`,
    ...(inventory.length > 0 && { inventory }),
    assertions:
      one.message === undefined
        ? [{ violations: 'no' }]
        : [{ violations: 1, message: `^${one.message.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` }],
  };
}
