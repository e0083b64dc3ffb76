import { isDeepStrictEqual } from 'node:util';
import { Ready, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';

/** More of them say nothing new. */
const mostDifferences = 5;

/**
 * Where two encoded responses want something else of Crossplane: other composed resources, readiness, status or
 * connection details. Conditions, events and requirements are each function's own. Empty when they want the same.
 */
export function answerDifferences(expected: Buffer, actual: Buffer): string[] {
  const [wanted, got] = [wishes(expected), wishes(actual)];
  const fields = [...new Set([...wanted.keys(), ...got.keys()])].sort();
  return fields
    .filter((field) => !isDeepStrictEqual(wanted.get(field), got.get(field)))
    .slice(0, mostDifferences)
    .map((field) => `${field} is ${show(got.get(field))}, not ${show(wanted.get(field))}`);
}

/** Every value that a response sets, by its path. */
function wishes(answer: Buffer): ReadonlyMap<string, unknown> {
  const { composite, resources = {} } = RunFunctionResponse.decode(answer).desired ?? {};
  const { connectionDetails = {}, resource } = composite ?? {};
  const connection = Object.entries(connectionDetails).map(([key, value]) => [key, Buffer.from(value).toString()]);
  return new Map([
    ...leaves('status', resource?.status),
    ...leaves('connection', Object.fromEntries(connection)),
    ...Object.entries(resources).flatMap(([name, { resource: object, ready }]) =>
      // Unspecified and false are the same to Crossplane.
      leaves(name, { ...object, ready: ready === Ready.READY_TRUE }),
    ),
  ]);
}

/** An object without members sets nothing: `metadata: {}` is as good as no metadata. */
function leaves(path: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${key}`, inner));
}

const show = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
