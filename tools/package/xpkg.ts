import yaml from 'js-yaml';
import { archiveOf, type Image, layerOf } from './image.ts';

/** A Crossplane package as a file, and what a registry stores of it. */
export interface PackageFile {
  readonly archive: Uint8Array;
  /** Of all layers, compressed. */
  readonly layerBytes: number;
}

/** Puts the objects of a package into an image, on top of the layers that run. */
export async function packageOf(
  objects: readonly object[],
  image: Omit<Image, 'labels'>,
  name: string,
): Promise<PackageFile> {
  const stream = objects.map((object) => `---\n${yaml.dump(object, { noRefs: true, lineWidth: -1 })}`).join('');
  const base = await layerOf([{ path: 'package.yaml', content: Buffer.from(stream) }]);
  const layers = [...image.layers, base];
  // `crossplane xpkg push` turns the label into the layer's annotation, by which core finds package.yaml (runtime v2.3.3).
  const labels = { [`io.crossplane.xpkg:${base.digest}`]: 'base' };
  const archive = await archiveOf({ ...image, layers, labels }, name);
  return { archive, layerBytes: layers.reduce((sum, { gzipped }) => sum + gzipped.length, 0) };
}
