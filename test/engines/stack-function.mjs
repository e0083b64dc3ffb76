// A composition function for the smoke test of the stack: one Bucket for each composite.
import {
  getCondition,
  getObservedComposedResources,
  getObservedCompositeResource,
  Ready,
  serve,
  setDesiredCompositeStatus,
} from '@crossplane-org/function-sdk-typescript';

function compose(request, response) {
  const composite = getObservedCompositeResource(request)?.resource ?? {};
  const { deletionPolicy, region = 'eu-west-1' } = composite.spec ?? {};
  const namespaced = composite.metadata?.namespace !== undefined;
  const observed = getObservedComposedResources(request).bucket?.resource;
  const ready = getCondition(observed, 'Ready').status === 'True';
  response.desired.resources.bucket = {
    resource: {
      apiVersion: namespaced ? 's3.aws.m.upbound.io/v1beta1' : 's3.aws.upbound.io/v1beta2',
      kind: 'Bucket',
      spec: { ...(deletionPolicy && { deletionPolicy }), forProvider: { region } },
    },
    connectionDetails: {},
    ready: ready ? Ready.READY_TRUE : Ready.READY_FALSE,
  };
  setDesiredCompositeStatus({ rsp: response, status: { arn: observed?.status?.atProvider?.arn ?? '' } });
  return response;
}

serve(compose, { name: 'stack-function' });
