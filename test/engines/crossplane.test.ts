import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managedKinds } from '../../functions/aws/index.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { groups } from '../../functions/core/blueprint.ts';
import { load } from '../../tools/cli/load.ts';
import { conditionStatus, hasConditions, KubeError, type KubeObject } from '../../tools/engines/kube.ts';
import { type RunningFunction, type Stack, startStack } from '../../tools/engines/stack.ts';
import { type StandInProvider, startStandInProvider } from '../../tools/engines/stand-in-provider.ts';
import { functionName } from '../../tools/gen/composition.ts';
import { simulate } from '../../tools/simulate.ts';

// The whole of issue "claim to Ready" on real engines: etcd, kube-apiserver, Crossplane core under its chart's roles,
// our function over mutual TLS. Only the provider is a stand-in, which says Ready without any AWS.
const team: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } };
const forms = ['claims', 'namespaced'] as const;
const namespace = 'team-a';
const seconds = 60;

const files = [
  'compositions/clusterrole.yaml',
  ...forms.flatMap((form) =>
    blueprints.flatMap(({ name }) => [`xrds/${form}/${name}.yaml`, `compositions/${form}/${name}.yaml`]),
  ),
];

let stack: Stack;
let provider: StandInProvider;
let running: RunningFunction;
let environment: KubeObject;

beforeAll(async () => {
  const manifests = [team, ...files.flatMap((file) => load(file).map(({ object }) => object as KubeObject))];
  const managed = managedKinds.flatMap(({ kind, apiVersion }) =>
    forms.map((form) => ({ kind, apiVersion: apiVersion[form] })),
  );
  stack = await startStack({ managed, manifests });
  provider = await startStandInProvider(stack, {
    atProvider: (resource) =>
      Object(simulate(resource, '', { account: '111122223333', partition: 'aws' }).status).atProvider,
  });
  running = await stack.startFunction({
    name: functionName,
    command: process.execPath,
    args: ['dist/main.js', '--metrics-address', ''],
  });
  environment = load('examples/environment.yaml')[0]?.object as KubeObject;
  await stack.kube.apply(environment);
}, 900_000);

afterAll(async () => {
  provider?.stop();
  await stack?.stop();
});

/** A claim or namespaced composite: only the apiVersion differs. */
function request(
  form: (typeof forms)[number],
  kind: string,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const { resourceConfig, ...others } = spec;
  return {
    apiVersion: `${groups[form]}/v1alpha1`,
    kind,
    metadata: { name, namespace },
    spec: { resourceConfig: { region: 'eu-west-1', ...Object(resourceConfig) }, ...others },
  };
}

const ready = (object: KubeObject) =>
  stack.kube.waitFor(
    object,
    (seen) => hasConditions(seen, 'Synced', 'Ready') && conditionStatus(seen, 'DependenciesReady') === 'True',
    {
      seconds,
      what: 'Synced, DependenciesReady and Ready',
    },
  );

const condition = (object: KubeObject, wanted: RegExp) =>
  stack.kube.waitFor(
    object,
    ({ status }) => wanted.test(status?.conditions?.find(({ type }) => type === 'DependenciesReady')?.message ?? ''),
    { seconds, what: `DependenciesReady with ${wanted}` },
  );

const label = (form: (typeof forms)[number], name: string): string =>
  form === 'claims' ? `crossplane.io/claim-name=${name}` : `crossplane.io/composite=${name}`;

/** Every managed resource that was composed for a request, by its composed resource name. */
async function composedFor(form: (typeof forms)[number], name: string): Promise<Map<string, KubeObject>> {
  const kinds = await Promise.all(
    managedKinds.map(({ kind, apiVersion }) =>
      stack.kube.list(apiVersion[form], kind, { labelSelector: label(form, name) }),
    ),
  );
  return new Map(
    kinds
      .flat()
      .map((object) => [String(object.metadata.annotations?.['crossplane.io/composition-resource-name']), object]),
  );
}

const secretOf = async (name: string): Promise<Record<string, string>> => {
  const secret = await stack.kube.waitFor(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
    ({ data }) => Object.keys(Object(data)).length === 4,
    {
      seconds,
      what: 'four connection details',
    },
  );
  return Object.fromEntries(
    Object.entries(Object(secret.data)).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]),
  );
};

/** Something harmless changes, so that Crossplane reconciles at once. */
const touch = (object: KubeObject) =>
  stack.kube.patch(object, { metadata: { annotations: { touched: String(Math.random()) } } });

const compositeOfClaim = async (claim: KubeObject): Promise<KubeObject> => {
  const { spec } = await stack.kube.get(claim);
  const { kind, name } = Object(spec?.resourceRef);
  return stack.kube.get({ apiVersion: claim.apiVersion, kind, metadata: { name } });
};

async function pause(composite: KubeObject, paused: boolean): Promise<void> {
  await stack.kube.patch(composite, { metadata: { annotations: { 'crossplane.io/paused': paused ? 'true' : null } } });
  if (paused)
    await stack.kube.waitFor(composite, (seen) => conditionStatus(seen, 'Synced') === 'False', {
      seconds,
      what: 'ReconcilePaused',
    });
}

describe.each(forms)('in the %s form', (form) => {
  test('S3IRSA becomes Ready, and the application gets its Secret and its ServiceAccount', async () => {
    const name = `app-${form}`;
    const object = request(form, 'S3IRSA', name, { writeConnectionSecretToRef: { name: `${name}-bucket` } });
    await stack.kube.apply(object);
    const { status } = await ready(object);
    expect(status).toMatchObject({ region: 'eu-west-1', serviceAccountName: name });
    expect(await secretOf(`${name}-bucket`)).toEqual({
      bucketName: status?.bucketName,
      bucketArn: `arn:aws:s3:::${status?.bucketName}`,
      region: 'eu-west-1',
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
    });
    const account = await stack.kube.get({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
    expect(account.metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(status?.roleArn);
    expect([...(await composedFor(form, name)).keys()].sort()).toEqual([
      'access-policy',
      'access-policy-attachment',
      'bucket',
      'bucket-policy',
      'encryption',
      'ownership-controls',
      'public-access-block',
      'role',
      'versioning',
    ]);
    expect(provider.failures).toEqual([]);
  });

  test('IRSA and ObjectStorage become Ready', async () => {
    const irsa = request(form, 'IRSA', `reader-${form}`, {
      serviceAccountName: `reader-${form}`,
      policyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
    });
    const bucket = request(form, 'ObjectStorage', `store-${form}`);
    await stack.kube.apply(irsa, bucket);
    await Promise.all([ready(irsa), ready(bucket)]);
  });

  test('a change arrives, and what is no longer asked for goes', async () => {
    const object = request(form, 'ObjectStorage', `change-${form}`);
    await stack.kube.apply(object);
    await ready(object);
    const rules = [{ id: 'clean-up', abortIncompleteMultipartUploadDays: 7 }];
    await stack.kube.apply(
      request(form, 'ObjectStorage', `change-${form}`, {
        resourceConfig: { tags: { team: 'a' } },
        lifecycleRules: rules,
      }),
    );
    await expect
      .poll(async () => (await composedFor(form, `change-${form}`)).has('lifecycle'), { timeout: seconds * 1000 })
      .toBe(true);
    const bucket = (await composedFor(form, `change-${form}`)).get('bucket');
    expect(Object(bucket?.spec?.forProvider).tags).toEqual({ team: 'a' });
    await stack.kube.apply(object);
    await expect
      .poll(async () => (await composedFor(form, `change-${form}`)).has('lifecycle'), { timeout: seconds * 1000 })
      .toBe(false);
    await ready(object);
  });

  test('what can never change is refused by the API server, as is what the XRD does not know', async () => {
    const object = request(form, 'ObjectStorage', `store-${form}`);
    const moved = request(form, 'ObjectStorage', `store-${form}`, { resourceConfig: { region: 'us-east-1' } });
    await expect(stack.kube.apply(moved)).rejects.toThrow('spec.resourceConfig.region cannot change after creation');
    const named = request(form, 'ObjectStorage', `store-${form}`, { resourceConfig: { name: 'added-later' } });
    await expect(stack.kube.apply(named)).rejects.toThrow('spec.resourceConfig.name cannot change after creation');
    await expect(stack.kube.apply(request(form, 'ObjectStorage', 'wrong', { versioning: 'on' }))).rejects.toThrow(
      KubeError,
    );
    await expect(
      stack.kube.apply(request(form, 'ObjectStorage', 'wrong', { encryption: { type: 'KMS' } })),
    ).rejects.toThrow('kmsKeyArn is needed when type is KMS');
    await expect(stack.kube.patch(object, { spec: { colour: 'red' } }, { strict: true })).rejects.toThrow(
      'unknown field "spec.colour"',
    );
  });

  test('Orphan leaves the data and its protection in AWS, Delete removes everything', async () => {
    const kept = request(form, 'S3IRSA', `kept-${form}`, { resourceConfig: { deletionPolicy: 'Orphan' } });
    const gone = request(form, 'S3IRSA', `gone-${form}`);
    await stack.kube.apply(kept, gone);
    await Promise.all([ready(kept), ready(gone)]);
    const composed = [await composedFor(form, `kept-${form}`), await composedFor(form, `gone-${form}`)].flatMap(
      (one) => [...one.values()],
    );
    const expected = composed.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    const before = provider.deleted.length;
    await Promise.all([stack.kube.delete(kept), stack.kube.delete(gone)]);
    await Promise.all([
      stack.kube.waitGone(kept, { seconds, what: 'deletion' }),
      stack.kube.waitGone(gone, { seconds, what: 'deletion' }),
    ]);
    // A reconcile that is under way while the garbage collector works may make a resource again, which then goes too.
    const deleted = () =>
      [...new Set(provider.deleted.slice(before).map(({ kind, name }) => `${kind} ${name}`))].sort();
    await expect.poll(deleted, { timeout: seconds * 1000 }).toEqual(expected);
    const orphaned = provider.deleted.slice(before).filter((resource) => resource.orphaned);
    expect([...new Set(orphaned.map(({ kind }) => kind))].sort()).toEqual([
      'Bucket',
      'BucketOwnershipControls',
      'BucketPolicy',
      'BucketPublicAccessBlock',
      'BucketServerSideEncryptionConfiguration',
      'BucketVersioning',
    ]);
  });

  test('a paused composite stays as it is until it is resumed', async () => {
    const object = request(form, 'ObjectStorage', `paused-${form}`);
    await stack.kube.apply(object);
    await ready(object);
    const composite = form === 'claims' ? await compositeOfClaim(object) : object;
    await pause(composite, true);
    await stack.kube.apply(request(form, 'ObjectStorage', `paused-${form}`, { versioning: 'Suspended' }));
    const versioning = async () =>
      Object((await composedFor(form, `paused-${form}`)).get('versioning')?.spec?.forProvider).versioningConfiguration;
    expect(await versioning()).toEqual({ status: 'Enabled' });
    await pause(composite, false);
    await expect.poll(versioning, { timeout: seconds * 1000 }).toEqual({ status: 'Suspended' });
  });

  test('an environment that is lost changes nothing, and says so', async () => {
    const object = request(form, 'S3IRSA', `lost-${form}`, { identity: form === 'claims' ? 'irsa' : 'podIdentity' });
    await stack.kube.apply(object);
    await ready(object);
    const before = await composedFor(form, `lost-${form}`);
    await stack.kube.delete(environment);
    await touch(form === 'claims' ? await compositeOfClaim(object) : object);
    await condition(object, /^awaiting: .*awsAccountID of EnvironmentConfig cluster/);
    const after = await composedFor(form, `lost-${form}`);
    expect(specsOf(after)).toEqual(specsOf(before));
    await stack.kube.apply(environment);
    await ready(object);
  });

  test('a composite that owns something unknown is refused, and nothing is deleted', async () => {
    const object = request(form, 'ObjectStorage', `foreign-${form}`);
    await stack.kube.apply(object);
    await ready(object);
    const composite = form === 'claims' ? await compositeOfClaim(object) : await stack.kube.get(object);
    const old = await adoptOldBucket(form, composite);
    const before = [...(await composedFor(form, `foreign-${form}`)).keys()];
    await condition(object, /^FOREIGN_RESOURCE: composed resource s3-bucket /);
    await touch(composite);
    await stack.kube.waitFor(composite, (seen) => conditionStatus(seen, 'Synced') === 'False', {
      seconds,
      what: 'the refusal',
    });
    expect([...(await composedFor(form, `foreign-${form}`)).keys()]).toEqual(before);
    expect((await stack.kube.get(old)).metadata.deletionTimestamp).toBeUndefined();
    const events = await stack.kube.list('v1', 'Event', { namespace: form === 'claims' ? namespace : namespace });
    expect(
      events.some(
        ({ message, involvedObject }) =>
          String(message).includes('FOREIGN_RESOURCE') && Object(involvedObject).name === object.metadata.name,
      ),
    ).toBe(true);
  });

  test('a ServiceAccount that is not ours is left alone until it may be adopted', async () => {
    const name = `taken-${form}`;
    const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
    await stack.kube.apply(account);
    const object = request(form, 'IRSA', name, { serviceAccountName: name });
    await stack.kube.apply(object);
    await condition(object, new RegExp(`^awaiting: ServiceAccount team-a/${name} to go away$`));
    expect((await stack.kube.get(account)).metadata.annotations?.['eks.amazonaws.com/role-arn']).toBeUndefined();
    await stack.kube.apply(request(form, 'IRSA', name, { serviceAccountName: name, adoptServiceAccount: true }));
    const { status } = await ready(object);
    expect((await stack.kube.get(account)).metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(status?.roleArn);
  });
});

test('a claim that is deleted stays visible until AWS is done (Foreground)', async () => {
  const claim = request('claims', 'ObjectStorage', 'slow');
  await stack.kube.apply(claim);
  await ready(claim);
  provider.holdDeletion('Bucket');
  await stack.kube.delete(claim);
  const deleting = await stack.kube.waitFor(claim, (seen) => conditionStatus(seen, 'Ready') === 'False', {
    seconds,
    what: 'Deleting',
  });
  expect(deleting.metadata.deletionTimestamp).toBeDefined();
  provider.release('Bucket');
  await stack.kube.waitGone(claim, { seconds, what: 'deletion' });
});

test('a function that is killed while claims change loses nothing', async () => {
  const [first, second] = [
    request('claims', 'S3IRSA', 'survivor'),
    request('namespaced', 'S3IRSA', 'survivor', { serviceAccountName: 'other' }),
  ];
  await stack.kube.apply(first, second);
  await Promise.all([ready(first), ready(second)]);
  const uids = async () =>
    new Map([...(await composedFor('claims', 'survivor'))].map(([name, { metadata }]) => [name, metadata.uid]));
  const before = await uids();
  await stack.pieces.kill(running.piece);
  await stack.kube.apply(
    request('claims', 'S3IRSA', 'survivor', { versioning: 'Suspended' }),
    request('claims', 'ObjectStorage', 'newcomer'),
  );
  expect(await uids()).toEqual(before);
  await stack.pieces.restart(running.piece);
  await ready(request('claims', 'ObjectStorage', 'newcomer'));
  const versioning = async () =>
    Object((await composedFor('claims', 'survivor')).get('versioning')?.spec?.forProvider).versioningConfiguration;
  await expect.poll(versioning, { timeout: 150_000 }).toEqual({ status: 'Suspended' });
  expect(await uids()).toEqual(before);
}, 240_000);

test('both forms of one name live side by side, each with resources of its own', async () => {
  const [claims, namespaced] = [await composedFor('claims', 'survivor'), await composedFor('namespaced', 'survivor')];
  expect([...claims.keys()].sort()).toEqual([...namespaced.keys()].sort());
  const external = (composed: ReadonlyMap<string, KubeObject>) =>
    composed.get('bucket')?.metadata.annotations?.['crossplane.io/external-name'];
  expect(external(claims)).not.toBe(external(namespaced));
});

const specsOf = (composed: ReadonlyMap<string, KubeObject>) =>
  Object.fromEntries(
    [...composed].map(([name, { metadata, spec }]) => [
      name,
      { uid: metadata.uid, spec, external: metadata.annotations?.['crossplane.io/external-name'] },
    ]),
  );

/** What a composite of crossplane-on-eks has: a bucket under a composed resource name that we never use. */
async function adoptOldBucket(form: (typeof forms)[number], composite: KubeObject): Promise<KubeObject> {
  const bucket = managedKinds.find(({ kind }) => kind === 'Bucket');
  if (bucket === undefined) throw new Error('no Bucket');
  const { apiVersion, kind, metadata } = composite;
  const old: KubeObject = {
    apiVersion: bucket.apiVersion[form],
    kind: bucket.kind,
    metadata: {
      name: `old-${form}`,
      ...(form === 'namespaced' && { namespace }),
      annotations: { 'crossplane.io/composition-resource-name': 's3-bucket' },
      labels: { 'crossplane.io/composite': metadata.name },
      ownerReferences: [
        {
          apiVersion,
          kind,
          name: metadata.name,
          uid: String(metadata.uid),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { forProvider: { region: 'eu-west-1' } },
  };
  await stack.kube.apply(old);
  // Crossplane replaces the whole list whenever it reconciles, so it must not while the list is changed.
  const reference = { apiVersion: old.apiVersion, kind: old.kind, name: old.metadata.name };
  const path = form === 'claims' ? '/spec/resourceRefs/-' : '/spec/crossplane/resourceRefs/-';
  await pause(composite, true);
  await stack.kube.patch(composite, [{ op: 'add', path, value: reference }], { type: 'json' });
  await pause(composite, false);
  return old;
}
