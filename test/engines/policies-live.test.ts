import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { groups } from '../../functions/core/blueprint.ts';
import { approvalNamespace } from '../../functions/core/day2/approval.ts';
import { isManaged } from '../../functions/core/resource.ts';
import { approvals, approvers } from '../../policies/core/approvals.ts';
import { policies } from '../../policies/policies.ts';
import { load } from '../../tools/cli/load.ts';
import { auditLogOf } from '../../tools/engines/control-plane.ts';
import { gatekeeperPiece, installPolicies, startGatekeeper } from '../../tools/engines/gatekeeper.ts';
import { hasConditions, type KubeClient, KubeError, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { constraintOf, policyFiles, templateOf, webhookRules } from '../../tools/gen/policies.ts';
import { simulate } from '../../tools/simulate.ts';

// All policies, refusing, on real engines: the API server with the policies that Gatekeeper makes for it, Gatekeeper's
// webhook and audit, Crossplane core under its own service account, our function. The stand-in provider and the garbage
// collector run as the administrator here, who is exempt in their place.
const forms = ['claims', 'namespaced'] as const;
const namespace = 'team-a';
const seconds = 90;
const developers = 'developers';
const breakGlass = 'aws-blueprints:break-glass';

// Some blueprints are enough, and the definitions of what they compose.
const installed = blueprints.filter(({ name }) =>
  ['irsa', 'object-storage', 'relational-database', 's3-irsa'].includes(name),
);
const managed = [...new Set(installed.flatMap(({ resources }) => resources.map(({ kind }) => kind)))]
  .filter(isManaged)
  .flatMap(({ kind, apiVersion }) => forms.map((form) => ({ kind, apiVersion: apiVersion[form] })))
  .concat([
    { apiVersion: 'eks.aws.m.upbound.io/v1beta1', kind: 'NodeGroup' },
    // The first version, where objects are lists of one.
    { apiVersion: 'eks.aws.upbound.io/v1beta1', kind: 'Cluster' },
  ]);

const files = [
  'compositions/clusterrole.yaml',
  ...forms.flatMap((form) =>
    installed.flatMap(({ name }) => [`xrds/${form}/${name}.yaml`, `compositions/${form}/${name}.yaml`]),
  ),
];

// A developer with every right that RBAC can give: what refuses is a policy.
const everything: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: developers },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [developers, breakGlass, approvers].map((name) => ({
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Group',
    name,
  })),
};

const exempt = { exemptGroups: ['system:masters', breakGlass] };
const constraints = policies.map((policy) => constraintOf(policy, 'deny', exempt) as KubeObject);
const templates = policies.map((policy) => templateOf(policy) as KubeObject);
const sync = (policyFiles(policies).get('policies/sync.yaml') ?? []) as readonly KubeObject[];

let stack: Stack;
let provider: StandInProvider;
let alice: KubeClient;

const bucket = (name: string, region: string, spec: object = {}): KubeObject => ({
  apiVersion: 's3.aws.m.upbound.io/v1beta1',
  kind: 'Bucket',
  metadata: { name, namespace },
  spec: { forProvider: { region, tags: { team: 'ledger' } }, ...spec },
});

/** Composites that are there, and nothing more: the garbage collector ends what an owner that never was owns. */
const owners: Record<(typeof forms)[number], KubeObject> = {
  claims: paused('awsblueprints.io/v1alpha1', 'XS3IRSA', {}),
  namespaced: paused('m.awsblueprints.io/v1alpha1', 'S3IRSA', { namespace }),
};

function paused(apiVersion: string, kind: string, where: { namespace?: string }): KubeObject {
  const metadata = { name: 'app', ...where, annotations: { 'crossplane.io/paused': 'true' } };
  return { apiVersion, kind, metadata, spec: { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' } } } };
}

/** The label and the owner that Crossplane would write. */
const ownedIn = (form: (typeof forms)[number]) => {
  const { apiVersion, kind, metadata } = owners[form];
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  return { labels: { 'crossplane.io/composite': metadata.name }, ownerReferences: [owner] };
};

/** A bucket that seems to be composed: the API server tells the message of one policy only. */
const forged = (name: string): KubeObject => {
  const { metadata, ...rest } = bucket(name, 'eu-west-1');
  return { ...rest, metadata: { ...metadata, ...ownedIn('namespaced') } };
};

const request = (
  form: (typeof forms)[number],
  kind: string,
  name: string,
  resourceConfig: object,
  more: object = {},
) => ({
  apiVersion: `${groups[form]}/v1alpha1`,
  kind,
  metadata: { name, namespace },
  spec: { resourceConfig: { region: 'eu-west-1', tags: { team: 'ledger' }, ...resourceConfig }, ...more },
});

const old = bucket('made-before', 'us-east-1');
const external = { 'crossplane.io/external-name': 'shared-logs' };

const violationsOf = ({ status }: KubeObject) =>
  (Object(status).violations ?? []) as { name: string; message: string }[];

beforeAll(async () => {
  const manifests = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    everything,
    ...files.flatMap((file) => load(file).map(({ object }) => object as KubeObject)),
  ];
  stack = await startStack({ managed, manifests, audit: true });
  provider = await startStandInProvider(stack, {
    atProvider: (resource) =>
      Object(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider,
  });
  const args = ['dist/main.js', '--metrics-address', ''];
  await stack.startFunction({ name: functionName, command: process.execPath, args });
  await stack.kube.apply(load('examples/environment.yaml')[0]?.object as KubeObject, old);
  for (const form of forms) owners[form] = await stack.kube.create(owners[form]);
  alice = stack.kube.as('alice', developers);
  const gatekeeper = await startGatekeeper(stack);
  await stack.kube.apply(...sync, ...(approvals as readonly KubeObject[]));
  await installPolicies(stack, gatekeeper, { rules: webhookRules(policies), templates, constraints }, seconds);
}, 900_000);

afterAll(async () => {
  provider?.stop();
  await stack?.stop();
});

const administrator = { serviceAccountName: 'probe', policyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };

const ours = async (kind: string): Promise<KubeObject[]> => {
  const all = await stack.kube.list('admissionregistration.k8s.io/v1', kind);
  return all.filter(({ metadata }) => metadata.name.startsWith('gatekeeper-aws'));
};

/** What the API server said, or nothing when it did as asked. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return error.message;
  }
}

const ready = (object: KubeObject) =>
  stack.kube.waitFor(object, (seen) => hasConditions(seen, 'Synced', 'Ready'), { seconds, what: 'Ready' });

test('every policy is enforced, by the API server or by the webhook', async () => {
  const cel = policies.filter(({ rule }) => rule.engine !== 'rego');
  const bindings = async () => (await ours('ValidatingAdmissionPolicyBinding')).length;
  await expect.poll(bindings, { timeout: seconds * 1000 }).toBe(cel.length);
  // The API server reads new policies from its own cache.
  await expect.poll(() => refusal(alice.create(forged('probe'))), { timeout: seconds * 1000 }).toContain('AUTHOR');
  await expect
    .poll(() => refusal(alice.create(request('claims', 'IRSA', 'probe', {}, administrator))), {
      timeout: seconds * 1000,
    })
    .toContain('IAM_ATTACHMENT');
});

describe.each(forms)('in the %s form', (form) => {
  test('a good request becomes Ready, changes and goes, with every policy refusing', async () => {
    const good = request(form, 'S3IRSA', `good-${form}`, {});
    await alice.create(good);
    await ready(good);
    await alice.patch(good, { spec: { resourceConfig: { tags: { team: 'payments' } } } });
    const kinds = { apiVersion: form === 'claims' ? 's3.aws.upbound.io/v1beta2' : 's3.aws.m.upbound.io/v1beta1' };
    const label = form === 'claims' ? 'claim-name' : 'composite';
    const composed = () =>
      stack.kube.list(kinds.apiVersion, 'Bucket', { labelSelector: `crossplane.io/${label}=good-${form}` });
    const team = async () => Object(Object((await composed())[0]?.spec?.forProvider).tags).team;
    await expect.poll(team, { timeout: seconds * 1000 }).toBe('payments');
    await alice.delete(good);
    await stack.kube.waitGone(good, { seconds, what: 'deletion' });
    await expect.poll(composed, { timeout: seconds * 1000 }).toEqual([]);
    expect(provider.failures).toEqual([]);
  });

  test('a bad request is refused with the message, before anything is made', async () => {
    const region = request(form, 'ObjectStorage', `bad-${form}`, { region: 'us-east-1' });
    expect(await refusal(alice.create(region))).toContain(
      `REGION_NOT_ALLOWED: ObjectStorage team-a/bad-${form}: spec.resourceConfig.region is us-east-1; allowed are eu-central-1, eu-west-1`,
    );
    expect(await refusal(alice.create(request(form, 'ObjectStorage', 'bad', { tags: {} })))).toContain('TAG_MISSING');
    expect(await refusal(alice.create(request(form, 'IRSA', 'bad', {}, administrator)))).toContain(
      'IAM_ATTACHMENT: IRSA team-a/bad: spec.policyArns attaches arn:aws:iam::aws:policy/AdministratorAccess',
    );
    const chosen =
      form === 'claims' ? { compositionRef: { name: 'mine' } } : { crossplane: { compositionRef: { name: 'mine' } } };
    expect(await refusal(alice.create(request(form, 'ObjectStorage', 'bad', {}, chosen)))).toContain(
      'COMPOSITION_FIELD',
    );
    expect(await stack.kube.find(region)).toBeUndefined();
  });
});

test('a change that restarts a database is refused until somebody approves exactly it', async () => {
  const network = {
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b1c2d3e4f5a60719'],
  };
  const database = request('namespaced', 'RelationalDatabase', 'orders', {}, { engineVersion: '16', ...network });
  await alice.create(database);
  await stack.kube.waitFor(database, ({ status }) => Object(status).endpoint !== undefined, {
    seconds,
    what: 'an endpoint',
  });
  const larger = () => alice.patch(database, { spec: { instanceClass: 'db.m7g.large' } });
  await alice.patch(database, { spec: { resourceConfig: { tags: { cost: 'shared' } } } });
  const said = await refusal(larger());
  expect(said).toContain('spec.instanceClass from "db.t4g.medium" to "db.m7g.large" is a restart');
  const name = said.match(new RegExp(`ConfigMap ${approvalNamespace}/([a-z0-9-]+)`))?.[1] ?? '';
  const approval = (data: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: approvalNamespace },
    data,
  });
  const change = { field: 'instanceClass', from: '"db.t4g.medium"', to: '"db.m7g.large"', impact: 'restart' };
  const data = { kind: 'RelationalDatabase', namespace, name: 'orders', ...change };
  expect(await refusal(alice.create(approval(data)))).toContain('APPROVAL: ConfigMap');
  const carol = stack.kube.as('carol', approvers);
  expect(await refusal(carol.create(approval({ ...data, approver: 'alice' })))).toContain('approver is alice');
  expect(await refusal(carol.create(approval({ kind: data.kind })))).toContain('it lacks namespace, name, field');
  await carol.create(approval(data));
  await expect.poll(() => refusal(larger()), { timeout: seconds * 1000 }).toBe('');
  const instances = () => stack.kube.list('rds.aws.m.upbound.io/v1beta1', 'Instance', { namespace });
  const classOf = async () => Object((await instances())[0]?.spec?.forProvider).instanceClass;
  await expect.poll(classOf, { timeout: seconds * 1000 }).toBe('db.m7g.large');
  expect(await refusal(carol.patch(approval({}), { data: { to: '"db.m7g.xlarge"' } }))).toContain('is changed');
});

test('a developer cannot create, change or delete a managed resource, whatever RBAC allows', async () => {
  expect(await refusal(alice.create(forged('mine')))).toContain(
    'MANAGED_RESOURCE_AUTHOR: Bucket team-a/mine: CREATE by alice',
  );
  expect(await refusal(alice.patch(old, { metadata: { labels: { mine: 'yes' } } }))).toContain('UPDATE by alice');
  expect(await refusal(alice.delete(old))).toContain('DELETE by alice');
  expect((await stack.kube.get(old)).metadata.deletionTimestamp).toBeUndefined();
});

test('what EKS never changes is refused of Crossplane as well, in every version of a kind', async () => {
  const crossplane = stack.kube.as('system:serviceaccount:crossplane-system:crossplane', developers);
  const plain = { region: 'eu-west-1', tags: { team: 'ledger' } };
  const nodes: KubeObject = {
    apiVersion: 'eks.aws.m.upbound.io/v1beta1',
    kind: 'NodeGroup',
    metadata: { name: 'nodes', namespace, ...ownedIn('namespaced') },
    spec: { forProvider: { ...plain, instanceTypes: ['m7g.large'], scalingConfig: { minSize: 1, maxSize: 3 } } },
  };
  await crossplane.create(nodes);
  expect(
    await refusal(crossplane.patch(nodes, { spec: { forProvider: { instanceTypes: ['m7g.xlarge'] } } })),
  ).toContain('EKS_CHANGE: NodeGroup team-a/nodes: instanceTypes from ["m7g.large"] to ["m7g.xlarge"] is never made');
  await crossplane.patch(nodes, { spec: { forProvider: { scalingConfig: { maxSize: 4 } } } });
  const cluster = (more: object): KubeObject => ({
    apiVersion: 'eks.aws.upbound.io/v1beta1',
    kind: 'Cluster',
    metadata: { name: 'first-version', ...ownedIn('claims') },
    spec: {
      forProvider: {
        ...plain,
        version: '1.34',
        roleArn: 'arn:aws:iam::111122223333:role/cluster',
        accessConfig: [{ authenticationMode: 'API' }],
        enabledClusterLogTypes: ['audit'],
        encryptionConfig: [
          { provider: [{ keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1' }], resources: ['secrets'] },
        ],
        upgradePolicy: [{ supportType: 'STANDARD' }],
        vpcConfig: [{ endpointPublicAccess: false, ...more }],
      },
    },
  });
  expect(await refusal(crossplane.create(cluster({ endpointPublicAccess: true })))).toContain(
    'EKS_ENDPOINT: Cluster first-version: the public endpoint is open to 0.0.0.0/0',
  );
  await crossplane.create(cluster({}));
});

test('a bucket of a name that another one has is refused, though not every kind of the inventory is served', async () => {
  const holder = {
    ...bucket('holder', 'eu-west-1'),
    metadata: { ...forged('holder').metadata, annotations: external },
  };
  await stack.kube.create(holder);
  const wanted = request('namespaced', 'ObjectStorage', 'same-name', { name: external['crossplane.io/external-name'] });
  await expect
    .poll(() => refusal(alice.create(wanted, { dryRun: true })), { timeout: seconds * 1000 })
    .toContain('S3_NAME: ObjectStorage team-a/same-name: the bucket name shared-logs is held by team-a/holder');
  await stack.kube.delete(holder);
});

test('who breaks the glass is let pass, and audit reports what is left behind', async () => {
  const bob = stack.kube.as('bob', breakGlass);
  const emergency = bucket('emergency', 'us-east-1');
  expect(await refusal(alice.create(emergency))).not.toBe('');
  await bob.create(emergency);
  const made = (): object[] =>
    readFileSync(auditLogOf(stack.state), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"bob"') && line.includes('"verb":"create"') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  // It is written after the answer; whom an administrator acts as stands beside who that is.
  await expect.poll(made, { timeout: seconds * 1000 }).toContainEqual(
    expect.objectContaining({
      impersonatedUser: expect.objectContaining({ username: 'bob', groups: expect.arrayContaining([breakGlass]) }),
      objectRef: expect.objectContaining({ name: 'emergency' }),
    }),
  );
  const regions = constraints.find(({ metadata }) => metadata.name === 'allowed-regions') as KubeObject;
  await stack.kube.waitFor(regions, (one) => violationsOf(one).some(({ name }) => name === 'emergency'), {
    seconds,
    what: 'violations',
  });
  await bob.delete(emergency);
});

test('audit reports what was made before the policies', async () => {
  const regions = constraints.find(({ metadata }) => metadata.name === 'allowed-regions') as KubeObject;
  // What others left behind is gone at the next audit.
  const seen = await stack.kube.waitFor(regions, (one) => violationsOf(one).length === 1, {
    seconds,
    what: 'one violation',
  });
  expect(violationsOf(seen).map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'made-before: REGION_NOT_ALLOWED: Bucket team-a/made-before: spec.forProvider.region is us-east-1; allowed are eu-central-1, eu-west-1',
  ]);
});

test('while Gatekeeper is down the API server judges by itself, and the webhook refuses what it cannot judge', async () => {
  await stack.pieces.kill(gatekeeperPiece);
  expect(await refusal(alice.create(forged('mine')))).toContain('MANAGED_RESOURCE_AUTHOR');
  expect(await refusal(alice.create(request('claims', 'ObjectStorage', 'down', { region: 'us-east-1' })))).toContain(
    'REGION_NOT_ALLOWED',
  );
  expect(await refusal(alice.create(request('claims', 'ObjectStorage', 'down', {})))).toContain(
    'failed calling webhook',
  );
  await stack.pieces.restart(gatekeeperPiece);
  const good = request('claims', 'ObjectStorage', 'up-again', {});
  await expect
    .poll(() => refusal(alice.create(good)), { timeout: seconds * 1000 })
    .not.toContain('failed calling webhook');
  await ready(good);
});

test('removing the policies leaves nothing behind', async () => {
  for (const constraint of constraints) await stack.kube.delete(constraint);
  for (const constraint of constraints) await stack.kube.waitGone(constraint, { seconds, what: 'deletion' });
  for (const template of templates) await stack.kube.delete(template);
  for (const template of templates) await stack.kube.waitGone(template, { seconds, what: 'deletion' });
  for (const object of [...sync, ...(approvals as readonly KubeObject[])]) await stack.kube.delete(object);
  const left = async () => [
    ...(await ours('ValidatingAdmissionPolicy')),
    ...(await ours('ValidatingAdmissionPolicyBinding')),
    ...(await stack.kube.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition')).filter(({ metadata }) =>
      metadata.name.endsWith('.constraints.gatekeeper.sh'),
    ),
  ];
  await expect
    .poll(async () => (await left()).map(({ kind, metadata }) => `${kind} ${metadata.name}`), {
      timeout: seconds * 1000,
    })
    .toEqual([]);
  const free = bucket('free', 'us-east-1');
  await alice.create(free);
  await alice.delete(free);
});
