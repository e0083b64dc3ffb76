import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Form } from '../../functions/core/managed.ts';
import { CodedError, type StructuralSchema } from '../openapi/index.ts';

/** The Go module whose CRDs are the truth about managed resources, with its checksum in go.sum's notation. */
export const providerModule = {
  path: 'github.com/upbound/provider-aws/v2',
  version: 'v2.5.0',
  sum: 'h1:xQ+xVkv8E4lT8kzOkxiJgaYrmZfPTyfGRhfRtUVTc6I=',
} as const;

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

/** Brings the provider's module into Go's module cache and returns its folder there. */
export function fetchProviderModule(): string {
  const { path, version, sum } = providerModule;
  const folder = mkdtempSync(join(tmpdir(), 'provider-module-'));
  try {
    writeFileSync(join(folder, 'go.mod'), 'module local/gen\n\ngo 1.24\n');
    const args = ['mod', 'download', '-json', `${path}@${version}`];
    const run = spawnSync('go', args, { cwd: folder, encoding: 'utf8' });
    if (run.error) {
      throw new CodedError('GEN_GO_MISSING', 'go', run.error.message, 'install Go 1.24 or newer and put it on PATH');
    }
    const answer = parseObject(run.stdout);
    if (run.status !== 0 || typeof answer.Dir !== 'string') {
      const seen = String(answer.Error ?? run.stderr.trim() ?? `exit code ${run.status}`);
      throw new CodedError('GEN_MODULE_DOWNLOAD', `${path}@${version}`, seen, 'check that Go reaches a module proxy');
    }
    if (answer.Sum !== sum) {
      const remedy = `expected ${sum}; a new version needs its own checksum in tools/gen/provider-crds.ts`;
      throw new CodedError('GEN_MODULE_SUM', `${path}@${version}`, `checksum ${answer.Sum}`, remedy);
    }
    return answer.Dir;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
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

function newestServed(versions: readonly CrdVersion[]): CrdVersion | undefined {
  return versions.filter((version) => version.served).sort((a, b) => compareVersions(b.name, a.name))[0];
}

/** Kubernetes' version priority: stable over beta over alpha, then the higher numbers. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [priority(a), priority(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function priority(version: string): [number, number, number] {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  const stages = ['alpha', 'beta', undefined];
  return [stages.indexOf(stage), Number(major ?? 0), Number(minor ?? 0)];
}
