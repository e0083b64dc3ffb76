import { existsSync, writeFileSync } from 'node:fs';
import { bundle, start, temporary } from './children.ts';
import { type State, stateOf } from './state.ts';
import { serverFlags } from './v8-flags.ts';

interface Times {
  readonly decode: number;
  readonly handle: number;
  readonly encode: number;
}

/** Microseconds of the middle call, for one state of one example. */
export interface ComposeFigures extends Times {
  readonly example: string;
  readonly state: State;
}

/** Times decode, handle and encode for blueprints' examples: before anything exists, and when all is ready. */
export async function measureCompose(calls: number, names: readonly string[]): Promise<ComposeFigures[]> {
  const states = names.flatMap((name) =>
    ['claim', 'full'].flatMap((example) => {
      const file = `examples/${name}/${example}.yaml`;
      if (!existsSync(file)) return [];
      return [{ observed: 0 }, {}].map((options) => ({ example: `${name} ${example}`, state: stateOf(file, options) }));
    }),
  );
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
    'µs/resource',
  ];
  const kibibytes = (bytes: Buffer): string => (bytes.length / 1024).toFixed(1);
  const body = figures.map(({ example, state, decode, handle, encode }) => {
    const all = decode + handle + encode;
    return [
      example,
      `${state.observed} → ${state.desired}`,
      kibibytes(state.request),
      kibibytes(state.response),
      ...[decode, handle, encode, all, all / state.desired].map((microseconds) => microseconds.toFixed(0)),
    ];
  });
  return [heading, ...body];
}
