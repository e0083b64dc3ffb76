import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { apiVersionName, type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import { policies } from '../../policies/policies.ts';
import type { Plan } from './contents.ts';

/** The health script of Argo CD for every kind that blueprints define. */
export const healthScript = readFileSync(new URL('gitops/health.lua', import.meta.url), 'utf8');

/** A kind as a developer or Crossplane makes it. */
interface Kind {
  readonly group: string;
  readonly kind: string;
}

/** Claims, their composites, and namespaced composites. */
export const requestKinds = (blueprints: readonly Blueprint[]): Kind[] =>
  blueprints.flatMap((blueprint) => [
    { group: groups.claims, kind: blueprint.kind },
    { group: groups.claims, kind: compositeKind(blueprint, 'claims') },
    { group: groups.namespaced, kind: blueprint.kind },
  ]);

/**
 * How Flux judges them: its CEL variables are the object's own fields, and every expression must survive an object
 * without a status (kustomize-controller, healthCheckExprs).
 */
export const fluxHealth = {
  current:
    "has(status.conditions) && status.conditions.exists(e, e.type == 'Ready' && e.status == 'True') && status.conditions.exists(e, e.type == 'Synced' && e.status == 'True') && !status.conditions.exists(e, e.type == 'DependenciesReady' && e.status == 'False')",
  failed:
    "has(status.conditions) && status.conditions.exists(e, e.type == 'DependenciesReady' && e.status == 'False' && e.reason == 'Refused')",
  inProgress:
    "!has(status.conditions) || !status.conditions.exists(e, e.type == 'Ready' && e.status == 'True') || status.conditions.exists(e, e.type == 'DependenciesReady' && e.status == 'False')",
};

/** Fragments for Argo CD and Flux, and the package set for idpbuilder, by their path; `install` are the manifests. */
export function gitopsFiles(plan: Plan, install: ReadonlyMap<string, string>): Map<string, string> {
  const files = new Map([
    ['argocd/argocd-cm.yaml', dump([argoSettings(plan.blueprints)])],
    ['flux/health.yaml', dump([fluxKustomization(plan.blueprints)])],
  ]);
  for (const one of applications(install)) {
    const { name, content } = one;
    files.set(`idpbuilder/${name}.yaml`, dump([application(one)]));
    for (const [path, text] of content ?? []) files.set(`idpbuilder/${name}/${path}`, text);
  }
  return files;
}

const dump = (objects: readonly object[]): string =>
  objects.map((object) => yaml.dump(object, { noRefs: true, lineWidth: -1 })).join('---\n');

/** To be merged into the ConfigMap argocd-cm. */
function argoSettings(blueprints: readonly Blueprint[]): object {
  const health = requestKinds(blueprints).map(({ group, kind }) => [
    `resource.customizations.health.${group}_${kind}`,
    healthScript,
  ]);
  const composites = requestKinds(blueprints).map(({ group, kind }) => [
    `resource.customizations.ignoreDifferences.${group}_${kind}`,
    // Crossplane writes them into the spec of what people apply.
    yaml.dump({ jqPathExpressions: ['.spec.crossplane', '.spec.resourceRef', '.spec.compositionRevisionRef'] }),
  ]);
  const exclusions = [{ apiGroups: ['*'], kinds: ['ProviderConfigUsage', 'ClusterProviderConfigUsage'] }];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: {
      // Composed resources carry the labels of their claim: tracking by label would take them for Argo's own.
      'application.resourceTrackingMethod': 'annotation',
      'resource.exclusions': yaml.dump(exclusions),
      ...Object.fromEntries([...health, ...composites]),
    },
  };
}

function fluxKustomization(blueprints: readonly Blueprint[]): object {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'claims', namespace: 'flux-system' },
    spec: {
      interval: '10m',
      path: './claims',
      prune: true,
      wait: true,
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      healthCheckExprs: requestKinds(blueprints).map(({ group, kind }) => ({
        apiVersion: `${group}/${apiVersionName}`,
        kind,
        ...fluxHealth,
      })),
    },
  };
}

/** Where an Application takes its manifests from. */
interface ApplicationSource {
  readonly repoURL: string;
  readonly targetRevision: string;
  readonly [field: string]: unknown;
}

/** An Application, with the chart that it installs or the files beside it that it applies. */
interface Package {
  readonly name: string;
  readonly wave: number;
  readonly chart?: ApplicationSource;
  readonly content?: ReadonlyMap<string, string>;
}

const repository = new URL('../../', import.meta.url);
const readPolicy = (path: string): string => readFileSync(new URL(`policies/${path}`, repository), 'utf8');

/** In the order of their waves: core, rights and runtimes, packages, provider configurations, policies. */
function applications(install: ReadonlyMap<string, string>): Package[] {
  const from = (path: string) => new Map([[path, install.get(path) ?? '']]);
  const templates = [...policies.map(({ name }) => `${name}/template.yaml`), 'sync.yaml'];
  const values = (text: string) => ({ helm: { valuesObject: yaml.load(text) } });
  return [
    {
      name: 'crossplane',
      wave: 0,
      chart: {
        repoURL: 'https://charts.crossplane.io/stable',
        chart: 'crossplane',
        targetRevision: engineVersion('crossplane', 'github.com/crossplane/crossplane/v2'),
        ...values(install.get('crossplane-values.yaml') ?? ''),
      },
    },
    {
      name: 'gatekeeper',
      wave: 0,
      chart: {
        repoURL: 'https://open-policy-agent.github.io/gatekeeper/charts',
        chart: 'gatekeeper',
        targetRevision: engineVersion('gatekeeper', 'github.com/open-policy-agent/gatekeeper/v3'),
        ...values(readPolicy('gatekeeper-values.yaml')),
      },
    },
    { name: 'runtime', wave: 1, content: from('1-runtime.yaml') },
    { name: 'packages', wave: 2, content: from('2-packages.yaml') },
    { name: 'provider-config', wave: 3, content: from('3-provider-config.yaml') },
    {
      name: 'policies',
      wave: 4,
      content: new Map(templates.map((path) => [path.replace('/', '-'), readPolicy(path)])),
    },
    // Dry-run: what it would refuse is reported, until somebody chooses another profile.
    {
      name: 'constraints',
      wave: 5,
      content: new Map([['constraints.yaml', readPolicy('profiles/dryrun/constraints.yaml')]]),
    },
  ];
}

/** The chart of what the tests run: its version is that of the program, without the v. */
function engineVersion(folder: string, module: string): string {
  const text = readFileSync(new URL(`tools/engines/modules/${folder}/go.mod`, repository), 'utf8');
  const [, version] = new RegExp(`^\\s*(?:require )?${module} v(\\S+)`, 'm').exec(text) ?? [];
  if (version === undefined) throw new Error(`tools/engines/modules/${folder}/go.mod requires no ${module}`);
  return version;
}

/** Local content by its path beside the file, as idpbuilder v0.10 replaces cnoe:// with the repository that it makes. */
const local = (name: string): ApplicationSource => ({ repoURL: `cnoe://${name}`, targetRevision: 'HEAD', path: '.' });

function application({ name, wave, chart }: Package): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: `aws-blueprints-${name}`,
      namespace: 'argocd',
      annotations: { 'argocd.argoproj.io/sync-wave': String(wave) },
    },
    spec: {
      project: 'default',
      source: chart ?? local(name),
      destination: {
        server: 'https://kubernetes.default.svc',
        namespace: name === 'gatekeeper' ? 'gatekeeper-system' : 'crossplane-system',
      },
      syncPolicy: {
        automated: { selfHeal: true },
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true', 'SkipDryRunOnMissingResource=true'],
        // idpbuilder applies all at once, and the definitions of a package are there only once it is installed.
        retry: { limit: 20, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
      },
    },
  };
}
