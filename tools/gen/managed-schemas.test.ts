import { describe, expect, it } from 'vitest';
import { Bucket, BucketVersioning, managedKinds } from '../../functions/aws/index.ts';
import type { Form } from '../../functions/core/managed.ts';
import { managedSchema, validateManaged } from './managed-schemas.ts';

const forms: readonly Form[] = ['claims', 'namespaced'];

function bucket(form: Form, spec: object, forProvider: object = {}): object {
  return {
    apiVersion: Bucket.apiVersion[form],
    kind: Bucket.kind,
    metadata: { annotations: { 'crossplane.io/external-name': 'b' } },
    spec: { forProvider: { region: 'eu-west-1', ...forProvider }, ...spec },
  };
}

describe('managed schemas', () => {
  it.each(managedKinds)('$kind compiles in both forms', (kind) => {
    for (const form of forms) {
      const found = validateManaged({ apiVersion: kind.apiVersion[form], kind: kind.kind, spec: {} });
      expect(found).toEqual(["spec: must have required property 'forProvider'"]);
    }
  });

  it('accepts a bucket in both forms', () => {
    for (const form of forms) expect(validateManaged(bucket(form, {}, { tags: { a: 'b' } }))).toEqual([]);
  });

  it('knows what only one form has', () => {
    expect(validateManaged(bucket('claims', { deletionPolicy: 'Orphan' }))).toEqual([]);
    expect(validateManaged(bucket('namespaced', { deletionPolicy: 'Orphan' }))).toEqual([
      'spec: unknown field deletionPolicy',
    ]);
    expect(validateManaged(bucket('claims', { providerConfigRef: { kind: 'ProviderConfig', name: 'a' } }))).toEqual([
      'spec.providerConfigRef: unknown field kind',
    ]);
    expect(validateManaged(bucket('namespaced', { providerConfigRef: { name: 'a' } }))).toEqual([
      "spec.providerConfigRef: must have required property 'kind'",
    ]);
  });

  it('refuses references, which blueprints never use', () => {
    const versioning = {
      apiVersion: BucketVersioning.apiVersion.namespaced,
      kind: BucketVersioning.kind,
      spec: { forProvider: { region: 'eu-west-1', bucketRef: { name: 'b' } } },
    };
    expect(validateManaged(versioning)).toEqual([
      "spec.forProvider: must have required property 'versioningConfiguration'",
      'spec.forProvider: unknown field bucketRef',
    ]);
  });

  it('says what is wrong and where', () => {
    const spec = { managementPolicies: ['Observe', 'Remove'] };
    expect(validateManaged(bucket('namespaced', spec, { tags: { a: 1 }, forceDestroy: 'yes' }))).toEqual([
      'spec.forProvider.forceDestroy: must be boolean',
      'spec.forProvider.tags.a: must be string',
      'spec.managementPolicies[1]: must be one of Observe, Create, Update, Delete, LateInitialize, *',
    ]);
    expect(validateManaged({ ...bucket('claims', {}), metadata: { name: 1 } })).toEqual([
      'metadata.name: must be string',
    ]);
  });

  it('knows no other kind', () => {
    expect(managedSchema('v1', 'Secret')).toBeUndefined();
    expect(validateManaged({ apiVersion: 'v1', kind: 'Secret' })).toEqual([
      'apiVersion, kind: v1 Secret is not a managed kind of functions/aws',
    ]);
    expect(validateManaged(null)).toEqual(['apiVersion, kind: (none) (none) is not a managed kind of functions/aws']);
  });
});
