import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Case, Policy } from '../../policies/core/policy.ts';
import { policies } from '../../policies/policies.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { constraintOf, sampleOf, templateOf } from '../../tools/gen/policies.ts';
import { check } from '../../tools/judge/check.ts';
import { type Answer, ask, type Command, findJudge, type Question } from '../../tools/judge/judge.ts';
import { requestOf } from '../../tools/judge/subjects.ts';

const judges = [{ name: 'native', engine: 'judge', file: 'judge' }] as const;

/** Cases that share a world: the judge keeps what it was told. */
function worlds(policy: Policy): Case[][] {
  const byWorld = new Map<string, Case[]>();
  for (const one of policy.cases) {
    const key = JSON.stringify([one.parameters, one.inventory]);
    byWorld.set(key, [...(byWorld.get(key) ?? []), one]);
  }
  return [...byWorld.values()];
}

const reviewOf = (one: Case): Question => {
  const sample = sampleOf(one);
  const request =
    sample.kind === 'AdmissionReview' ? Object(sample.request) : requestOf(one.object, { old: [], user: {} });
  return { op: 'review', request };
};

async function messages(command: Command, policy: Policy, cases: readonly Case[]): Promise<Record<string, string[]>> {
  const { parameters, inventory = [] } = cases[0] ?? {};
  const known: Question[] = [
    { op: 'template', object: templateOf(policy) },
    { op: 'constraint', object: constraintOf(policy, 'deny', parameters) },
    ...inventory.map((object) => ({ op: 'data', object }) as const),
  ];
  const answers = await ask(command, [...known, ...cases.map(reviewOf)]);
  expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
  const said = (answer: Answer | undefined) => (answer?.violations ?? []).map(({ message }) => message);
  return Object.fromEntries(cases.map(({ name }, index) => [name, said(answers[known.length + index])]));
}

describe.each(judges)('the $name judge', ({ engine, file }) => {
  let path: string;

  beforeAll(async () => {
    const directoryOf = await requireEngines([engine]);
    path = join(directoryOf(engine), file);
  }, 900_000);

  test.each(policies)('says what the cases of $name say, as gator does', async (policy) => {
    for (const cases of worlds(policy)) {
      const expected = cases.map((one) => [one.name, one.message === undefined ? [] : [one.message]]);
      expect(await messages(findJudge(path), policy, cases)).toEqual(Object.fromEntries(expected));
    }
  });

  test('judges a claim and what it composes', async () => {
    const options = { environment: 'examples/environment.yaml', profile: 'production', judge: path } as const;
    const good = await check('examples/s3-irsa/production.yaml', options);
    expect(good).toEqual({ objects: 12, policies: policies.length, findings: [] });
    const bad = await check('examples/s3-irsa/claim.yaml', options);
    expect(bad.findings.map(({ policy, action, object }) => `${policy} ${action} ${object}`)).toEqual([
      'required-tags deny S3IRSA team-a/invoices',
      'required-tags deny Policy simulated-access-policy',
      'required-tags deny Bucket simulated-bucket',
      'required-tags deny Role simulated-role',
    ]);
  });
});
