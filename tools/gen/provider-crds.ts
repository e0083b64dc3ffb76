import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Form } from '../../functions/core/managed.ts';
import { CodedError, type StructuralSchema } from '../openapi/index.ts';

/** What the generator reads of a CRD. */
export interface ProviderCrd {
  readonly group: string;
  readonly version: string;
  readonly schema: StructuralSchema;
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

interface Crd {
  readonly spec: { readonly group: string; readonly versions: readonly CrdVersion[] };
}

/** Reads the newest served version of a kind in one scope. */
export function readProviderCrd(moduleFolder: string, form: Form, service: string, kind: string): ProviderCrd {
  const group = `${service}.aws.${form === 'namespaced' ? 'm.' : ''}upbound.io`;
  const folder = join(moduleFolder, 'package', 'crds');
  const named = new RegExp(`^ {4}kind: ${kind}$`, 'm');
  for (const file of readdirSync(folder).filter((name) => name.startsWith(`${group}_`))) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (!named.test(text)) continue;
    // The file comes from a module with a pinned checksum, so its shape is known.
    const crd = load(text) as Crd;
    const version = newestServed(crd.spec.versions);
    if (version) return { group: crd.spec.group, version: version.name, schema: version.schema.openAPIV3Schema };
  }
  const remedy =
    'correct the table in tools/gen/aws.ts: service is the first label of the API group, kind its CRD kind';
  throw new CodedError('GEN_KIND_UNKNOWN', `${service}/${kind}`, `no served CRD of that kind in ${group}`, remedy);
}

/** Every service that has managed resources, in either scope. */
export function readServices(moduleFolder: string): string[] {
  const files = readdirSync(join(moduleFolder, 'package', 'crds'));
  const services = files.flatMap((name) => /^(\w+)\.aws\.(?:m\.)?upbound\.io_/.exec(name)?.[1] ?? []);
  return [...new Set(services)].sort();
}

function newestServed(versions: readonly CrdVersion[]): CrdVersion | undefined {
  return versions.filter((version) => version.served).sort((a, b) => compareVersions(b.name, a.name))[0];
}

/** Kubernetes' version priority: stable over beta over alpha, then the higher numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [priority(a), priority(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function priority(version: string): [number, number, number] {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  const stages = ['alpha', 'beta', undefined];
  return [stages.indexOf(stage), Number(major ?? 0), Number(minor ?? 0)];
}
