import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { apiVersionName, type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
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
  for (const [index, { name, waves }] of applications.entries()) {
    files.set(`idpbuilder/${name}.yaml`, dump([application(name, index)]));
    for (const path of waves) files.set(`idpbuilder/${name}/${path}`, install.get(path) ?? '');
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

/** One Application for each wave; `waves` are the files of install/ that it applies. */
const applications = [
  { name: 'runtime', waves: ['1-runtime.yaml'] },
  { name: 'packages', waves: ['2-packages.yaml'] },
  { name: 'provider-config', waves: ['3-provider-config.yaml'] },
] as const;

/** Local content by its path beside the file, as idpbuilder v0.10 replaces cnoe:// with the repository that it makes. */
function application(name: string, wave: number): object {
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
      source: { repoURL: `cnoe://${name}`, targetRevision: 'HEAD', path: '.' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'crossplane-system' },
      syncPolicy: {
        automated: { selfHeal: true },
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true', 'SkipDryRunOnMissingResource=true'],
        // The definitions of a package are there only once it is installed.
        retry: { limit: 20, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
      },
    },
  };
}
