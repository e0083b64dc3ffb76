import yaml from 'js-yaml';
import { providerModule } from '../engines/crds.ts';
import { clusterRoleOf } from '../gen/composition.ts';
import {
  configurationPackage,
  functionPackage,
  installedName,
  type Package,
  type Plan,
  servicesOf,
} from './contents.ts';
import { type PermissionOptions, providerPolicies } from './permissions.ts';

const runtimeConfig = 'pkg.crossplane.io/v1beta1';
const providerRuntime = 'aws-blueprints-provider';
const functionRuntime = 'aws-blueprints-function';
const exampleRole = 'arn:aws:iam::111122223333:role/crossplane-provider-aws';

/** Manifests, values and policies that go with the packages, by their path in the folder. */
export function installFiles(plan: Plan, permissions: PermissionOptions): Map<string, string> {
  const packages = [configurationPackage(plan, 'namespaced'), configurationPackage(plan, 'claims')];
  const files = new Map([
    ['crossplane-values.yaml', dump('Values for the chart of Crossplane.', [crossplaneValues])],
    ['1-runtime.yaml', dump('Rights and runtimes; put your role for the providers in.', runtimes(plan))],
    [
      '2-packages.yaml',
      dump('Either configuration may be left out.', [...programs(plan), ...packages.map(installed(plan))]),
    ],
    ['3-provider-config.yaml', dump('Once the providers are healthy.', providerConfigs)],
  ]);
  for (const [service, policy] of providerPolicies(plan.blueprints, permissions)) {
    files.set(`permissions/provider-aws-${service}.json`, `${JSON.stringify(policy, undefined, 2)}\n`);
  }
  return files;
}

const dump = (comment: string, objects: readonly object[]): string =>
  `# ${comment}\n${objects.map((object) => yaml.dump(object, { noRefs: true, lineWidth: -1 })).join('---\n')}`;

/** Core's defaults open its circuit breaker while a composite of ten or more resources is being created. */
const crossplaneValues = { args: ['--circuit-breaker-burst=10000', '--circuit-breaker-refill-rate=100'] };

function runtimes(plan: Plan): object[] {
  const annotations = { 'eks.amazonaws.com/role-arn': exampleRole };
  return [
    clusterRoleOf(plan.blueprints),
    {
      apiVersion: runtimeConfig,
      kind: 'DeploymentRuntimeConfig',
      metadata: { name: functionRuntime },
      spec: { deploymentTemplate: { spec: functionDeployment } },
    },
    {
      apiVersion: runtimeConfig,
      kind: 'DeploymentRuntimeConfig',
      metadata: { name: providerRuntime },
      // One ServiceAccount for all providers, so that the role's trust names exactly one.
      spec: { serviceAccountTemplate: { metadata: { name: providerRuntime, annotations } } },
    },
  ];
}

/** Crossplane names the container, mounts the certificates and sets user and security context; it is not said here. */
const functionDeployment = {
  // Two, so that a node may go; Crossplane spreads its calls over them.
  replicas: 2,
  selector: {},
  template: {
    metadata: { annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' } },
    spec: {
      containers: [
        {
          name: 'package-runtime',
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsGroup: 2000,
            runAsNonRoot: true,
            runAsUser: 2000,
          },
          readinessProbe: { tcpSocket: { port: 9443 } },
          livenessProbe: { tcpSocket: { port: 9443 }, initialDelaySeconds: 10 },
        },
      ],
    },
  },
};

/** Function and providers by the names that dependency resolution would give them, so that it finds them installed. */
function programs(plan: Plan): object[] {
  const providers = servicesOf(plan.blueprints).map((service) => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Provider',
    metadata: { name: installedName(plan.providers, `provider-aws-${service}`) },
    spec: {
      package: `${plan.providers}/provider-aws-${service}:${providerModule.version}`,
      runtimeConfigRef: { name: providerRuntime },
    },
  }));
  const fn = functionPackage(plan);
  const runtimeConfigRef = { name: functionRuntime };
  return [
    ...providers,
    {
      apiVersion: 'pkg.crossplane.io/v1',
      kind: fn.kind,
      metadata: { name: installedName(plan.registry, fn.name) },
      spec: { package: `${plan.registry}/${fn.name}:v${plan.version}`, runtimeConfigRef },
    },
  ];
}

const installed =
  (plan: Plan) =>
  ({ kind, name }: Package): object => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind,
    metadata: { name },
    spec: { package: `${plan.registry}/${name}:v${plan.version}` },
  });

/** The provider's credentials come from the ServiceAccount: IRSA; `PodIdentity` is the other way without a secret. */
const providerConfigs = [
  ['aws.upbound.io/v1beta1', 'ProviderConfig'],
  ['aws.m.upbound.io/v1beta1', 'ClusterProviderConfig'],
].map(([apiVersion, kind]) => ({
  apiVersion,
  kind,
  metadata: { name: 'default' },
  spec: { credentials: { source: 'IRSA' } },
}));
