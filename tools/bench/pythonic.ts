import { readFileSync } from 'node:fs';
import {
  type Resource,
  type ResourceSelector,
  RunFunctionRequest,
  RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { cacheDirectory } from '../engines/cache.ts';
import { havePython, type PythonProgram } from '../engines/provider/python.ts';
import { type Contestant, launch, type Own, own } from './contestants.ts';
import type { State } from './state.ts';

const program = {
  name: 'function-pythonic',
  version: '0.1.4',
  requirements: 'function-pythonic.txt',
  python: [3, 11],
  below: [3, 14],
} as const satisfies PythonProgram;

/** What is measured, with its version. */
export const pythonicName = `${program.name} ${program.version}`;

/** What its figures cannot be read without. */
export const pythonicNote = `${program.name} has its program, tools/bench/children/pythonic.py, in every request, as from a Composition; that it wants the same resources, status and connection details is checked.`;

/** As the pipeline of a Composition gives it. It counts calls by the step, or by a hash that each process has its own. */
const input = {
  apiVersion: 'pythonic.fn.fortra.com/v1alpha1',
  kind: 'Composite',
  step: 'compose',
  composite: readFileSync(new URL('./children/pythonic.py', import.meta.url), 'utf8'),
};

/**
 * function-pythonic from the Python package index, by its own command line, without TLS: one process, whose threads all
 * count. It logs a line for each call and has no option to log less.
 */
export async function pythonic(state: State, log: (line: string) => void): Promise<Contestant> {
  const outcome = await havePython(program, { cache: cacheDirectory(), build: true, log });
  if (outcome.state === 'impossible') throw outcome.why;
  const server: Own = {
    name: `${pythonicName}, the same resources`,
    state,
    program: `${outcome.directory}/bin/python`,
    command: (address) => ['-m', 'crossplane.pythonic.main', '--insecure', '--address', address],
    othersBytes: true,
  };
  return own({ ...server, state: { ...state, request: await lastRequest(server) } });
}

/** What Crossplane calls it with in the end: with what its first answer asks for, and the context of that answer. */
async function lastRequest(server: Own): Promise<Buffer> {
  const { requiredResources, ...request } = RunFunctionRequest.decode(server.state.request);
  const found = Object.values(requiredResources).flatMap(({ items }) => items);
  const first = { ...request, requiredResources: {}, input };
  const { client, stop } = await launch({ ...server, state: { ...server.state, request: encoded(first) } });
  try {
    const { context, requirements } = RunFunctionResponse.decode(await client.call());
    const asked = Object.entries(requirements?.extraResources ?? {});
    const extraResources = asked.map(([key, selector]) => [key, { items: found.filter(selects(selector)) }] as const);
    return encoded({ ...first, context, extraResources: Object.fromEntries(extraResources) });
  } finally {
    await stop();
  }
}

const selects =
  ({ apiVersion, kind, matchName }: ResourceSelector) =>
  ({ resource }: Resource): boolean =>
    resource?.apiVersion === apiVersion && resource.kind === kind && resource.metadata.name === matchName;

const encoded = (request: RunFunctionRequest): Buffer => Buffer.from(RunFunctionRequest.encode(request).finish());
