import { existsSync, writeFileSync } from 'node:fs';
import { load } from '../cli/load.ts';
import { bundle, start, temporary } from './children.ts';
import { type State, stateOf } from './state.ts';
import { serverFlags } from './v8-flags.ts';

interface Times {
  readonly decode: number;
  readonly handle: number;
  readonly encode: number;
  /** Time of the processor in this program and not in the kernel, on average: other work on the machine adds little. */
  readonly cpu: number;
}

/** Microseconds of one call, the middle one where nothing else is said, for one state of one example. */
export interface ComposeFigures extends Times {
  readonly example: string;
  readonly state: State;
}

/** The blueprint of which a claim can be made as large as one likes, and the numbers of its access entries. */
const growing = 'eks-cluster';
const entries = [0, 10, 30, 70];

const exampleStates = (name: string) =>
  ['claim', 'full'].flatMap((example) => {
    const file = `examples/${name}/${example}.yaml`;
    if (!existsSync(file)) return [];
    return [{ observed: 0 }, {}].map((options) => ({ example: `${name} ${example}`, state: stateOf(file, options) }));
  });

/** The claim of a cluster that so many principals may use: each of them is two more resources. */
function grownState(count: number): { readonly example: string; readonly state: State } {
  const [claim] = load(`examples/${growing}/claim.yaml`);
  const accessEntries = Array.from({ length: count }, (_, index) => ({
    principalArn: `arn:aws:iam::111122223333:role/team-${index}`,
    policies: [{ name: 'AmazonEKSViewPolicy', namespaces: [`team-${index}`] }],
  }));
  const file = temporary(`claim-${count}.json`);
  writeFileSync(file, JSON.stringify({ ...claim?.object, spec: { ...Object(claim?.object.spec), accessEntries } }));
  return { example: `${growing} claim + ${count}`, state: stateOf(file) };
}

/** Times decode, handle and encode for blueprints' examples: before anything exists, and when all is ready. */
export async function measureCompose(calls: number, names: readonly string[]): Promise<ComposeFigures[]> {
  const states = [...names.flatMap(exampleStates), ...(names.includes(growing) ? entries.map(grownState) : [])];
  const files = states.map(({ state }, index) => {
    const file = temporary(`request-${index}.bin`);
    writeFileSync(file, state.request);
    return file;
  });
  const child = start('compose', [...serverFlags, await bundle('compose'), String(calls), ...files]);
  if ((await child.exit) !== 0) await child.ended;
  const times: readonly Times[] = JSON.parse(child.output());
  return states.flatMap((state, index) => {
    const own = times[index];
    return own === undefined ? [] : [{ ...state, ...own }];
  });
}

/** The figures as rows of text, the first row the heading. */
export function composeRows(figures: readonly ComposeFigures[]): readonly (readonly string[])[] {
  const heading = [
    'example',
    'resources',
    'request KiB',
    'response KiB',
    'decode µs',
    'handle µs',
    'encode µs',
    'all µs',
    'CPU µs',
    'CPU µs/resource',
  ];
  const kibibytes = (bytes: Buffer): string => (bytes.length / 1024).toFixed(1);
  const body = figures.map(({ example, state, decode, handle, encode, cpu }) => {
    const all = decode + handle + encode;
    return [
      example,
      `${state.observed} → ${state.desired}`,
      kibibytes(state.request),
      kibibytes(state.response),
      ...[decode, handle, encode, all, cpu, cpu / state.desired].map((microseconds) => microseconds.toFixed(0)),
    ];
  });
  return [heading, ...body];
}
