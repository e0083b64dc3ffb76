import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fields, items, textOf } from '../../tools/engines/fields.ts';

const json = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
].join(', ');

/** What a container runtime would start. */
export interface PulledImage {
  readonly root: string;
  readonly entrypoint: readonly string[];
}

/** Pulls the image of a reference by digest as a kubelet would, and unpacks its layers into a folder. */
export async function pullImage(reference: string, architecture: string, root: string): Promise<PulledImage> {
  const [, host = '', repository = '', name = ''] = /^([^/]+)\/(.+?)[@:]((?:sha256:)?[^:@]+)$/.exec(reference) ?? [];
  const base = `http://${host}/v2/${repository}`;
  const top = fields(await read(`${base}/manifests/${name}`));
  const forUs = items(top.manifests)
    .map(fields)
    .find(({ platform }) => fields(platform).architecture === architecture);
  const manifest = forUs === undefined ? top : fields(await read(`${base}/manifests/${textOf(forUs.digest)}`));
  const config = fields(fields(await read(`${base}/blobs/${textOf(fields(manifest.config).digest)}`)).config);
  await mkdir(root, { recursive: true });
  for (const layer of items(manifest.layers).map(fields)) {
    const digest = textOf(layer.digest);
    const file = join(root, `${digest.slice(7)}.tar.gz`);
    const blob = await fetch(`${base}/blobs/${digest}`);
    await writeFile(file, Buffer.from(await blob.arrayBuffer()));
    const { status, stderr } = spawnSync('tar', ['-xzf', file, '-C', root]);
    if (status !== 0) throw new Error(`${reference}: layer ${digest}: ${stderr}`);
  }
  return { root, entrypoint: items(config.Entrypoint).map(textOf) };
}

async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { headers: { Accept: json } });
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return response.json();
}
