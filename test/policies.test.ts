import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { services } from '../functions/aws/services.ts';
import { changes as clusterChangeTable } from '../functions/eks-cluster/changes.ts';
import { places } from '../policies/cluster-changes/policy.ts';
import type { Case, Policy } from '../policies/core/policy.ts';
import { policies } from '../policies/policies.ts';
import { constraintOf } from '../tools/gen/policies.ts';

const names = (values: readonly string[]) => ({ unique: [...new Set(values)].sort(), all: [...values].sort() });

test('policies have names of their own', () => {
  for (const property of ['name', 'kind'] as const) {
    const { unique, all } = names(policies.map((policy) => policy[property]));
    expect(all).toEqual(unique);
  }
});

const operationOf = ({ operation, old }: Case) => operation ?? (old ? 'UPDATE' : undefined);
const refused = ({ message }: Case) => message !== undefined;
const exempted = ({ name }: Case) => name.startsWith('allow-exempt');

/** What every policy must show, and how a case shows it. */
const wanted: Readonly<Record<string, (one: Case) => boolean>> = {
  'an object that passes': (one) => !refused(one) && !exempted(one) && operationOf(one) !== 'DELETE',
  'an object that is refused': refused,
  'an update that passes': (one) => !refused(one) && operationOf(one) === 'UPDATE',
  'an update that is refused': (one) => refused(one) && operationOf(one) === 'UPDATE',
  'a deletion': (one) => operationOf(one) === 'DELETE',
  'somebody who is exempt': exempted,
  'the removal of a finalizer': ({ name }) => name.startsWith('allow-finalizer'),
};

test.each(policies.map((policy) => [policy.name, policy] as const))(
  '%s shows what it does',
  (_name, policy: Policy) => {
    for (const [what, shows] of Object.entries(wanted)) expect(policy.cases.some(shows), what).toBe(true);
    const spares = 'sparesObserved' in policy.rule;
    const [observed, takenOver] = ['allow-only-observed', 'deny-taken-over'].map((name) =>
      policy.cases.some((one) => one.name === name),
    );
    expect([observed, takenOver], 'what only observes').toEqual([spares, spares]);
    expect(Object.keys(policy.badParameters).length, 'parameters that are refused').toBeGreaterThan(0);
    const { unique, all } = names([...policy.cases.map(({ name }) => name), ...Object.keys(policy.badParameters)]);
    expect(all).toEqual(unique);
    for (const { name, message } of policy.cases) {
      expect(name).toMatch(message === undefined ? /^allow/ : /^deny/);
      if (message !== undefined) expect(message).toMatch(/^[A-Z][A-Z0-9_]+: \S+ \S+: .+; .+$/);
    }
  },
);

test.each(policies)('$name has a folder with its files', ({ name }) => {
  for (const file of ['template.yaml', 'constraint.yaml', 'suite.yaml', 'README.md'])
    expect(existsSync(`policies/${name}/${file}`), file).toBe(true);
});

test('constraints name kinds: without any they would hold for everything', () => {
  for (const { match, name } of policies) {
    expect(match.length, name).toBeGreaterThan(0);
    for (const { apiGroups, kinds } of match) {
      expect(apiGroups.length, name).toBeGreaterThan(0);
      expect(kinds.length, name).toBeGreaterThan(0);
      const aws = apiGroups.filter((group) => group.endsWith('upbound.io')).map((group) => group.split('.')[0] ?? '');
      expect(aws.filter((service) => service !== 'aws' && !services.includes(service))).toEqual([]);
    }
  }
});

test('a constraint is a dry run unless something else is asked for', () => {
  for (const policy of policies)
    expect(constraintOf(policy).spec).toMatchObject({ scopedEnforcementActions: [{ action: 'dryrun' }] });
});

test('what EKS never changes, whatever else there is, is refused of managed resources', () => {
  const { rules } = clusterChangeTable;
  const never = rules.filter(({ impact, when }) => impact === 'refused' && when === undefined);
  expect(never.length).toBeGreaterThan(1);
  // The name is the external name, by which the provider finds what it is.
  const fields = never.flatMap((rule) => rule.fields).filter((field) => field !== 'resourceConfig.name');
  expect(new Set(places.map(({ field }) => field))).toEqual(new Set(fields));
});
