import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { cacheDirectory } from './cache.ts';
import { EngineError } from './error.ts';
import { fields, items, textOf } from './fields.ts';
import { goModule } from './go.ts';
import type { KubeObject } from './kube.ts';

/** The module whose `package/crds` defines the managed resources. */
export const providerModule = {
  path: 'github.com/upbound/provider-aws/v2',
  version: 'v2.5.0',
  sum: 'h1:xQ+xVkv8E4lT8kzOkxiJgaYrmZfPTyfGRhfRtUVTc6I=',
} as const;

/** The module that defines objects in other clusters. */
const kubernetesModule = {
  path: 'github.com/crossplane-contrib/provider-kubernetes',
  version: 'v1.2.1',
  sum: 'h1:f9kHENnT2uhCbQl4Y0YzqPJX0ap9++9k5E1LMNp3Y6g=',
} as const;

const moduleOf = (ref: KindRef) => (groupOf(ref).startsWith('kubernetes.') ? kubernetesModule : providerModule);

/** A kind of managed resource in the version that we compose. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A provider's definition that serves and stores one version only. */
export interface ManagedDefinition extends KindRef {
  readonly group: string;
  readonly plural: string;
  readonly definition: KubeObject;
}

/**
 * The definition of a managed resource kind in one version.
 *
 * The other versions are dropped: between them converts a webhook of the provider, which is not there. What was read
 * once is kept in the cache, so that it needs neither Go nor the module again.
 */
export async function managedDefinition(ref: KindRef, cache = cacheDirectory()): Promise<ManagedDefinition> {
  const name = `${ref.apiVersion.replace('/', '_')}_${ref.kind}.json`;
  const module = moduleOf(ref);
  const folder = module === providerModule ? 'provider-aws' : 'provider-kubernetes';
  const file = join(cache, 'crds', `${folder}-${module.version}`, name);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  const definition: KubeObject = kept === undefined ? await readDefinition(ref, cache) : JSON.parse(kept);
  if (kept === undefined) await keep(file, JSON.stringify(definition));
  const plural = textOf(fields(definition.spec?.names).plural);
  return { ...ref, group: groupOf(ref), plural, definition };
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.tmp-${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

async function readDefinition(ref: KindRef, cache: string): Promise<KubeObject> {
  const module = moduleOf(ref);
  const directory = join(await goModule(module, cache), 'package', 'crds');
  const candidates = (await readdir(directory)).filter((name) => name.startsWith(`${groupOf(ref)}_`));
  for (const name of candidates) {
    const text = await readFile(join(directory, name), 'utf8');
    // Parsing them all takes seconds; the names come before the schemas, four spaces deep.
    if (!new RegExp(`^ {4}kind: ${ref.kind}$`, 'm').test(text)) continue;
    return oneVersion(fields(load(text)), ref, name);
  }
  const seen = `${module.path} ${module.version} has no such kind`;
  throw new EngineError({ code: 'CRD_MISSING', path: label(ref), seen, todo: 'name a kind of the provider' });
}

function oneVersion(read: Readonly<Record<string, unknown>>, ref: KindRef, file: string): KubeObject {
  const { conversion: _, ...spec } = fields(read.spec);
  const wanted = ref.apiVersion.split('/')[1];
  const versions = items(spec.versions).map(fields);
  const version = versions.find((candidate) => candidate.name === wanted);
  if (!version) {
    const seen = `${file} has only ${versions.map((candidate) => candidate.name).join(', ')}`;
    throw new EngineError({ code: 'CRD_MISSING', path: label(ref), seen, todo: 'name one of these versions' });
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: textOf(fields(read.metadata).name) },
    spec: { ...spec, versions: [{ ...version, served: true, storage: true }] },
  };
}

function groupOf(ref: KindRef): string {
  return ref.apiVersion.split('/')[0] ?? '';
}

function label(ref: KindRef): string {
  return `${ref.apiVersion} ${ref.kind}`;
}
