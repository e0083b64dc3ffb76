import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blueprints } from '../../functions/blueprints.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { providerModule } from '../../tools/engines/crds.ts';
import { goModule } from '../../tools/engines/go.ts';
import { drafts } from '../../tools/openapi/index.ts';
import { kitchenSink } from '../judge/kitchen-sink.ts';
import { buildBundles, repository, run, temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
const place = (...names: string[]) => join(folder.path, ...names);
let cli = '';
let kubeconform = '';

beforeAll(async () => {
  cli = (await buildBundles(folder.path)).cli;
  kubeconform = join((await requireEngines(['kubeconform']))('kubeconform'), 'kubeconform');
}, 900_000);
afterAll(() => folder.remove());

async function convert(inputs: readonly string[], draft: string, out: string): Promise<void> {
  const args = [cli, 'convert', ...inputs, '--to', draft, '--closed', '--all-versions', '--out', out];
  expect(await run(process.execPath, args)).toMatchObject({ code: 0, stderr: '' });
}

interface Verdict {
  readonly filename: string;
  readonly kind: string;
  readonly name: string;
  readonly status: 'statusValid' | 'statusInvalid' | 'statusError';
  readonly msg: string;
}

/** What defines the objects of External Secrets. */
const externalSecrets = {
  path: 'github.com/external-secrets/external-secrets',
  version: 'v1.3.2',
  sum: 'h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=',
};

/** What it says of each object; it looks for schemas where `convert` puts them unless told otherwise. */
async function verdicts(schemas: string, files: readonly string[]): Promise<readonly Verdict[]> {
  const location = join(schemas, '{{.Group}}', '{{.ResourceKind}}_{{.ResourceAPIVersion}}.json');
  const { stdout } = await run(kubeconform, ['-schema-location', location, '-verbose', '-output', 'json', ...files]);
  return JSON.parse(stdout).resources;
}

/** What a person applies; objects that stand for what was observed have no times, and forms are the portal's. */
function examples(): string[] {
  return blueprints.flatMap(({ name }) => {
    const folder = repository(join('examples', name));
    const applied = readdirSync(folder).filter((file) => !['observed.yaml', 'template.yaml'].includes(file));
    return applied.sort().map((file) => join(folder, file));
  });
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** An object without content of every served version, so that every schema is compiled. */
function empty({ spec: { group, names, versions } }: Definition): object[] {
  const served = versions.filter((version) => version.served);
  const metadata = { name: 'empty' };
  return served.map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names.kind, metadata }));
}

test.each(drafts)('%s: the examples are valid, and with a mistake they are not', async (draft) => {
  const schemas = place(draft);
  await convert([repository('xrds')], draft, schemas);
  const right = await verdicts(schemas, examples());
  expect(right.filter(({ status }) => status !== 'statusValid')).toEqual([]);
  expect(right.length).toBeGreaterThanOrEqual(examples().length);

  const claim = yaml.load(readFileSync(repository('examples/s3-irsa/claim.yaml'), 'utf8')) as { spec: object };
  const mistakes = [
    { ...claim, spec: { ...claim.spec, versioning: 'yes' } },
    { ...claim, spec: { ...claim.spec, bucketColour: 'red' } },
    { ...claim, metadata: { name: 'Not_A_Name' } },
    { ...claim, metadata: { name: 'labels', labels: { [`${'a.'.repeat(130)}b/c`]: 'd' } } },
  ];
  writeFileSync(place('mistakes.yaml'), mistakes.map((one) => yaml.dump(one)).join('---\n'));
  const wrong = await verdicts(schemas, [place('mistakes.yaml')]);
  expect(wrong.map(({ status }) => status)).toEqual(mistakes.map(() => 'statusInvalid'));
});

test('every schema of the provider, and of definitions with all that there is, compiles', async () => {
  const crds = join(await goModule(providerModule), 'package', 'crds');
  const files = readdirSync(crds).map((name) => join(crds, name));
  const definitions = files.map((file) => yaml.load(readFileSync(file, 'utf8')) as Definition);
  const sinks = kitchenSink.map(({ crd }) => crd as unknown as Definition);
  writeFileSync(place('sinks.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: sinks }));
  await convert([crds, place('sinks.json')], 'draft-07', place('all'));
  const objects = [...definitions, ...sinks].flatMap(empty);
  writeFileSync(place('objects.yaml'), objects.map((one) => yaml.dump(one)).join('---\n'));
  const judged = await verdicts(place('all'), [place('objects.yaml')]);
  expect(judged.length).toBe(objects.length);
  const failed = judged.filter(({ status }) => status === 'statusError').map(({ kind }) => kind);
  // It has a pattern with the multi-line flag: what ECMA-262 says instead looks around, as Go can't.
  expect(failed).toEqual(['SinkPatterns']);
});

test('what hands a Secret over to Argo CD is valid for External Secrets, and with a mistake it is not', async () => {
  const definitions = join(await goModule(externalSecrets), 'config', 'crds', 'bases');
  const schemas = place('external-secrets');
  const kinds = ['externalsecrets', 'secretstores'];
  const files = kinds.map((kind) => join(definitions, `external-secrets.io_${kind}.yaml`));
  await convert(files, 'draft-07', schemas);
  const example = repository('examples/argocd/hand-over.yaml');
  const wrong = place('wrong.yaml');
  writeFileSync(wrong, readFileSync(example, 'utf8').replace('metadataPolicy: Fetch', 'metadataPolicy: Copy'));
  const statuses = async (file: string) =>
    (await verdicts(schemas, [file]))
      .filter(({ kind }) => kinds.includes(`${kind.toLowerCase()}s`))
      .map(({ kind, status }) => `${kind} ${status}`)
      .sort();
  expect(await statuses(example)).toEqual(['ExternalSecret statusValid', 'SecretStore statusValid']);
  expect(await statuses(wrong)).toEqual(['ExternalSecret statusInvalid', 'SecretStore statusValid']);
}, 900_000);
