import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import yaml from 'js-yaml';
import { blueprints } from '../../functions/blueprints.ts';
import type { Template } from '../../tools/cli/template/template.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { portalProfiles } from '../../tools/gen/portal.ts';
import type { DryRun, ScaffoldedFile, Scaffolder } from './scaffolder.ts';

const folder = 'examples/portal';
/** The templates, without their profiles. */
export const names = [
  'app-with-aws-resources',
  'app-with-aws-resources-and-workflows',
  'eks-cluster-with-eks-blueprints',
];

const read = (file: string): unknown => yaml.load(readFileSync(join(folder, file), 'utf8'));

/** A template with the files that it refers to, as the catalog reads it. */
export const templateOf = (file: string): Template => resolved(read(file)) as Template;

function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('$yaml' in value) return read(String(value.$yaml));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolved(member)]));
}

const files: readonly ScaffoldedFile[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => statSync(join(folder, path)).isFile())
  .map((path) => ({ path, base64Content: readFileSync(join(folder, path)).toString('base64') }));

/** What the scaffolder makes of a template and values, without publishing it. */
export const dryRun = async (scaffolder: Scaffolder, template: Template, values: object): Promise<DryRun> =>
  (await scaffolder.ask('dry-run', { template, values, secrets: {}, directoryContents: files })) as DryRun;

/** What a person enters who wants what an example asks for. */
function entered(kind: string, key: string, example: string): Record<string, unknown> {
  const blueprint = blueprints.find((one) => one.kind === kind);
  if (blueprint === undefined) throw new Error(`no ${kind}`);
  const spec = blueprint.examples[example]?.spec ?? {};
  const { writeConnectionSecretToRef: _secret, serviceAccountName: _account, ...claim } = spec;
  return { [key]: claim };
}

const about = (profile: string) => ({
  name: 'shop',
  namespace: 'team-a',
  owner: 'group:default/team-a',
  description: 'Sells "things": all of them',
  lifecycle: 'production',
  repoUrl: `${portalProfiles[profile]?.hosts[0]}?owner=acme&repo=shop`,
});
const app = { image: 'registry.example.org/shop:1' };
const migration = {
  migrationImage: 'registry.example.org/shop-migrations:1',
  migrationCommand: ['migrate', '--to', 'latest'],
};
const apps = ['S3IRSA', 'ObjectStorage', 'IRSA', 'RelationalDatabase'];

/** A template, and what a person enters. */
export interface Case {
  readonly profile: string;
  readonly file: string;
  readonly kind: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Every template of a profile with every kind, entered as in an example. */
export const casesOf = (profile: string, example: string): Case[] => [
  ...apps.flatMap((kind) => {
    const key = kind.toLowerCase();
    const values = { ...about(profile), ...app, resource: key, ...entered(kind, key, example) };
    return [
      { profile, kind, file: `${names[0]}-${profile}.yaml`, values },
      { profile, kind, file: `${names[1]}-${profile}.yaml`, values: { ...values, ...migration } },
    ];
  }),
  {
    profile,
    kind: 'EKSCluster',
    file: `${names[2]}-${profile}.yaml`,
    values: { ...about(profile), ...entered('EKSCluster', 'claim', example) },
  },
];

/** The objects of the base, as they are written. */
export const baseOf = ({ body: { directoryContents = [] } }: DryRun): KubeObject[] =>
  directoryContents
    .filter(({ path }) => /^kustomize\/base\/(?!kustomization).*\.yaml$/.test(path))
    .flatMap(({ base64Content }) => yaml.loadAll(Buffer.from(base64Content, 'base64').toString()) as KubeObject[]);

/** Whether this machine can build what kustomize shall. */
export const haveKubectl = (process.env.PATH ?? '')
  .split(delimiter)
  .some((place) => existsSync(join(place, 'kubectl')));

/** The objects of a folder of what was scaffolded, as kustomize builds them. */
export function built(run: DryRun, path: string): KubeObject[] {
  const place = mkdtempSync(join(tmpdir(), 'aws-blueprints-scaffolded-'));
  try {
    for (const { path: file, base64Content } of run.body.directoryContents ?? []) {
      mkdirSync(join(place, dirname(file)), { recursive: true });
      writeFileSync(join(place, file), Buffer.from(base64Content, 'base64'));
    }
    return yaml.loadAll(
      execFileSync('kubectl', ['kustomize', join(place, path)], { encoding: 'utf8' }),
    ) as KubeObject[];
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** A file of what was scaffolded. */
export const fileOf = (run: DryRun, path: string): string => {
  const found = run.body.directoryContents?.find((one) => one.path === path);
  return Buffer.from(found?.base64Content ?? '', 'base64').toString();
};

/** What kustomize builds of a template's output. */
export const overlaysOf = (kind: string): readonly string[] =>
  kind === 'EKSCluster' ? ['kustomize/base'] : ['kustomize/overlays/dev', 'kustomize/overlays/production'];

/** The claim among objects. */
export function claimIn(objects: readonly KubeObject[], kind: string): KubeObject {
  const claim = objects.find((one) => one.kind === kind);
  if (claim === undefined) throw new Error(`no ${kind}`);
  return claim;
}
