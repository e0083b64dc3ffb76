import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../error.ts';

/** The two scopes of the provider's APIs, as its folders are named. */
const scopes = ['cluster', 'namespaced'] as const;

type Scope = (typeof scopes)[number];

/** A kind that the trimmed provider manages, in both scopes. */
export interface WantedKind {
  /** The AWS service, which is the first label of the API group. */
  readonly service: string;
  readonly kind: string;
}

/** What a provider of some kinds consists of, as packages below its module. */
export interface ProviderPlan {
  /** The Terraform resources behind the kinds. */
  readonly resources: readonly string[];
  /** `internal/controller/<scope>/...`, by scope. */
  readonly controllers: Readonly<Record<Scope, readonly string[]>>;
  /** `apis/<scope>/...` */
  readonly types: readonly string[];
}

/** Read from the provider's own sources what some of its kinds take. */
export async function planProvider(module: string, kinds: readonly WantedKind[]): Promise<ProviderPlan> {
  const resources = new Set<string>();
  const types = new Set<string>();
  const controllers: Record<Scope, string[]> = { cluster: [], namespaced: [] };
  for (const scope of scopes) {
    controllers[scope].push(`internal/controller/${scope}/providerconfig`);
    types.add(`apis/${scope}/v1beta1`);
    for (const wanted of kinds) {
      const folder = `internal/controller/${scope}/${wanted.service}/${wanted.kind.toLowerCase()}`;
      controllers[scope].push(folder);
      const { resource, apis } = await readController(module, folder);
      if (resource !== undefined) resources.add(resource);
      for (const group of await groupsOf(module, apis, wanted)) {
        for (const version of await readdir(join(module, 'apis', scope, group))) {
          types.add(`apis/${scope}/${group}/${version}`);
        }
      }
    }
  }
  return { resources: [...resources].sort(), controllers, types: [...types].sort() };
}

/** A few controllers (of eks ClusterAuth, for one) are written by hand, over no Terraform resource. */
async function readController(module: string, folder: string): Promise<{ resource: string | undefined; apis: string }> {
  const files = ['zz_controller.go', 'controller.go'].map((name) => readFile(join(module, folder, name), 'utf8'));
  const [generated, byHand] = await Promise.all(files.map((text) => text.catch(() => undefined)));
  const text = generated ?? byHand ?? '';
  const resource = /\.Resources\["(aws_\w+)"\]/.exec(text)?.[1];
  const apis = /"[^"]+\/(apis\/\w+\/\w+\/v\w+)"/.exec(text)?.[1];
  if (apis === undefined || (generated !== undefined && resource === undefined)) {
    throw unknownSource(folder, 'no controller of one kind');
  }
  return { resource, apis };
}

/**
 * The API groups that a kind needs: its own, and that of every kind that it could refer to. Its resolver looks their
 * types up even when no reference is set, and fails without them.
 */
async function groupsOf(module: string, apis: string, { service, kind }: WantedKind): Promise<Set<string>> {
  const file = join(module, apis, 'zz_generated.resolvers.go');
  const text = await readFile(file, 'utf8').catch(() => '');
  const body = new RegExp(`^func \\(mg \\*${kind}\\) ResolveReferences[\\s\\S]*?^}`, 'm').exec(text)?.[0] ?? '';
  const groups = [...body.matchAll(/GetManagedResource\("(\w+)\./g)].map(([, group = '']) => group);
  return new Set([service, ...groups]);
}

/** The Go file that completes `program/main.go`: the tables that differ with the kinds. */
export function tablesOf(modulePath: string, plan: ProviderPlan): string {
  const imported = (path: string) => `\t${aliasOf(path)} "${modulePath}/${path}"`;
  const controllers = scopes.map((scope) => {
    const all = plan.controllers[scope].map((path) => `\t${aliasOf(path)}.SetupGated,`);
    return [`var ${scope}Controllers = []setup{`, ...all, '}'].join('\n');
  });
  return [
    '// Generated. Do not edit.',
    'package main',
    '',
    'import (',
    '\t"k8s.io/apimachinery/pkg/runtime"',
    '',
    ...[...plan.types, ...scopes.flatMap((scope) => plan.controllers[scope])].map(imported),
    ')',
    '',
    'var resources = map[string]bool{',
    ...plan.resources.map((name) => `\t"${name}": true,`),
    '}',
    '',
    'var types = runtime.SchemeBuilder{',
    ...plan.types.map((path) => `\t${aliasOf(path)}.SchemeBuilder.AddToScheme,`),
    '}',
    '',
    ...controllers,
    '',
  ].join('\n');
}

function aliasOf(path: string): string {
  return path.replaceAll(/\W/g, '_');
}

/** The provider's sources are not laid out as the generator knows them. */
export function unknownSource(path: string, seen: string): EngineError {
  const todo = 'teach tools/engines/provider: the new version of the provider is laid out differently';
  return new EngineError({ code: 'PROVIDER_SOURCE', path, seen, todo });
}
