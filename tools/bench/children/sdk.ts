// A function on the SDK's own server, without logic: what decoding, encoding and the SDK cost.
import { readFileSync } from 'node:fs';
import { RunFunctionResponse, serve } from '@crossplane-org/function-sdk-typescript';

const [address = '', file = ''] = process.argv.slice(2);
const { desired, conditions, requirements } = RunFunctionResponse.decode(readFileSync(file));

serve((_request, response) => ({ ...response, desired, conditions, requirements }), {
  argv: ['--insecure', '--address', address],
});
