import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverFlags } from '../bench/v8-flags.ts';
import { CodedError, systemReasonOf } from '../error.ts';
import { configurationPackage, functionPackage, type Package, type Plan } from './contents.ts';
import { gitopsFiles } from './gitops.ts';
import { type Image, layerOf, sha256 } from './image.ts';
import { installFiles } from './install.ts';
import type { PermissionOptions } from './permissions.ts';
import { type Architecture, nodePath, runtimeLayer, runtimeParts } from './runtime.ts';
import { packageOf } from './xpkg.ts';

const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));

export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** What to build, from what, and into which folder. */
export interface BuildOptions extends Plan {
  readonly permissions: PermissionOptions;
  readonly architectures: readonly Architecture[];
  /** Folder with the bundle and its bill of materials, as `npm run build` makes it. */
  readonly bundle: string;
  readonly out: string;
  /** Whether a folder that is there already is replaced. */
  readonly replace: boolean;
  readonly log: (line: string) => void;
}

/** A package that was written: one file for each architecture that it is built for. */
export interface BuiltPackage {
  readonly kind: Package['kind'];
  /** Where it is to be pushed, with its tag. */
  readonly reference: string;
  readonly files: readonly BuiltFile[];
}

interface BuiltFile {
  readonly file: string;
  /** Of the file, which is the same for the same commit. */
  readonly sha256: string;
  /** Of all layers, compressed, as a registry stores them. */
  readonly layerBytes: number;
}

/** Writes the packages at once or not at all: into a folder beside `out`, which takes its name when it is complete. */
export async function buildPackages(options: BuildOptions): Promise<BuiltPackage[]> {
  const { out, replace } = options;
  if (existsSync(out) && !replace)
    throw new CodedError('PACKAGE_EXISTS', out, 'is there already', 'give another --out, or --force to replace it');
  const scratch = join(dirname(out), `.${basename(out)}-${process.pid}`);
  try {
    await mkdir(scratch, { recursive: true });
    const built = [
      await writeFunction(options, scratch),
      await writeConfiguration(options, 'namespaced', scratch),
      await writeConfiguration(options, 'claims', scratch),
    ];
    await writeFile(join(scratch, 'packages.json'), `${JSON.stringify(built, undefined, 2)}\n`);
    const install = installFiles(options, options.permissions);
    await writeAll(join(scratch, 'install'), install);
    await writeAll(join(scratch, 'gitops'), gitopsFiles(options, install));
    if (replace) await rm(out, { recursive: true, force: true });
    await rename(scratch, out);
    return built;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const seen = `cannot be written (${systemReasonOf(error)})`;
    throw new CodedError('PACKAGE_UNWRITABLE', out, seen, 'make room, or give another --out');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** How a container of the function starts, in the words of an OCI image. */
export const functionProcess = {
  Entrypoint: [`/${nodePath}`, ...serverFlags, '/app/main.mjs'],
  User: '65532:65532',
  ExposedPorts: { '9443/tcp': {}, '8080/tcp': {} },
};

async function writeFunction(options: BuildOptions, folder: string): Promise<BuiltPackage> {
  const content = functionPackage(options);
  const bundle = await layerOf([
    { path: 'app/main.mjs', content: await readBundle(options, 'main.js') },
    { path: 'usr/share/doc/aws-blueprints/copyright', content: await readFile(license) },
  ]);
  const only = options.partial ? ['--only', options.blueprints.map(({ name }) => name).join(',')] : [];
  const process = { ...functionProcess, Entrypoint: [...functionProcess.Entrypoint, ...only] };
  const files: BuiltFile[] = [];
  for (const architecture of options.architectures) {
    const layers = [await runtimeLayer(architecture, options.log), bundle];
    const name = `${content.name}-v${options.version}-linux-${architecture}`;
    files.push(await writePackage(content, { architecture, layers, process }, folder, name));
    await writeFile(join(folder, `${name}.cdx.json`), await materialsOf(options, architecture));
  }
  return { kind: content.kind, reference: referenceOf(options, content), files };
}

async function writeConfiguration(
  options: BuildOptions,
  form: 'claims' | 'namespaced',
  folder: string,
): Promise<BuiltPackage> {
  const content = configurationPackage(options, form);
  // A configuration runs nowhere; Crossplane itself builds such packages for amd64 whatever the machine is.
  const image = { architecture: 'amd64', layers: [], process: {} } as const;
  const file = await writePackage(content, image, folder, `${content.name}-v${options.version}`);
  return { kind: content.kind, reference: referenceOf(options, content), files: [file] };
}

const referenceOf = ({ registry, version }: Plan, { name }: Package): string => `${registry}/${name}:v${version}`;

async function writePackage(
  { objects }: Package,
  image: Omit<Image, 'labels'>,
  folder: string,
  name: string,
): Promise<BuiltFile> {
  const { archive, layerBytes } = await packageOf(objects, image, name);
  const file = `${name}.xpkg`;
  await writeFile(join(folder, file), archive);
  return { file, sha256: sha256(archive).slice('sha256:'.length), layerBytes };
}

/** The bundle's bill of materials, and the runtime's parts with it. */
async function materialsOf(options: BuildOptions, architecture: Architecture): Promise<string> {
  const bom: { readonly components: readonly object[] } = JSON.parse(
    (await readBundle(options, 'main.cdx.json')).toString(),
  );
  const runtime = runtimeParts(architecture).map((part) => ({ type: 'platform', 'bom-ref': part.purl, ...part }));
  return `${JSON.stringify({ ...bom, components: [...bom.components, ...runtime] }, undefined, 2)}\n`;
}

async function readBundle({ bundle }: BuildOptions, name: string): Promise<Buffer> {
  return readFile(join(bundle, name)).catch(() => {
    throw new CodedError('PACKAGE_BUNDLE', join(bundle, name), 'is not there', 'run npm run build first');
  });
}
