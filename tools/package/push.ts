import { join } from 'node:path';
import { requireEngines } from '../engines/build.ts';
import { run, tail } from '../engines/run.ts';
import { CodedError } from '../error.ts';
import type { BuiltPackage } from './build.ts';

/** Pushes packages with the Crossplane CLI, which takes the credentials of `docker login`. */
export async function pushPackages(
  packages: readonly BuiltPackage[],
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const cli = join((await requireEngines(['crossplane-cli'], { log }))('crossplane-cli'), 'crossplane-cli');
  for (const { reference, files } of packages) {
    const paths = files.map(({ file }) => join(folder, file)).join(',');
    const result = await run(cli, ['xpkg', 'push', '-f', paths, reference], { seconds: 600 });
    if (result.code !== 0) {
      const seen = `could not be pushed:${tail(result.stdout + result.stderr)}`;
      throw new CodedError('PACKAGE_PUSH', reference, seen, 'see that the registry answers and that you are logged in');
    }
    log(`pushed ${reference}`);
  }
}
