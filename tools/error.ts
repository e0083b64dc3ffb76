export { CodedError } from './openapi/error.ts';
