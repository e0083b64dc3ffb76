import { type Blueprint, groups } from '../../functions/core/blueprint.ts';
import type { Form, ManagedKind } from '../../functions/core/managed.ts';
import { groupOf, isManaged } from '../../functions/core/resource.ts';
import { providerModule } from '../engines/crds.ts';
import { compositionOf, settingsDefinition } from '../gen/composition.ts';
import { xrdOf } from '../gen/xrd.ts';

/** What a set of packages is made of, and where it will be found. */
export interface Plan {
  readonly blueprints: readonly Blueprint[];
  /** True when they are not all blueprints: the packages then carry their names. */
  readonly partial: boolean;
  /** Registry host and organisation, as `ghcr.io/acme`. */
  readonly registry: string;
  /** Host and organisation of the provider packages. */
  readonly providers: string;
  /** A version without the leading v. */
  readonly version: string;
}

/** The kinds of Crossplane package that are built here. */
type PackageKind = 'Function' | 'Configuration';

/** A package before it is an image: its metadata and the objects that it installs. */
export interface Package {
  readonly kind: PackageKind;
  /** Last part of its repository. */
  readonly name: string;
  readonly objects: readonly object[];
}

/** Crossplane that a function may ask to look up what it requires twice, and that lists claims and composites alike. */
const crossplane = { version: '>=v2.3.0-0' };

const annotations = (description: string) => ({
  'meta.crossplane.io/maintainer': 'The aws-blueprints maintainers',
  'meta.crossplane.io/license': 'Apache-2.0',
  'meta.crossplane.io/description': description,
});

const suffixOf = ({ blueprints, partial }: Plan): string =>
  partial ? `-${blueprints.map(({ name }) => name).join('-')}` : '';

/** The Function package's repository name. */
const functionPackageName = (plan: Plan): string => `function-aws-blueprints${suffixOf(plan)}`;

/**
 * The name under which a package is installed as a dependency: the path of its repository as a DNS label
 * (crossplane-runtime v2.3.3, ToDNSLabel). Compositions refer to the function by it.
 */
export const installedName = (registry: string, name: string): string =>
  [...registry.split('/').slice(1), name]
    .join('/')
    .slice(0, 63)
    .replace(/[.:/-]/g, '-')
    .replace(/[^a-z0-9-]|^-+|-+$/g, '');

/** The composition function's package; its image is the runtime and the bundle. */
export function functionPackage(plan: Plan): Package {
  const name = functionPackageName(plan);
  const description = `Composes ${plan.blueprints.map(({ kind }) => kind).join(', ')}.`;
  const metadata = { name, annotations: annotations(description) };
  const meta = {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Function',
    metadata,
    spec: { crossplane, capabilities: ['composition'] },
  };
  return { kind: 'Function', name, objects: [meta, settingsDefinition()] };
}

/** The package with definitions and Compositions of one form, which brings the function and the providers with it. */
export function configurationPackage(plan: Plan, form: Form): Package {
  const { blueprints, version, registry } = plan;
  const name = `aws-blueprints${suffixOf(plan)}${form === 'claims' ? '-claims' : ''}`;
  const what = form === 'claims' ? 'Claims' : 'Namespaced composites';
  const description = `${what} of ${groups[form]}: ${blueprints.map(({ kind }) => kind).join(', ')}.`;
  const functionName = functionPackageName(plan);
  const meta = {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: { name, annotations: annotations(description) },
    spec: {
      crossplane,
      dependsOn: [
        // Newer functions serve older Compositions: names of composed resources are frozen. So the function goes first.
        dependency('Function', `${registry}/${functionName}`, `>=v${version}`),
        ...servicesOf(blueprints).map((service) =>
          // The next major version may change what a kind takes; a patch or minor one of upjet's does not.
          dependency('Provider', `${plan.providers}/provider-aws-${service}`, `>=${providerModule.version},<v3.0.0`),
        ),
      ],
    },
  };
  const objects = blueprints.flatMap((blueprint) => [
    xrdOf(blueprint, form),
    compositionOf(blueprint, form, installedName(registry, functionName)),
  ]);
  return { kind: 'Configuration', name, objects: [meta, activationPolicy(name, blueprints, form), ...objects] };
}

const dependency = (kind: 'Function' | 'Provider', repository: string, version: string) => ({
  apiVersion: 'pkg.crossplane.io/v1',
  kind,
  package: repository,
  version,
});

/** The kinds of managed resources that blueprints compose, each once, in the order of their names. */
export function managedKindsOf(blueprints: readonly Blueprint[]): ManagedKind[] {
  const kinds = blueprints.flatMap(({ resources }) => resources.map(({ kind }) => kind).filter(isManaged));
  const byName = new Map(kinds.map((kind) => [`${kind.service}/${kind.kind}`, kind]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

/** The provider families in use: the first label of an API group of AWS names the package; other providers are the platform's. */
export const servicesOf = (blueprints: readonly Blueprint[]): string[] => [
  ...new Set(
    managedKindsOf(blueprints)
      .filter(({ apiVersion }) => groupOf(apiVersion.claims).endsWith('.aws.upbound.io'))
      .map(({ service }) => service),
  ),
];

/**
 * Activates the managed resources of the services in use. Where the platform switched off the default policy (`*`), an
 * inactive kind could not be composed at all; the other services of a provider stay inactive.
 */
function activationPolicy(name: string, blueprints: readonly Blueprint[], form: Form): object {
  const groupsInUse = new Set(managedKindsOf(blueprints).map(({ apiVersion }) => groupOf(apiVersion[form])));
  return {
    apiVersion: 'apiextensions.crossplane.io/v1alpha1',
    kind: 'ManagedResourceActivationPolicy',
    metadata: { name },
    spec: { activate: [...groupsInUse].map((group) => `*.${group}`) },
  };
}
