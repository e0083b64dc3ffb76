import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type Artifact, haveArtifact, type Outcome } from '../artifact.ts';
import { cacheDirectory } from '../cache.ts';
import { providerModule } from '../crds.ts';
import { EngineError, messageOf } from '../error.ts';
import { fields, textOf } from '../fields.ts';
import { goEnvironment, goModule, requireGo } from '../go.ts';
import type { KubeObject } from '../kube.ts';
import { packageRoot } from '../root.ts';
import { run, tail } from '../run.ts';
import { planProvider, type WantedKind } from './plan.ts';
import { terraformModule, writeTrimmed } from './trim.ts';

/** The name of the provider among the engines, and of its binary. */
export const providerEngine = 'provider-aws';

/** Which kinds the provider is to manage, and how it is had. */
export interface ProviderBuildOptions {
  readonly kinds: readonly WantedKind[];
  /** False: use what the cache holds and build nothing. */
  readonly build?: boolean;
  readonly cache?: string;
  readonly log?: (line: string) => void;
}

/** What is kept beside the binary, so that a warm start needs no Go module. */
interface ProviderFacts {
  /** The services whose endpoints it takes. */
  readonly services: readonly string[];
  readonly definitions: readonly KubeObject[];
}

const factsFile = 'provider.json';
const folder = join(packageRoot, 'tools', 'engines', 'provider');
const program = join(folder, 'program');
const generator = ['build.ts', 'plan.ts', 'trim.ts', join('program', 'main.go')].map((name) => join(folder, name));
const flags = ['-ldflags=-s -w'];

/** Have the real AWS provider in the cache, trimmed to some kinds and built if it is missing; it takes minutes. */
export async function buildProvider(options: ProviderBuildOptions): Promise<Outcome<typeof providerEngine>> {
  const { cache = cacheDirectory(), build = true, log = () => {} } = options;
  const { version } = providerModule;
  const artifact: Artifact<typeof providerEngine> = {
    engine: providerEngine,
    version,
    target: join(cache, 'engines', `${providerEngine}-${version}-${await digestOf(options.kinds)}`),
    program: providerEngine,
    command: 'npm test -- test/engines/provider.test.ts',
    require: async () => requireGo(await goModule(providerModule, cache)),
    make: (directory) => compile(directory, options.kinds, cache),
  };
  return haveArtifact(artifact, { cache, build, log });
}

/** What the folder of a built provider tells about it. */
export async function providerFacts(directory: string): Promise<ProviderFacts> {
  return JSON.parse(await readFile(join(directory, factsFile), 'utf8'));
}

/** The definitions that its package would install: of its kinds, and of its configurations. */
async function definitions(provider: string, kinds: readonly WantedKind[]): Promise<KubeObject[]> {
  const packaged = join(provider, 'package', 'crds');
  const all: KubeObject[] = [];
  for (const name of await readdir(packaged)) {
    const service = /^(?:(\w+)\.)?aws\.(?:m\.)?upbound\.io_/.exec(name)?.[1];
    const wanted = kinds.filter((one) => one.service === service).map(({ kind }) => kind);
    if (service !== undefined && wanted.length === 0) continue;
    const text = await readFile(join(packaged, name), 'utf8');
    // Parsing them all takes seconds; the names come before the schemas, four spaces deep.
    const kind = /^ {4}kind: (\w+)$/m.exec(text)?.[1] ?? '';
    if (service === undefined || wanted.includes(kind)) all.push(...[load(text)].filter(isDefinition));
  }
  return all;
}

function isDefinition(document: unknown): document is KubeObject {
  return fields(document).kind === 'CustomResourceDefinition';
}

async function digestOf(kinds: readonly WantedKind[]): Promise<string> {
  const names = kinds.map(({ service, kind }) => `${service}/${kind}`).sort();
  const sources = await Promise.all(generator.map((file) => readFile(file, 'utf8')));
  const parts = [names, sources, providerModule, flags, goEnvironment, process.platform, process.arch];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

async function compile(directory: string, kinds: readonly WantedKind[], cache: string): Promise<void> {
  const provider = await goModule(providerModule, cache);
  // Beneath the folder that is placed, so that what a killed build leaves is swept with it.
  const tree = join(directory, 'source');
  await mkdir(tree);
  const terraform = await terraformFork(provider, tree);
  const sources = { modulePath: providerModule.path, provider, terraform, program };
  const services = await writeTrimmed(tree, sources, await planProvider(provider, kinds));
  await build(tree, directory);
  await rm(tree, { recursive: true });
  // The provider asks STS for its account without the Terraform code.
  const facts: ProviderFacts = {
    services: [...services, 'sts'],
    definitions: await definitions(provider, kinds),
  };
  await writeFile(join(directory, factsFile), JSON.stringify(facts));
}

/** Download the fork from within the provider's module: its go.sum knows the fork, the checksum database does not. */
async function terraformFork(provider: string, tree: string): Promise<string> {
  const cwd = join(tree, 'download');
  await mkdir(cwd);
  // Written anew, since files of a Go module are read-only.
  for (const name of ['go.mod', 'go.sum']) await writeFile(join(cwd, name), await readFile(join(provider, name)));
  const env = { ...goEnvironment, GOFLAGS: '' };
  const answer = await run('go', ['mod', 'download', '-json', terraformModule], { cwd, env, seconds: 900 });
  if (answer.code !== 0) throw failed('ENGINE_MODULE', `go mod download failed:${tail(answer.stdout + answer.stderr)}`);
  return textOf(fields(JSON.parse(answer.stdout)).Dir);
}

async function build(tree: string, directory: string): Promise<void> {
  const args = ['build', ...flags, '-o', join(directory, providerEngine), './cmd/provider'];
  const options = { cwd: tree, env: goEnvironment, seconds: 3600, nice: true };
  const result = await run('go', args, options).catch((thrown: unknown) => {
    throw failed('ENGINE_BUILD', messageOf(thrown));
  });
  if (result.code !== 0) throw failed('ENGINE_BUILD', `go build ended with ${result.code}:${tail(result.stderr)}`);
}

function failed(code: 'ENGINE_BUILD' | 'ENGINE_MODULE', seen: string): EngineError {
  const todo = 'check that the Go module proxy answers and the disk has room (3 GB), and try again';
  return new EngineError({ code, path: providerEngine, seen, todo });
}
