import { RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { expect, test } from 'vitest';
import { answerDifferences } from './answer.ts';

const answer = (region: string, more: object = {}) => {
  const bucket = {
    apiVersion: 's3.aws.upbound.io/v1beta2',
    kind: 'Bucket',
    spec: { forProvider: { region } },
    ...more,
  };
  return {
    desired: {
      composite: {
        resource: { status: { region } },
        connectionDetails: { region: Buffer.from(region).toString('base64') },
      },
      resources: { bucket: { resource: bucket, ready: 'READY_TRUE' } },
    },
  };
};

/** A response in the JSON mapping of protobuf, encoded. */
const encoded = (response: object): Buffer =>
  Buffer.from(RunFunctionResponse.encode(RunFunctionResponse.fromJSON(response)).finish());

const differences = (actual: object) => answerDifferences(encoded(answer('eu-west-1')), encoded(actual));

test('what Crossplane takes alike is no difference', () => {
  const { desired } = answer('eu-west-1', { metadata: {} });
  expect(differences({ desired, conditions: [{ type: 'ResourcesComposed' }] })).toEqual([]);
});

test('another value is named wherever it is', () => {
  expect(differences(answer('eu-west-2'))).toEqual([
    'bucket.spec.forProvider.region is "eu-west-2", not "eu-west-1"',
    'connection.region is "eu-west-2", not "eu-west-1"',
    'status.region is "eu-west-2", not "eu-west-1"',
  ]);
});

test('what is too much, missing or not ready is named', () => {
  const { desired } = answer('eu-west-1', { metadata: { annotations: { owner: 'ledger' } } });
  expect(differences({ desired })).toEqual(['bucket.metadata.annotations.owner is "ledger", not absent']);
  const { composite } = desired;
  expect(differences({ desired: { composite } })).toContain('bucket.kind is absent, not "Bucket"');
  const unready = { bucket: { ...answer('eu-west-1').desired.resources.bucket, ready: 'READY_FALSE' } };
  expect(differences({ desired: { composite, resources: unready } })).toEqual(['bucket.ready is false, not true']);
});
