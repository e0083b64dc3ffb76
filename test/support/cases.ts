import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RenderOptions } from '../../tools/cli/render.ts';

const root = 'test/golden';

/** The input files that a golden case may have, by the option of `render` that takes them. */
const inputs = {
  observed: 'observed.yaml',
  environment: 'environment.yaml',
  required: 'required.yaml',
  input: 'input.yaml',
} as const;

/** A golden case: a folder with a composite or claim, and the world that it meets. */
export interface GoldenCase {
  readonly blueprint: string;
  readonly name: string;
  readonly xr: string;
  readonly options: Pick<RenderOptions, keyof typeof inputs>;
  readonly expected: string;
}

const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Every golden case, in a stable order. */
export const goldenCases: readonly GoldenCase[] = folders(root).flatMap((blueprint) =>
  folders(join(root, blueprint)).map((name) => {
    const folder = join(root, blueprint, name);
    const present = Object.entries(inputs).filter(([, file]) => existsSync(join(folder, file)));
    return {
      blueprint,
      name,
      xr: join(folder, 'xr.yaml'),
      options: Object.fromEntries(present.map(([option, file]) => [option, join(folder, file)])),
      expected: join(folder, 'expected.yaml'),
    };
  }),
);
