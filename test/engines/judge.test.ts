import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import yaml from 'js-yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { approvalData } from '../../functions/core/day2/approval.ts';
import { isDisruptive, judge } from '../../functions/core/day2/judge.ts';
import type { JsonValue } from '../../functions/core/schema.ts';
import { eksCluster } from '../../functions/eks-cluster/index.ts';
import { kubernetesVersions } from '../../functions/eks-cluster/versions.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';
import { approvals, approvers } from '../../policies/core/approvals.ts';
import type { Case, Policy } from '../../policies/core/policy.ts';
import { policies } from '../../policies/policies.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { run } from '../../tools/engines/run.ts';
import { exampleOf } from '../../tools/gen/examples.ts';
import { constraintOf, sampleOf, templateOf } from '../../tools/gen/policies.ts';
import { check, checkDocuments } from '../../tools/judge/check.ts';
import { ask, findJudge, type Question } from '../../tools/judge/judge.ts';
import { requestOf } from '../../tools/judge/subjects.ts';
import { databaseCases } from '../day2/database-cases.ts';
import { databaseSpec } from '../day2/specs.ts';

const judges = [
  { name: 'native', engine: 'judge', file: 'judge' },
  { name: 'WebAssembly', engine: 'judge-wasm', file: 'judge.cjs' },
] as const;

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

/** What is told and asked about one policy; a world without inventory comes first, since the judge forgets nothing. */
function questionsOf(policy: Policy): { question: Question; asked?: Case }[] {
  const inOrder = worlds(policy).sort(([a], [b]) => (a?.inventory?.length ?? 0) - (b?.inventory?.length ?? 0));
  const ofWorlds = inOrder.flatMap((cases) => [
    { question: { op: 'constraint', object: constraintOf(policy, 'deny', cases[0]?.parameters) } as const },
    ...(cases[0]?.inventory ?? []).map((object) => ({ question: { op: 'data', object } as const })),
    ...cases.map((asked) => ({ question: reviewOf(asked), asked })),
  ]);
  return [{ question: { op: 'template', object: templateOf(policy) } }, ...ofWorlds];
}

const all = policies.flatMap((policy) => questionsOf(policy).map((one) => ({ policy, ...one })));

describe.each(judges)('the $name judge', ({ engine, file }) => {
  let path: string;

  beforeAll(async () => {
    const directoryOf = await requireEngines([engine]);
    path = join(directoryOf(engine), file);
  }, 900_000);

  test('says what every case of every policy says, as gator does', async () => {
    const answers = await ask(
      findJudge(path),
      all.map(({ question }) => question),
    );
    expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
    const cases = all.flatMap(({ policy, asked }, index) =>
      asked === undefined ? [] : [{ name: `${policy.name}/${asked.name}`, policy, asked, answer: answers[index] }],
    );
    const said = cases.map(({ name, policy, answer }) => {
      const own = (answer?.violations ?? []).filter(({ kind }) => kind === policy.kind);
      return [name, own.map(({ message }) => message)];
    });
    expect(said).toEqual(cases.map(({ name, asked }) => [name, asked.message === undefined ? [] : [asked.message]]));
    expect(cases).toHaveLength(policies.flatMap(({ cases: own }) => own).length);
  }, 600_000);

  test('judges a claim and what it composes', async () => {
    const options = { environment: 'examples/environment.yaml', profile: 'production', judge: path } as const;
    const good = await check('examples/s3-irsa/production.yaml', options);
    expect(good).toMatchObject({ objects: 12, findings: [] });
    const bad = await check('examples/s3-irsa/claim.yaml', options);
    expect(bad.findings.map(({ policy, action, object }) => `${policy} ${action} ${object}`)).toEqual([
      'required-tags deny S3IRSA team-a/invoices',
      'required-tags deny Policy simulated-access-policy',
      'required-tags deny Bucket simulated-bucket',
      'required-tags deny Role simulated-role',
    ]);
  }, 600_000);
});

/** Constraints of the profile as `kubectl kustomize` merges the patches of a folder into them: lists are replaced. */
function platformOf(folder: string): object[] {
  const { patches } = yaml.load(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as {
    patches: { patch: string }[];
  };
  const changed = patches.map(({ patch }) => yaml.load(patch) as ReturnType<typeof constraintOf>);
  expect(changed.length).toBeGreaterThan(0);
  return policies.map((policy) => {
    const patch = changed.find(({ kind, metadata }) => kind === policy.kind && metadata?.name === policy.name);
    return constraintOf(policy, 'deny', Object(patch?.spec).parameters);
  });
}

test('every example is let pass in both forms, with what its platform sets and with nothing idle', async () => {
  const directoryOf = await requireEngines(['judge']);
  const documents = blueprints.flatMap((blueprint) =>
    Object.keys(blueprint.examples).flatMap((which) =>
      (['claims', 'namespaced'] as const).map((form) => ({
        source: `${blueprint.name}/${which} ${form}`,
        object: exampleOf(blueprint, which, form),
      })),
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-judge-'));
  try {
    const own = join(folder, 'constraints.yaml');
    const platform = platformOf('examples/policies');
    writeFileSync(own, platform.map((constraint) => `---\n${yaml.dump(constraint)}`).join(''));
    const options = {
      environment: 'examples/environment.yaml',
      required: 'examples/required.yaml',
      profile: 'production',
      user: 'alice',
      judge: join(directoryOf('judge'), 'judge'),
    } as const;
    const adapted = { ...options, policies: own, input: 'examples/policies/settings.yaml' };
    const passed = await checkDocuments(documents, adapted);
    expect(passed.findings).toEqual([]);
    expect(passed.objects).toBeGreaterThan(documents.length * 4);
    // What the profile alone refuses is what the platform sets, and nothing else.
    const refused = await checkDocuments(documents, options);
    const set = policies.filter((policy, index) => !isDeepStrictEqual(platform[index], constraintOf(policy, 'deny')));
    expect([...new Set(refused.findings.map(({ policy }) => policy))].sort()).toEqual(set.map(({ name }) => name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('objects of other compositions are judged as they are, and whatever is not of AWS is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-judge-'));
  try {
    const all = join(folder, 'constraints.yaml');
    writeFileSync(all, policies.map((policy) => `---\n${yaml.dump(constraintOf(policy, 'deny'))}`).join(''));
    const verdict = await check('test/policies/of-others.yaml', { profile: 'production', policies: all });
    expect(verdict.objects).toBe(11);
    expect(verdict.findings.map(({ message }) => message).sort()).toEqual([
      'BUDGET: NodeGroup apps-5tz9d-nodes: the maxSize of a node group is 900; allowed is at most 20',
      'EKS_ENDPOINT: Cluster apps-5tz9d-cluster: the public endpoint is open to 0.0.0.0/0; set vpcConfig.endpointPublicAccess to false',
      'IAM_TRUST: Role orders-8xk2p-role: spec.forProvider.assumeRolePolicy trusts a token of any audience; compare :aud with sts.amazonaws.com by StringEquals; IAM_TRUST: Role orders-8xk2p-role: spec.forProvider.assumeRolePolicy trusts any subject; compare :sub with one ServiceAccount by StringEquals',
      'PROVIDER_CONFIG: Bucket invoices-4fj7q-bucket: provider configuration team-b-provider-config is not for namespace team-a; allowed there are default',
      'REGION_NOT_ALLOWED: Bucket invoices-4fj7q-bucket: spec.forProvider.region is us-east-1; allowed are eu-central-1, eu-west-1',
      'TAG_MISSING: Bucket invoices-4fj7q-bucket: tag team is ; it must match ^[a-z][a-z0-9-]{1,62}$',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Fields and impacts that are refused of a change, by the table itself, and by the policy that is made of it. */
const words = { 'a restart': 'restart', 'a failover': 'failover', 'never made': 'refused' } as const;
const refusedBy = (message: string) =>
  [...message.matchAll(/spec\.(\S+) from .+? is (a restart|a failover|never made)/g)].map(
    ([, field, word]) => `${field} ${words[word as keyof typeof words]}`,
  );

test('the policy judges every written change of a database as the function does', async () => {
  const directoryOf = await requireEngines(['judge']);
  const path = join(directoryOf('judge'), 'judge');
  const policy = policies.find(({ name }) => name === 'database-changes') as Policy;
  const request = (spec: object, live: object) => ({
    apiVersion: 'm.awsblueprints.io/v1alpha1',
    kind: 'RelationalDatabase',
    metadata: { name: 'app', namespace: 'team-a' },
    spec,
    status: { endpoint: 'app.example.com', ...live },
  });
  const pairs = databaseCases.map(({ name, running, live = {}, from, to }) => {
    const [before, after] = [databaseSpec({ ...running, ...from }), databaseSpec({ ...running, ...to })];
    const changes = judge(relationalDatabase, before, after, live).filter(
      (change) => change.impact === 'refused' || isDisruptive(change),
    );
    const review = requestOf(request(after, live), { old: [request(before, live)], user: {} });
    return { name, review, expected: changes.map(({ field, impact }) => `${field} ${impact}`) };
  });
  const answers = await ask(findJudge(path), [
    { op: 'template', object: templateOf(policy) },
    { op: 'constraint', object: constraintOf(policy, 'deny', { always: true }) },
    ...pairs.map(({ review: asked }) => ({ op: 'review', request: asked }) as const),
  ]);
  const said = pairs.map(({ name }, index) => {
    const { error, violations = [] } = answers[index + 2] ?? {};
    expect(error).toBeUndefined();
    return [name, violations.flatMap(({ message }) => refusedBy(message)).sort()];
  });
  expect(said).toEqual(pairs.map(({ name, expected }) => [name, [...expected].sort()]));
  expect(pairs.filter(({ expected }) => expected.length > 0).length).toBeGreaterThan(20);
});

test('versions of a cluster go the steps that the table of changes has, on claims and on managed resources', async () => {
  const directoryOf = await requireEngines(['judge']);
  const policy = policies.find(({ name }) => name === 'eks-version') as Policy;
  const versions = kubernetesVersions.map(({ version }) => version);
  const pairs = versions.flatMap((from) => versions.filter((to) => to !== from).map((to) => [from, to] as const));
  const request = (version: string) => ({
    ...exampleOf(eksCluster, 'claim', 'claims'),
    spec: { resourceConfig: { region: 'eu-west-1' }, version },
  });
  const cluster = (version: string) => ({
    apiVersion: 'eks.aws.m.upbound.io/v1beta1',
    kind: 'Cluster',
    metadata: { name: 'apps', namespace: 'team-a' },
    spec: { forProvider: { region: 'eu-west-1', version } },
  });
  const asked = [request, cluster].flatMap((made) => pairs.map(([from, to]) => ({ made, from, to })));
  const answers = await ask(findJudge(join(directoryOf('judge'), 'judge')), [
    { op: 'template', object: templateOf(policy) },
    { op: 'constraint', object: constraintOf(policy, 'deny', { versions: versions.map((version) => ({ version })) }) },
    ...asked.map(
      ({ made, from, to }) =>
        ({ op: 'review', request: requestOf(made(to), { old: [made(from)], user: {} }) }) as const,
    ),
  ]);
  const never = ({ from, to }: { from: string; to: string }) =>
    judge(eksCluster, request(from).spec, request(to).spec).some(({ impact }) => impact === 'refused');
  expect(answers.slice(2).map(({ violations = [] }) => violations.length > 0)).toEqual(asked.map(never));
  expect(new Set(asked.map(never))).toEqual(new Set([true, false]));
});

test('an approval says what it is for, and is by who may say so', async () => {
  const directoryOf = await requireEngines(['judge']);
  const native = Object(approvals.find(({ kind }) => kind === 'ValidatingAdmissionPolicy')?.spec);
  const any = policies.find(({ rule }) => rule.engine === 'cel') as Policy;
  const template = structuredClone(templateOf(any));
  // The policy is the API server's own; Gatekeeper compiles and judges expressions by the same code.
  Object(template.spec).targets[0].code[0].source = {
    variables: native.variables,
    validations: native.validations,
  };
  const match = { kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }] };
  const constraint = constraintOf(any, 'deny');
  const name = 'team-a-orders-d03f80249140e905';
  const approval = (data: object, its = name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: its, namespace: 'aws-blueprints-approvals' },
    data,
  });
  const whole = approvalData(
    { kind: 'RelationalDatabase', namespace: 'team-a', name: 'orders' },
    { field: 'port', from: 5432, to: 6432, impact: 'restart' },
  );
  const carol = { username: 'carol', groups: [approvers] };
  const asked = [
    [approval(whole), carol],
    [approval({ ...whole, approver: 'carol', expires: '2199-01-31T04:30:00Z' }), carol],
    [approval(whole), { username: 'alice', groups: ['developers'] }],
    [approval(whole, 'any'), carol],
    [approval({ ...whole, approver: 'alice' }), carol],
    [approval({ kind: whole.kind, to: whole.to }), carol],
    [approval({ ...whole, to: '7432' }), carol, approval(whole)],
  ] as const;
  const answers = await ask(findJudge(join(directoryOf('judge'), 'judge')), [
    { op: 'template', object: template },
    { op: 'constraint', object: { ...constraint, spec: { ...Object(constraint.spec), match } } },
    ...asked.map(
      ([object, user, old]) => ({ op: 'review', request: requestOf(object, { old: old ? [old] : [], user }) }) as const,
    ),
  ]);
  const id = `APPROVAL: ConfigMap aws-blueprints-approvals/${name}`;
  expect(
    answers.slice(2).map(({ error, violations = [] }) => error ?? violations.map(({ message }) => message)),
  ).toEqual([
    [],
    [],
    [`${id}: it is written by alice; approvals are written by members of ${approvers} and aws-blueprints:break-glass`],
    [
      'APPROVAL: ConfigMap aws-blueprints-approvals/any: its name ends in no digest; take the name from the message or the condition that asks for it',
    ],
    [`${id}: approver is alice; it must be who writes it, or left out`],
    [`${id}: it lacks namespace, name, field, from, impact; an approval says exactly which change it is for`],
    [`${id}: what it approves is changed; delete it and write another one`],
  ]);
});

test('the command says by its exit code whether something is denied', async () => {
  const command = (file: string, ...more: string[]) =>
    run(process.execPath, ['dist/cli.js', 'check', file, '--environment', 'examples/environment.yaml', ...more], {
      seconds: 60,
    });
  const [good, bad, warned, wrong] = await Promise.all([
    command('examples/s3-irsa/production.yaml'),
    command('examples/s3-irsa/claim.yaml', '--output', 'github'),
    command('examples/s3-irsa/claim.yaml', '--profile', 'baseline'),
    command('examples/s3-irsa/claim.yaml', '--namespace-labels', 'team'),
  ]);
  expect([good.code, bad.code, warned.code, wrong.code]).toEqual([0, 3, 0, 2]);
  expect(bad.stdout).toContain('::error file=examples/s3-irsa/claim.yaml,line=2,title=required-tags::TAG_MISSING');
  expect(warned.stderr).toContain('0 denied, 4 warned');
});

test('who asks is judged where somebody is named', async () => {
  const bucket = (owner: string) => `apiVersion: s3.aws.m.upbound.io/v1beta1
kind: Bucket
metadata: { name: ${owner}, namespace: team-a, labels: { crossplane.io/composite: app } }
spec: { forProvider: { region: eu-west-1, tags: { team: ledger } } }
`;
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-judge-'));
  try {
    const file = join(folder, 'bucket.yaml');
    writeFileSync(file, bucket('mine'));
    const asked = (options: object) => check(file, { profile: 'production', ...options });
    const by = async (options: object) => (await asked(options)).findings.map(({ policy }) => policy).sort();
    expect(await by({})).toEqual(['managed-resource-owned']);
    expect(await by({ user: 'alice' })).toEqual(['managed-resource-author', 'managed-resource-owned']);
    expect(await by({ user: 'alice', group: ['aws-blueprints:break-glass'] })).toEqual([]);
    expect(await by({ user: 'alice', operation: 'DELETE' })).toEqual(['managed-resource-author']);
    expect(await by({ user: 'system:serviceaccount:crossplane-system:crossplane', old: file })).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what else is known counts: the cluster, the labels of namespaces, objects as they were', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-judge-'));
  const written = (name: string, ...objects: object[]) => {
    const path = join(folder, name);
    writeFileSync(path, objects.map((object) => `---\n${yaml.dump(object)}`).join(''));
    return path;
  };
  const network = (name: string, cidr: string) => ({
    apiVersion: 'm.awsblueprints.io/v1alpha1',
    kind: 'Network',
    metadata: { name, namespace: 'team-a' },
    spec: { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' } }, cidr },
  });
  const vpc = policies.find(({ name }) => name === 'vpc-cidr-unique') as Policy;
  const regions = policies.find(({ name }) => name === 'allowed-regions') as Policy;
  const selective = constraintOf(regions, 'deny', { regions: ['us-east-1'] });
  const match = { ...Object(selective.spec).match, namespaceSelector: { matchLabels: { stage: 'production' } } };
  const policiesOf = {
    policies: written(
      'policies.yaml',
      { ...selective, spec: { ...Object(selective.spec), match } },
      templateOf(regions),
    ),
  };
  const codes = async (path: string, options: object = {}) => {
    const { findings } = await check(path, { profile: 'production', ...options });
    return [...new Set(findings.map(({ policy }) => policy))];
  };
  try {
    const mine = written('mine.yaml', network('mine', '10.1.128.0/17'));
    const inventory = written('cluster.yaml', ...(vpc.cases[0]?.inventory ?? []));
    expect(await codes(mine)).toEqual([]);
    expect(await codes(mine, { inventory })).toEqual(['vpc-cidr-unique']);
    expect(await codes(mine, policiesOf)).toEqual([]);
    expect(await codes(mine, { ...policiesOf, namespaceLabels: { stage: 'production' } })).toEqual(['allowed-regions']);
    // As bad as it was.
    expect(await codes(mine, { inventory, old: mine })).toEqual([]);
    expect(await codes(mine, { inventory, operation: 'DELETE' })).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('policies of somebody else are judged alone, and mistakes in them are said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-judge-'));
  const regions = policies.find(({ name }) => name === 'allowed-regions') as Policy;
  const written = (template: string, constraint: object) => {
    writeFileSync(join(folder, 'constraint.yaml'), yaml.dump(constraint));
    writeFileSync(join(folder, 'template.yaml'), template);
    return check('examples/s3-irsa/production.yaml', {
      environment: 'examples/environment.yaml',
      profile: 'production',
      policies: folder,
    });
  };
  const template = yaml.dump(templateOf(regions));
  const only = (regionNames: JsonValue) => constraintOf(regions, 'deny', { regions: regionNames });
  try {
    expect((await written(template, only(['us-east-1']))).findings[0]).toMatchObject({
      action: 'deny',
      policy: 'allowed-regions',
    });
    await expect(written(template, only('us-east-1'))).rejects.toThrow(
      /^POLICY_INVALID: AwsAllowedRegions allowed-regions: .*regions/,
    );
    const broken = template.replaceAll('variables.exempt ||', 'variables.nothing ||');
    await expect(written(broken, only(['us-east-1']))).rejects.toThrow(/^POLICY_BROKEN: allowed-regions: /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
