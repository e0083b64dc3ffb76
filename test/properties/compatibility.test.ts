import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeOf } from '../../tools/cli/claim.ts';
import { history, xrOf } from '../support/world.ts';

// The claims that the XRDs of awslabs/crossplane-on-eks accept (upbound-aws-provider, commit c56d066): field names,
// types and what is required, per kind. All strings are unbounded there.
const text = fc.string();
const resourceConfig = (required: readonly ('providerConfigName' | 'region')[], withRegion: boolean) =>
  fc.record(
    {
      providerConfigName: text,
      ...(withRegion && { region: text }),
      name: text,
      deletionPolicy: fc.constantFrom('Delete', 'Orphan'),
      tags: fc.dictionary(text, text, { maxKeys: 3 }),
    },
    { requiredKeys: [...required] },
  );

const accepted = {
  ObjectStorage: fc.record({ resourceConfig: resourceConfig(['providerConfigName', 'region'], true) }),
  IRSA: fc.record(
    {
      resourceConfig: resourceConfig(['providerConfigName'], false),
      serviceAccountName: text,
      awsAccountID: text,
      eksOIDC: text,
      permissionsBoundaryArn: text,
      policyArns: fc.array(text, { maxLength: 3 }),
    },
    { requiredKeys: ['resourceConfig', 'serviceAccountName'] },
  ),
  S3IRSA: fc.record(
    {
      resourceConfig: resourceConfig(['providerConfigName', 'region'], true),
      serviceAccountName: text,
      policyArns: fc.array(text, { maxLength: 3 }),
    },
    { requiredKeys: ['resourceConfig'] },
  ),
};

describe.each(Object.entries(accepted))('%s of crossplane-on-eks', (kind, specs: fc.Arbitrary<object>) => {
  const claim = (spec: object) => ({
    apiVersion: 'awsblueprints.io/v1alpha1',
    kind,
    metadata: { name: 'old', namespace: 'default' },
    spec,
  });

  test('every claim that its XRD accepts is accepted', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(compositeOf(blueprints, { source: 'old', object: claim(spec) }, undefined).form).toBe('claims');
      }),
      { numRuns: 300 },
    );
  });

  test('a claim as in its examples is composed to the end', () => {
    const { blueprint, xr } = compositeOf(
      blueprints,
      {
        source: 'old',
        object: claim({
          ...(kind === 'IRSA' && { serviceAccountName: 'irsa-example' }),
          resourceConfig: { providerConfigName: 'aws-provider-config', region: 'us-east-1' },
          ...(kind !== 'IRSA' && { writeConnectionSecretToRef: { name: 's3bucket' } }),
        }),
      },
      undefined,
    );
    const environment = {
      awsAccountID: '111122223333',
      eksOIDC: 'oidc.eks.us-east-1.amazonaws.com/id/A',
      vpcID: 'vpc-1',
    };
    const one = { name: 'old', namespace: 'default', uid: 'u', spec: Object(xr.spec) };
    const last = history({ xr: xrOf(blueprint, 'claims', one), observed: new Map(), environment }).at(-1);
    expect(last?.rendered.ready).toBe(true);
  });

  test('the Composition has the name and labels by which old claims select it', () => {
    const { composition } = blueprints.find((one) => one.kind === kind) ?? { composition: undefined };
    expect(composition?.name).toBe(
      { ObjectStorage: 's3bucket.awsblueprints.io', IRSA: 'irsa.awsblueprints.io', S3IRSA: 'xs3irsa.awsblueprints.io' }[
        kind
      ],
    );
    expect(composition?.labels).toMatchObject({
      'awsblueprints.io/provider': 'aws',
      'awsblueprints.io/environment': 'dev',
    });
  });
});
