import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type BuildOptions, requireEngines } from './build.ts';
import { EngineError } from './error.ts';
import { fields, items, textOf } from './fields.ts';
import type { KubeObject } from './kube.ts';
import { Pieces } from './pieces.ts';
import { accepts, claimPorts } from './ports.ts';
import { run, tail } from './run.ts';

/** What Crossplane's renderer is given. */
export interface RenderInput {
  /** The composite; for a claim the composite that Crossplane would make of it, never the claim itself. */
  readonly composite: KubeObject;
  readonly composition: KubeObject;
  /** Without its definition Crossplane would take a claim's composite for one of the new kind, and default nothing. */
  readonly definition: KubeObject;
  /** By function name, the host:port at which a server runs with `--insecure`. */
  readonly functions: Readonly<Record<string, string>>;
  readonly observed?: readonly KubeObject[];
  readonly required?: readonly KubeObject[];
  readonly context?: Readonly<Record<string, unknown>>;
}

/** What Crossplane's renderer answers. */
export interface RenderOutput {
  readonly composite: KubeObject;
  readonly resources: readonly KubeObject[];
  /** Crossplane's own results and those of the functions, but for a fatal one: that is an error. */
  readonly results: readonly RenderResult[];
  readonly context: Readonly<Record<string, unknown>>;
}

/** One result: what would be an event on the composite. */
interface RenderResult {
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
}

/** What is validated, and against what. */
export interface ValidateInput {
  /** XRDs and CustomResourceDefinitions. */
  readonly definitions: readonly KubeObject[];
  readonly resources: readonly KubeObject[];
  /** Whether Crossplane's own kinds (XRD, Composition, Function …) are known too. */
  readonly crossplaneKinds?: boolean;
}

/** The verdict on one resource. */
export interface ValidationResult {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly status: 'valid' | 'invalid' | 'missingSchema';
  readonly errors: readonly ValidationError[];
}

/** One reason why a resource is invalid. */
interface ValidationError {
  /** schema, unknownField, cel or defaulting. */
  readonly type: string;
  readonly field: string;
  readonly message: string;
}

const resultApi = 'render.crossplane.io/v1beta1';

/** Render with Crossplane's own reconciler: `crossplane composition render` over the built core, without Docker. */
export async function renderWithCrossplane(
  input: RenderInput,
  options: Omit<BuildOptions, 'only'> = {},
): Promise<RenderOutput> {
  const directoryOf = await requireEngines(['crossplane-cli', 'crossplane-core'], options);
  const cli = join(directoryOf('crossplane-cli'), 'crossplane-cli');
  const core = join(directoryOf('crossplane-core'), 'crossplane-core');
  return inTemporaryFolder(async (folder) => {
    const args = [...(await renderFiles(folder, input)), `--crossplane-binary=${core}`, '--timeout=50s'];
    const command = ['composition', 'render', ...args, '--include-full-xr', '--include-function-results'];
    const result = await run(cli, [...command, '--include-context'], { cwd: folder, seconds: 60 });
    if (result.code === 0) return renderOutput(result.stdout);
    const seen = `ended with ${result.code}:${tail(result.stderr)}`;
    const todo =
      "a fatal result of a function is told above; otherwise mend the input or see the function server's log";
    throw new EngineError({ code: 'RENDER_FAILED', path: input.composite.metadata.name, seen, todo });
  });
}

/** A function server without TLS, for the renderer. */
export interface DevelopmentServer {
  /** host:port */
  readonly address: string;
  readonly logs: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Start a function server for the renderer: `--insecure` and `--address` are added to its arguments. */
export async function serveFunction(command: string, args: readonly string[]): Promise<DevelopmentServer> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-blueprints-function-'));
  const ports = await claimPorts();
  const pieces = await Pieces.open(folder, folder);
  const stop = async () => {
    await pieces.stopAll();
    ports.release();
  };
  const port = await ports.next();
  const address = `127.0.0.1:${port}`;
  const name = 'function';
  const ready = { seconds: 30, check: () => accepts(port) };
  try {
    await pieces.start({ name, command, args: [...args, '--insecure', '--address', address], ready });
    return { address, logs: () => pieces.logs(name), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Validate as the API server would, offline: `crossplane resource validate`. */
export async function validateResources(
  input: ValidateInput,
  options: Omit<BuildOptions, 'only'> = {},
): Promise<ValidationResult[]> {
  const directoryOf = await requireEngines(['crossplane-cli', 'crossplane-core'], options);
  const cli = join(directoryOf('crossplane-cli'), 'crossplane-cli');
  return inTemporaryFolder(async (folder) => {
    const definitions = await documents(folder, 'definitions', input.definitions);
    const own = input.crossplaneKinds ? [join(directoryOf('crossplane-core'), 'cluster', 'crds')] : [];
    const resources = await documents(folder, 'resources', input.resources);
    // An empty image keeps it from downloading core's package for the schemas of its own kinds.
    const flags = ['--crossplane-image=', `--cache-dir=${join(folder, 'cache')}`, '--output=json'];
    const args = ['resource', 'validate', ...flags, [definitions, ...own].join(','), resources];
    const result = await run(cli, args, { cwd: folder, seconds: 120 });
    const start = result.stdout.indexOf('{');
    if (start >= 0) return validationResults(result.stdout.slice(start));
    const seen = `ended with ${result.code}:${tail(result.stdout + result.stderr)}`;
    throw new EngineError({ code: 'VALIDATE_FAILED', path: 'resources', seen, todo: 'mend the definitions' });
  });
}

async function renderFiles(folder: string, input: RenderInput): Promise<string[]> {
  const { composite, composition, definition, observed = [], required = [], context = {} } = input;
  const functions = Object.entries(input.functions).map(([name, address]) => developmentFunction(name, address));
  const args = [
    await documents(folder, 'composite', [composite]),
    await documents(folder, 'composition', [composition]),
    await documents(folder, 'functions', functions),
    `--xrd=${await documents(folder, 'definition', [definition])}`,
  ];
  if (observed.length > 0) {
    args.push(`--observed-resources=${await documents(folder, 'observed', observed.map(withoutOwner))}`);
  }
  if (required.length > 0) args.push(`--required-resources=${await documents(folder, 'required', required)}`);
  for (const [index, [key, value]] of Object.entries(context).entries()) {
    const file = join(folder, `context-${index}.json`);
    await writeFile(file, JSON.stringify(value));
    // Given as values instead, a semicolon in the JSON would end one.
    args.push(`--context-files=${key}=${file}`);
  }
  return args;
}

/** An owner that is not this very composite, by its uid, would hide an observed resource from the renderer. */
function withoutOwner(object: KubeObject): KubeObject {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function developmentFunction(name: string, address: string): KubeObject {
  const annotations = {
    'render.crossplane.io/runtime': 'Development',
    'render.crossplane.io/runtime-development-target': address,
  };
  const spec = { package: `localhost/${name}:dev` };
  return { apiVersion: 'pkg.crossplane.io/v1', kind: 'Function', metadata: { name, annotations }, spec };
}

function renderOutput(text: string): RenderOutput {
  const all = loadAll(text).filter((document): document is KubeObject => textOf(fields(document).kind) !== '');
  const [composite, ...others] = all.filter((object) => object.apiVersion !== resultApi);
  if (composite === undefined) {
    const seen = `no composite in its output:${tail(text)}`;
    throw new EngineError({ code: 'RENDER_FAILED', path: 'output', seen, todo: 'report it: the CLI has changed' });
  }
  const told = all.filter((object) => object.apiVersion === resultApi);
  const results = told
    .filter((object) => object.kind === 'Result')
    .map(({ severity, reason, message }) => ({
      severity: textOf(severity),
      reason: textOf(reason),
      message: textOf(message),
    }));
  const context = fields(told.find((object) => object.kind === 'Context')?.fields);
  return { composite, resources: others, results, context };
}

function validationResults(text: string): ValidationResult[] {
  const told: unknown = JSON.parse(text);
  return items(fields(told).resources).map((item) => {
    const { apiVersion, kind, name, namespace, status, errors } = fields(item);
    return {
      apiVersion: textOf(apiVersion),
      kind: textOf(kind),
      name: textOf(name),
      ...(typeof namespace === 'string' && { namespace }),
      status: status === 'valid' || status === 'missingSchema' ? status : 'invalid',
      errors: items(errors).map((error) => {
        const { type, field, message } = fields(error);
        return { type: textOf(type), field: textOf(field), message: textOf(message) };
      }),
    };
  });
}

/** Write objects as one file of several documents; JSON is YAML. */
async function documents(folder: string, name: string, objects: readonly KubeObject[]): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  return file;
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-blueprints-cli-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
