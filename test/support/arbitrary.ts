import fc from 'fast-check';
import { type Blueprint, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import type { CrdSchema } from '../../functions/core/schema.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { CodedError } from '../../tools/error.ts';
import { specOf } from '../../tools/gen/xrd.ts';
import { fittingDatabases } from './databases.ts';

// Mostly one region and partition, so that most composites fit together; now and then ones that do not.
const regions = fc.oneof(
  { weight: 8, arbitrary: fc.constant('eu-west-1') },
  fc.constantFrom('us-east-1', 'cn-north-1', 'us-gov-west-1'),
);
const mostly = (likely: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: likely }, fc.string());
const account = fc.stringMatching(/^[0-9]{12}$/);
const partition = fc.oneof({ weight: 30, arbitrary: fc.constant('aws') }, fc.constantFrom('aws-cn', 'aws-us-gov'));
const policyArn = fc
  .tuple(partition, account, fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{1,40}$/))
  .map(([p, id, name]) => `arn:${p}:iam::${id}:policy/${name}`);
const kubernetesName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/);

/** Strings whose form a person knows and a schema cannot say, by the name of the field; nonsense now and then. */
const byName: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  region: mostly(regions),
  name: mostly(kubernetesName),
  serviceAccountName: mostly(kubernetesName),
  awsAccountID: mostly(account),
  eksOIDC: mostly(fc.constantFrom('oidc.eks.eu-west-1.amazonaws.com/id/A', 'https://oidc.example.com/b')),
  permissionsBoundaryArn: policyArn,
  cidr: mostly(fc.integer({ min: 16, max: 20 }).map((prefix) => `10.32.0.0/${prefix}`)),
  kmsKeyArn: regions.map((region) => `arn:aws:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`),
};

/** Items of lists, likewise. */
const byItem: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  policyArns: policyArn,
  zones: fc.constantFrom('eu-west-1a', 'eu-west-1b', 'eu-west-1c'),
};

/** Instances of a schema: every one is of the right shape, though AWS might refuse some of the values. */
function instancesOf(schema: CrdSchema, name = ''): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number')
    return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 });
  if (schema.pattern !== undefined && byName[name] === undefined)
    return fc.stringMatching(new RegExp(schema.pattern)).filter((text) => text.length <= (schema.maxLength ?? 1000));
  if (schema.type === 'string')
    return (
      byName[name] ?? fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) })
    );
  if (schema.type === 'array') return listOf(schema, name);
  if (schema.additionalProperties !== undefined)
    return fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), instancesOf(schema.additionalProperties), {
      maxKeys: 4,
    });
  const members = Object.entries(schema.properties ?? {}).map(
    ([key, member]) => [key, instancesOf(member, key)] as const,
  );
  const always = Object.entries(schema.properties ?? {}).filter(
    ([key, member]) => schema.required?.includes(key) || member.default !== undefined,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: always.map(([key]) => key) });
}

function listOf(schema: CrdSchema, name: string): fc.Arbitrary<unknown> {
  const item = byItem[name] ?? instancesOf(schema.items ?? { type: 'string' });
  const bounds = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) };
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set')
    return fc.uniqueArray(item, { ...bounds, maxLength: Math.max(bounds.minLength, bounds.maxLength) });
  if (keys === undefined) return fc.array(item, bounds);
  return fc.uniqueArray(item, {
    ...bounds,
    selector: (one) => JSON.stringify(keys.map((key) => Reflect.get(Object(one), key))),
  });
}

/** Composites of a blueprint in a form, as they reach the function: validated in shape, with defaults. */
export const compositesOf = (
  blueprint: Blueprint,
  form: Form,
): fc.Arbitrary<{ name: string; namespace: string; uid: string; spec: Record<string, unknown> }> =>
  fc.record({
    name: kubernetesName,
    namespace: kubernetesName,
    uid: fc.uuid(),
    spec: fitting(blueprint, instancesOf(specOf(blueprint, form)) as fc.Arbitrary<Record<string, unknown>>).filter(
      (spec) => accepted(blueprint, form, spec),
    ),
  });

/** What a blueprint's own generator makes of specs of the right shape. */
const fitting = (
  blueprint: Blueprint,
  specs: fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<Record<string, unknown>> =>
  blueprint.name === 'relational-database' ? fittingDatabases(specs) : specs;

/** Whether the API server would take a claim or composite of this spec. */
export function accepted(blueprint: Blueprint, form: Form, spec: Record<string, unknown>): boolean {
  const object = { apiVersion: `${groups[form]}/v1alpha1`, kind: blueprint.kind, metadata: { name: 'a' }, spec };
  try {
    compositeOf([blueprint], { source: 'generated', object }, undefined);
    return true;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** An EnvironmentConfig's data, complete, partial or empty. */
export const environments: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    awsAccountID: account,
    eksOIDC: fc.constantFrom(
      'oidc.eks.eu-west-1.amazonaws.com/id/A',
      'https://oidc.eks.cn-north-1.amazonaws.com.cn/id/B',
    ),
    clusterName: kubernetesName,
    region: regions,
    partition,
  },
  { requiredKeys: [] },
);
