import { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { expect, test } from 'vitest';
import { stateOf } from './state.ts';

const claim = 'examples/s3-irsa/claim.yaml';

test('the measured request has seven observed resources, as the API server returns them, and all that is looked up', () => {
  const { request } = stateOf(claim, { observed: 7 });
  const { observed, requiredResources } = RunFunctionRequest.decode(request);
  const resources = observed?.resources ?? {};
  expect(Object.keys(resources).sort()).toEqual([
    'access-policy',
    'access-policy-attachment',
    'bucket',
    'bucket-policy',
    'encryption',
    'ownership-controls',
    'role',
  ]);
  expect(resources.bucket?.resource?.metadata.managedFields).toHaveLength(3);
  expect(requiredResources.environment?.items).toHaveLength(1);
  expect(requiredResources['service-account-invoices']?.items).toEqual([]);
});

test('the same state is encoded to the same bytes', () => {
  expect(stateOf(claim, { observed: 7 })).toEqual(stateOf(claim, { observed: 7 }));
});

test('an example that is played to its end leaves nothing to compose', () => {
  const { observed, desired, response } = stateOf(claim);
  expect(observed).toBe(desired);
  expect(RunFunctionResponse.decode(response).conditions[0]?.reason).toBe('Composed');
});
