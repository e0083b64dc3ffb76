import { type ServerUnaryCall, type ServiceDefinition, type sendUnaryData, status } from '@grpc/grpc-js';

/** An object, since @grpc/grpc-js takes a message that is falsy for none at all (server.js). */
interface HealthRequest {
  readonly service: string;
}

/**
 * The Check call of grpc.health.v1, as Kubernetes probes use it. The package grpc-health-check reads its .proto file
 * from disk at run time, which a bundle does not have; both messages have a single field, so they are coded here.
 */
export const healthService = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: ({ service }: HealthRequest): Buffer =>
      Buffer.concat([Buffer.from([0x0a, Buffer.byteLength(service)]), Buffer.from(service)]),
    requestDeserialize: serviceOf,
    // Field 1, the status: 1 is SERVING, 2 is NOT_SERVING.
    responseSerialize: (serving: boolean): Buffer => Buffer.from([0x08, serving ? 1 : 2]),
    responseDeserialize: (bytes: Buffer): boolean => bytes[1] === 1,
  },
} as const satisfies ServiceDefinition;

/** The name of the service that is asked for; empty asks for the whole server. */
function serviceOf(bytes: Buffer): HealthRequest {
  // Field 1, a string shorter than 128 bytes: any longer name is none of ours.
  const service = bytes.length > 2 && bytes[0] === 0x0a ? bytes.toString('utf8', 2, 2 + (bytes[1] ?? 0)) : '';
  return { service };
}

/** Answers for the services named here, and for the server as a whole. */
export const checkHealth =
  (services: readonly string[], serving: () => boolean) =>
  ({ request }: ServerUnaryCall<HealthRequest, boolean>, answer: sendUnaryData<boolean>): void => {
    if (request.service !== '' && !services.includes(request.service)) {
      answer({ code: status.NOT_FOUND, details: 'unknown service' });
      return;
    }
    answer(null, serving());
  };
