import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ProviderPlan, tablesOf, unknownSource } from './plan.ts';

/** The Terraform provider, which the AWS provider replaces by a fork of its own. */
export const terraformModule = 'github.com/hashicorp/terraform-provider-aws';

const registration = 'internal/provider/sdkv2/service_packages_gen.go';
const clients = 'internal/conns/awsclient_gen.go';
const services = 'internal/service/';

/** Where the two modules were downloaded to. */
export interface ProviderSources {
  /** The provider's own module path. */
  readonly modulePath: string;
  readonly provider: string;
  readonly terraform: string;
  /** The folder with our `main.go`. */
  readonly program: string;
}

interface Module {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Write a copy of the provider that holds only what a program of some kinds reaches, with our own main package in
 * `cmd/provider`.
 *
 * Returns the services of AWS that it holds. Two generated lists of the fork are cut, and nothing else is changed:
 * which services are registered, and for which of them there are API clients. Copying is needed because Go refuses
 * overlays beneath its module cache.
 */
export async function writeTrimmed(target: string, sources: ProviderSources, plan: ProviderPlan): Promise<string[]> {
  const terraform = { path: terraformModule, from: sources.terraform, to: join(target, 'terraform') };
  const provider = { path: sources.modulePath, from: sources.provider, to: target };
  const main = join(target, 'cmd', 'provider');
  await mkdir(main, { recursive: true });
  await copyFile(join(sources.program, 'main.go'), join(main, 'main.go'));
  await writeFile(join(main, 'tables.go'), tablesOf(sources.modulePath, plan));
  const copy = new Copy([provider, terraform]);
  await copy.follow(join(main, 'main.go'), join(main, 'tables.go'));
  for (const service of await servicesOf(terraform.from, plan.resources)) await copy.add(terraform, services + service);
  await copy.finish();
  await writeModules(provider, terraform);
  const reached = copy.folders(terraform).filter((one) => dirname(one) === dirname(`${services}service`));
  const kept = reached.map((one) => basename(one)).sort();
  await cutRegistration(terraform, new Set(kept));
  await cutClients(terraform, copy.files(terraform));
  return kept;
}

/** Copies packages of some modules, and all packages of these modules that they import. */
class Copy {
  readonly #modules: readonly Module[];
  readonly #folders = new Map<Module, Set<string>>();
  readonly #files = new Map<Module, string[]>();
  readonly #waiting: [Module, string][] = [];

  constructor(modules: readonly Module[]) {
    this.#modules = modules;
  }

  /** The packages copied from a module. */
  folders(module: Module): string[] {
    return [...(this.#folders.get(module) ?? [])];
  }

  /** The Go files copied from a module. */
  files(module: Module): string[] {
    return this.#files.get(module) ?? [];
  }

  /** Add what Go files of our own import. */
  async follow(...files: readonly string[]): Promise<void> {
    for (const file of files) this.#enqueue(await readFile(file, 'utf8'));
  }

  /** Add a package. */
  add(module: Module, folder: string): void {
    const known = this.#folders.get(module) ?? new Set();
    this.#folders.set(module, known);
    if (known.has(folder) || !existsSync(join(module.from, folder))) return;
    known.add(folder);
    this.#waiting.push([module, folder]);
  }

  /** Copy all that was added. */
  async finish(): Promise<void> {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) await this.#copy(...next);
  }

  async #copy(module: Module, folder: string): Promise<void> {
    await mkdir(join(module.to, folder), { recursive: true });
    const entries = await readdir(join(module.from, folder), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const files = this.#files.get(module) ?? [];
    this.#files.set(module, files);
    for (const name of names.filter((one) => /\.(go|s)$/.test(one) && !one.endsWith('_test.go'))) {
      const file = join(folder, name);
      const text = await readFile(join(module.from, file), 'utf8');
      await writeFile(join(module.to, file), text);
      files.push(file);
      // It imports every service there is; those that are wanted are added by themselves.
      if (file !== registration) this.#enqueue(text);
      for (const [, patterns = ''] of text.matchAll(/^\s*\/\/go:embed (.+)$/gm)) {
        for (const pattern of patterns.split(/\s+/)) await copyMatches(module, folder, pattern);
      }
    }
  }

  #enqueue(text: string): void {
    for (const [, path = ''] of text.matchAll(/^(?:import )?\s*(?:[\w.]+ )?"([^"]+)"$/gm)) {
      const module = this.#modules.find((one) => path.startsWith(`${one.path}/`));
      if (module) this.add(module, path.slice(module.path.length + 1));
    }
  }
}

/** Copy the files that a `//go:embed` pattern names; the only wildcard in use is a `*` for one folder. */
async function copyMatches(module: Module, folder: string, pattern: string): Promise<void> {
  let matches = [folder];
  for (const part of pattern.split('/')) {
    const next = matches.map(async (path) => {
      if (part !== '*') return [join(path, part)];
      return (await readdir(join(module.from, path))).map((name) => join(path, name));
    });
    matches = (await Promise.all(next)).flat().filter((path) => existsSync(join(module.from, path)));
  }
  for (const path of matches) {
    await mkdir(join(module.to, dirname(path)), { recursive: true });
    await writeFile(join(module.to, path), await readFile(join(module.from, path)));
  }
}

/** The provider's own go.mod and go.sum, so that its checksums hold; only the fork is taken from beside them. */
async function writeModules(provider: Module, terraform: Module): Promise<void> {
  const goMod = await readFile(join(provider.from, 'go.mod'), 'utf8');
  const replaced = goMod.replace(new RegExp(`^(replace ${terraformModule}) => .*$`, 'm'), '$1 => ./terraform');
  if (replaced === goMod) throw unknownSource('go.mod', `does not replace ${terraformModule}`);
  await writeFile(join(provider.to, 'go.mod'), replaced);
  await writeFile(join(provider.to, 'go.sum'), await readFile(join(provider.from, 'go.sum')));
  await writeFile(join(terraform.to, 'go.mod'), await readFile(join(terraform.from, 'go.mod')));
}

/** The services of the fork in which some Terraform resources are registered. */
async function servicesOf(terraform: string, resources: readonly string[]): Promise<Set<string>> {
  const missing = new Set(resources);
  const found = new Set<string>();
  for (const service of await readdir(join(terraform, services))) {
    const file = join(terraform, services, service, 'service_package_gen.go');
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, name = ''] of text.matchAll(/^\s+TypeName: +"(\w+)"/gm)) {
      if (missing.delete(name)) found.add(service);
    }
  }
  if (missing.size > 0) throw unknownSource(services, `no service registers ${[...missing].join(', ')}`);
  return found;
}

async function cutRegistration(terraform: Module, kept: ReadonlySet<string>): Promise<void> {
  const text = await readFile(join(terraform.from, registration), 'utf8');
  const lines = text.split('\n').filter((line) => {
    const [, imported, registered] =
      /\/internal\/service\/(\w+)"$|^\t\t(\w+)\.ServicePackage\(ctx\),$/.exec(line) ?? [];
    const service = imported ?? registered;
    return service === undefined || kept.has(service);
  });
  await writeFile(join(terraform.to, registration), lines.join('\n'));
}

/** Keep an API client only if something calls for it: each drags in the SDK of its service. */
async function cutClients(terraform: Module, files: readonly string[]): Promise<void> {
  const called = new Set<string>();
  for (const file of files.filter((one) => one !== clients)) {
    const text = await readFile(join(terraform.from, file), 'utf8');
    for (const [, accessor = ''] of text.matchAll(/\.(\w+Client)\(ctx/g)) called.add(accessor);
  }
  const text = await readFile(join(terraform.from, clients), 'utf8');
  const used = new Set<string>();
  const accessors = text.replaceAll(/^func \(c \*AWSClient\) (\w+)\([\s\S]*?^}\n\n?/gm, (all, name) => {
    if (!called.has(name)) return '';
    for (const [, alias = ''] of all.matchAll(/\*(\w+)\.Client/g)) used.add(alias);
    return all;
  });
  const cut = accessors.replaceAll(/^\t(?:(\w+) )?"[^"]+\/aws-sdk-go-v2\/service\/([^"]+)"\n/gm, (all, alias, path) =>
    used.has(alias ?? basename(path)) ? all : '',
  );
  await writeFile(join(terraform.to, clients), cut);
}
