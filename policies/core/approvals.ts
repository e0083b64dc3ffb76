import { type ApprovalData, approvalNamespace } from '../../functions/core/day2/approval.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { message, text } from './cel.ts';
import { recommendedExemptions } from './policy.ts';

/** Whose members may approve, by RBAC and by policy. */
export const approvers = 'aws-blueprints:approvers';

const name = approvalNamespace;
const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io/v1';

const members: Readonly<Record<keyof ApprovalData, true>> = {
  kind: true,
  namespace: true,
  name: true,
  field: true,
  from: true,
  to: true,
  impact: true,
};
const keys = `[${Object.keys(members).map(text).join(', ')}]`;
const writers = `[${[approvers, ...recommendedExemptions.exemptGroups].map(text).join(', ')}]`;

/** What must hold, and what is said where it does not. */
const rules = [
  {
    expression: `request.userInfo.?groups.orValue([]).exists(group, group in ${writers})`,
    seen: "'it is written by ' + request.userInfo.username",
    allowed: `'approvals are written by members of ' + ${writers}.join(' and ')`,
  },
  {
    expression: "object.metadata.?name.orValue('').matches('-[0-9a-f]{16}$')",
    seen: "'its name ends in no digest'",
    allowed: "'take the name from the message or the condition that asks for it'",
  },
  {
    expression: `${keys}.all(key, key in object.?data.orValue({}))`,
    seen: `'it lacks ' + ${keys}.filter(key, !(key in object.?data.orValue({}))).join(', ')`,
    allowed: "'an approval says exactly which change it is for'",
  },
  {
    expression: "object.?data[?'approver'].orValue(request.userInfo.username) == request.userInfo.username",
    seen: "'approver is ' + object.data['approver']",
    allowed: "'it must be who writes it, or left out'",
  },
  {
    expression: 'oldObject == null || object.?data == oldObject.?data',
    seen: "'what it approves is changed'",
    allowed: "'delete it and write another one'",
  },
];

/**
 * The namespace of approvals, who may write there, and what an approval must be. A policy of the API server itself and
 * not of Gatekeeper, whose webhook would then have to be asked about every ConfigMap of the cluster.
 */
export const approvals: readonly KubernetesObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name: 'approver', namespace: name },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'watch'] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'approvers', namespace: name },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'approver' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: approvers }],
  },
  {
    apiVersion: admission,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
        ],
      },
      // Kubernetes writes it into every namespace.
      matchConditions: [{ name: 'not-of-kubernetes', expression: "request.name != 'kube-root-ca.crt'" }],
      variables: [{ name: 'id', expression: "'ConfigMap ' + request.namespace + '/' + request.name" }],
      validations: rules.map(({ expression, seen, allowed }) => ({
        expression,
        messageExpression: message('APPROVAL', seen, allowed),
      })),
    },
  },
  {
    apiVersion: admission,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  },
];
