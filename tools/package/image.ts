import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'fflate';
import tar from 'tar-stream';

/** A file, or a symbolic link, by its path from the root of an image, without a leading slash. */
export interface ImageFile {
  readonly path: string;
  readonly content: Uint8Array | { readonly link: string };
  readonly executable?: boolean;
}

/** A layer as registries store it. */
export interface Layer {
  /** `sha256:…` of the gzipped tar. */
  readonly digest: string;
  /** `sha256:…` of the tar. */
  readonly diffId: string;
  readonly gzipped: Uint8Array;
}

/** What runs when a container of the image starts, as an OCI image configuration words it. */
interface Process {
  readonly Entrypoint?: readonly string[];
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

/** An image of one platform. */
export interface Image {
  /** As Go and OCI name it. */
  readonly architecture: 'amd64' | 'arm64';
  readonly layers: readonly Layer[];
  readonly process: Process;
  readonly labels: Readonly<Record<string, string>>;
}

const epoch = new Date(0);

export const sha256 = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Packs files into a layer; the same files give the same digest on every machine. */
export async function layerOf(files: readonly ImageFile[]): Promise<Layer> {
  const plain = await tarOf(files);
  // Node's own zlib is another one in every major version; this compressor is fixed by the lock file.
  const gzipped = gzipSync(plain, { level: 6, mtime: 0 });
  return { digest: sha256(gzipped), diffId: sha256(plain), gzipped };
}

/** The image as an archive that `crossplane xpkg push`, `docker load` and `crane push` read. */
export async function archiveOf(image: Image, name: string): Promise<Uint8Array> {
  const { architecture, layers, process, labels } = image;
  const config = {
    architecture,
    os: 'linux',
    created: epoch.toISOString(),
    config: { ...process, WorkingDir: '/', Labels: labels },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: epoch.toISOString(), created_by: 'aws-blueprints' })),
  };
  const configBytes = jsonOf(config);
  const fileOf = (layer: Layer): string => `${layer.digest.slice('sha256:'.length)}.tar.gz`;
  const manifest = [{ Config: sha256(configBytes), RepoTags: [name], Layers: layers.map(fileOf) }];
  return tarOf([
    { path: sha256(configBytes), content: configBytes },
    ...layers.map((layer) => ({ path: fileOf(layer), content: layer.gzipped })),
    { path: 'manifest.json', content: jsonOf(manifest) },
  ]);
}

const jsonOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Owners, times and order are fixed, so that only content and path count. */
async function tarOf(files: readonly ImageFile[]): Promise<Uint8Array> {
  const pack = tar.pack();
  const whole = buffer(pack);
  const directories = new Set(files.flatMap(({ path }) => parentsOf(path)));
  for (const name of [...directories].sort()) {
    pack.entry({ name: `${name}/`, type: 'directory', mode: 0o755, mtime: epoch, uid: 0, gid: 0 });
  }
  for (const { path, content, executable } of files) {
    const header = { name: path, mode: executable ? 0o755 : 0o644, mtime: epoch, uid: 0, gid: 0 };
    if ('link' in content) pack.entry({ ...header, mode: 0o777, type: 'symlink', linkname: content.link });
    else pack.entry(header, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }
  pack.finalize();
  return whole;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
