// The least that any gRPC server on Node costs: the request is not decoded, and the answer is always the same bytes.
import { readFileSync } from 'node:fs';
import { FunctionRunnerServiceService } from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const [address = '', file = ''] = process.argv.slice(2);
const answer = readFileSync(file);
const verbatim = (bytes: Buffer): Buffer => bytes;
const serializers = {
  requestSerialize: verbatim,
  requestDeserialize: verbatim,
  responseSerialize: verbatim,
  responseDeserialize: verbatim,
};

const server = new Server();
server.addService(
  { runFunction: { ...FunctionRunnerServiceService.runFunction, ...serializers } },
  { runFunction: (_call: unknown, reply: (error: null, response: Buffer) => void) => reply(null, answer) },
);
server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
