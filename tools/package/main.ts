import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { blueprints } from '../../functions/blueprints.ts';
import { runProgram } from '../program.ts';
import { architectures, type BuiltPackage, buildPackages } from './build.ts';
import { pushPackages } from './push.ts';
import type { Architecture } from './runtime.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest: { readonly version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Options {
  readonly registry: string;
  readonly providers: string;
  readonly only?: readonly string[];
  readonly arch: readonly Architecture[];
  readonly packageVersion: string;
  readonly partition: string;
  readonly boundary?: string;
  readonly out: string;
  readonly force?: boolean;
  readonly push?: boolean;
}

const program = new Command('npm run package --')
  .description('Build the Crossplane packages: the function with its image, and the configurations of both forms.')
  .option('--registry <host/org>', 'where the packages will be pushed', registry, '127.0.0.1:5000/aws-blueprints')
  .option(
    '--providers <host/org>',
    'where provider-aws-* comes from',
    registry,
    'xpkg.crossplane.io/crossplane-contrib',
  )
  .option('--only <blueprints>', 'these blueprints only, separated by commas', known)
  .option('--arch <architectures>', 'separated by commas', architecture, architectures)
  .option('--package-version <version>', 'semantic version', version, manifest.version)
  .option('--partition <partition>', "AWS partition of the provider's policies", 'aws')
  .option('--boundary <arn>', 'permissions boundary that every role must carry which the provider makes')
  .option('--out <folder>', 'where the packages go', join('dist', 'packages'))
  .option('--force', 'replace the folder if it is there')
  .option('--push', 'push them too, with the Crossplane CLI')
  .exitOverride()
  .action(async (options: Options) => {
    const chosen = options.only;
    const built = await buildPackages({
      blueprints: blueprints.filter(({ name }) => chosen?.includes(name) ?? true),
      partial: chosen !== undefined,
      registry: options.registry,
      providers: options.providers,
      version: options.packageVersion,
      permissions: {
        partition: options.partition,
        ...(options.boundary !== undefined && { boundary: options.boundary }),
      },
      architectures: options.arch,
      bundle: join(root, 'dist'),
      out: resolve(options.out),
      replace: options.force ?? false,
      log: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${tableOf(built)}\n`);
    if (options.push) await pushPackages(built, resolve(options.out), (line) => process.stdout.write(`${line}\n`));
  });

function tableOf(built: readonly BuiltPackage[]): string {
  const table = new Table({ head: ['package', 'file', 'compressed', 'sha256'], style: { head: [], border: [] } });
  for (const { reference, files } of built) {
    for (const { file, layerBytes, sha256 } of files) {
      table.push([reference, file, `${(layerBytes / 1e6).toFixed(1)} MB`, sha256.slice(0, 16)]);
    }
  }
  return table.toString();
}

/** A host with a dot or a port, as Crossplane's API demands, and a path in the letters of a repository. */
function registry(text: string): string {
  if (/^(([a-z0-9-]+\.)+[a-z0-9-]+(:\d+)?)(\/[a-z0-9]+([._-][a-z0-9]+)*)+$/.test(text)) return text;
  throw new InvalidArgumentError('Give a registry host with a dot, and an organisation: ghcr.io/acme.');
}

function version(text: string): string {
  if (/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(text)) return text;
  throw new InvalidArgumentError('Give a semantic version without a v: 1.2.3 or 1.2.3-rc.1.');
}

function known(text: string): string[] {
  const names = blueprints.map(({ name }) => name);
  const wanted = text.split(',');
  const stranger = wanted.find((name) => !names.includes(name));
  if (stranger === undefined) return names.filter((name) => wanted.includes(name));
  throw new InvalidArgumentError(`There is no blueprint "${stranger}"; there are ${names.join(', ')}.`);
}

function architecture(text: string): Architecture[] {
  const wanted = text.split(',');
  const stranger = wanted.find((name) => !architectures.some((one) => one === name));
  if (stranger === undefined) return architectures.filter((name) => wanted.includes(name));
  throw new InvalidArgumentError(`There is no runtime for "${stranger}"; there are ${architectures.join(', ')}.`);
}

await runProgram(program);
