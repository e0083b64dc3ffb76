import { describe, expect, it } from 'vitest';
import type { StructuralSchema } from '../openapi/index.ts';
import { dropReferences, secretNamespace } from './provider-references.ts';

const string = { type: 'string' } as const;
const policy = { type: 'object', properties: { resolution: string, resolve: string } } as const;
const reference: StructuralSchema = { type: 'object', properties: { name: string, policy } };
const matching: StructuralSchema = { type: 'object', properties: { matchLabels: { type: 'object' }, policy } };
const object = (properties: Readonly<Record<string, StructuralSchema>>): StructuralSchema => ({
  type: 'object',
  properties,
});

describe('dropReferences', () => {
  it('drops references, lists of them and selectors, at any depth', () => {
    const fields = object({
      bucket: string,
      bucketRef: reference,
      bucketSelector: matching,
      subnetIdRefs: { type: 'array', items: reference },
    });
    const schema = object({
      rules: { type: 'array', items: fields },
      byName: { ...object({}), additionalProperties: fields },
    });
    const plain = object({ bucket: string });
    expect(dropReferences(schema)).toEqual(
      object({ rules: { type: 'array', items: plain }, byName: { ...object({}), additionalProperties: plain } }),
    );
  });

  it('keeps fields of AWS that look alike', () => {
    const schema = object({
      eventSelector: object({ name: string }),
      signingSelector: string,
      inlinePolicy: { type: 'array', items: object({ name: string, policy: string }) },
      passwordSecretRef: object({ key: string, name: string }),
    });
    expect(dropReferences(schema)).toEqual(schema);
  });
});

describe('secretNamespace', () => {
  const plain = object({ passwordSecretRef: { ...object({ key: string, name: string }), required: ['key', 'name'] } });

  it('requires, allows and removes the namespace', () => {
    const required = secretNamespace(plain, 'require');
    expect(required.properties?.passwordSecretRef?.required).toEqual(['key', 'name', 'namespace']);
    expect(secretNamespace(plain, 'allow').properties?.passwordSecretRef).toEqual({
      ...object({ key: string, name: string, namespace: string }),
      required: ['key', 'name'],
    });
    expect(secretNamespace(required, 'remove')).toEqual(plain);
  });
});
