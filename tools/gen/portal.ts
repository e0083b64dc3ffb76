import { apiVersionName, type Blueprint, groups } from '../../functions/core/blueprint.ts';
import type { CrdSchema } from '../../functions/core/schema.ts';
import type { Resource } from '../cli/template/resource.ts';
import {
  choiceOf,
  choicePage,
  type Keyed,
  keyed,
  label,
  type Page,
  pageOf,
  type Template,
} from '../cli/template/template.ts';
import { toForm } from '../openapi/backstage/index.ts';
import { entityChecks, entityKinds } from '../score/entity-checks.ts';
import { specOf } from './xrd.ts';

type Step = Template['spec']['steps'][number];

/** Where a portal keeps code, with the actions that its templates may use; a portal without one of them cannot run them. */
interface Profile {
  readonly hosts: readonly string[];
  readonly actions: readonly string[];
  readonly publish: string;
  /** The annotation by which the catalog finds the repository. */
  readonly slugAnnotation?: string;
  /** Whether the portal makes Applications of Argo CD itself (an action of CNOE's portal). */
  readonly argocd: boolean;
}

const common = ['fetch:template', 'catalog:register'];

/** By name: GitHub and Gitea (idpbuilder) with CNOE's portal, and GitLab with any portal. */
export const portalProfiles: Readonly<Record<string, Profile>> = {
  github: {
    hosts: ['github.com'],
    actions: [...common, 'publish:github', 'cnoe:create-argocd-app'],
    publish: 'publish:github',
    slugAnnotation: 'github.com/project-slug',
    argocd: true,
  },
  gitea: {
    hosts: ['gitea.cnoe.localtest.me:8443'],
    actions: [...common, 'publish:gitea', 'cnoe:create-argocd-app'],
    publish: 'publish:gitea',
    argocd: true,
  },
  gitlab: {
    hosts: ['gitlab.com'],
    actions: [...common, 'publish:gitlab'],
    publish: 'publish:gitlab',
    slugAnnotation: 'gitlab.com/project-slug',
    argocd: false,
  },
};

/** What runs applications, and no application asks for. */
const platforms = new Set(['network', 'eks-cluster']);
const group = groups.namespaced;

/** Which portals templates are for, and their hosts where those are not the usual ones. */
interface PortalOptions {
  readonly profiles: readonly string[];
  readonly hosts?: readonly string[];
}

const everyProfile: PortalOptions = { profiles: Object.keys(portalProfiles) };

/** Objects for examples/portal, by their paths in it. */
export function portalFiles(
  blueprints: readonly Blueprint[],
  { profiles, hosts }: PortalOptions = everyProfile,
): ReadonlyMap<string, object> {
  const ofApps = blueprints.filter(({ name }) => !platforms.has(name));
  const all = keyed(ofApps.map((blueprint) => resourceOf(blueprint)));
  const cluster = blueprints.find(({ name }) => name === 'eks-cluster');
  if (cluster === undefined) throw new Error('no blueprint eks-cluster');
  const files = new Map<string, object>(all.map((one) => [`resources/${one.key}.yaml`, choiceOf(one)]));
  files.set('tech-insights.yaml', techInsights());
  for (const profile of profiles) {
    const templates = [
      appTemplate(profile, ofApps, all, false),
      appTemplate(profile, ofApps, all, true),
      clusterTemplate(profile, cluster),
    ];
    for (const template of templates) files.set(`${template.metadata.name}.yaml`, onHosts(template, hosts));
    files.set(`all-${profile}.yaml`, {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'Location',
      metadata: { name: `aws-blueprints-${profile}`, description: `Templates of aws-blueprints for ${profile}.` },
      spec: { targets: templates.map(({ metadata }) => `./${metadata.name}.yaml`) },
    });
  }
  return files;
}

/**
 * The part of app-config.yaml by which tech-insights (backend 3.1, jsonfc 0.10) checks what `score` checks. What no
 * retriever of it tells is for the command alone.
 */
function techInsights(): object {
  const told = entityChecks.flatMap(({ id, title, remedy, kinds = entityKinds, fact }) =>
    fact ? [{ id, title, remedy, kinds, fact }] : [],
  );
  const checks = told.map(({ id, title, remedy, kinds, fact: { retriever, name } }) => {
    const rule = { conditions: { all: [{ fact: name, operator: 'equal', value: true }] } };
    // One object: the checker takes a list of filters, but its reader of app-config.yaml takes none (jsonfc 0.10).
    const filter = { kind: kinds };
    return [
      `aws-blueprints-${id}`,
      { type: 'json-rules-engine', name: title, description: remedy, factIds: [retriever], filter, rule },
    ];
  });
  const schedule = { cadence: '*/30 * * * *', lifecycle: { timeToLive: { days: 14 } } };
  const retrievers = [...new Set(told.map(({ fact }) => fact.retriever))].map((name) => [name, schedule]);
  return {
    techInsights: {
      factRetrievers: Object.fromEntries(retrievers),
      factChecker: { checks: Object.fromEntries(checks) },
    },
  };
}

/** What the template itself decides is not asked for: names of Secrets and ServiceAccounts that the skeleton refers to. */
function resourceOf(blueprint: Blueprint, presets: Readonly<Record<string, string>> = {}): Resource {
  const { name, kind, description } = blueprint;
  const { properties = {}, required = [], ...spec }: CrdSchema = specOf(blueprint, 'namespaced');
  const decided = ['writeConnectionSecretToRef', 'serviceAccountName'];
  const isAsked = (field: string) => !decided.includes(field);
  const { schema, notes } = toForm({
    ...spec,
    properties: Object.fromEntries(Object.entries(properties).filter(([field]) => isAsked(field))),
    required: required.filter(isAsked),
  });
  const preset = Object.entries(presets).map(([field, value]) => [
    field,
    { ...schema.properties?.[field], default: value },
  ]);
  const form = { ...schema, properties: { ...schema.properties, ...Object.fromEntries(preset) } };
  const type = { apiVersion: `${group}/${apiVersionName}`, kind, group };
  return { source: name, type, namespaced: true, description, form, notes };
}

function appTemplate(
  profile: string,
  blueprints: readonly Blueprint[],
  all: readonly Keyed[],
  workflow: boolean,
): Template {
  const title = workflow ? 'App with AWS Resources and workflows' : 'App with AWS Resources';
  const description = workflow
    ? 'An application on Kubernetes with what it needs in AWS, and a workflow that migrates once that is ready.'
    : 'An application on Kubernetes with what it needs in AWS.';
  const more = workflow
    ? { migrationImage: parameter('migrationImage'), migrationCommand: parameter('migrationCommand') }
    : {};
  const steps = all.flatMap(({ key }, index) => {
    const blueprint = blueprints[index];
    if (blueprint === undefined) throw new Error(`no blueprint for ${key}`);
    const values = {
      ...claimValues(blueprint, key),
      ...commonValues(profile),
      ...more,
      image: parameter('image'),
      workflow,
    };
    const condition = expression(`parameters.resource == '${key}'`);
    const own = {
      ...fetch(`fetch-${key}`, `Write the application with its ${blueprint.kind}`, 'app', values),
      if: condition,
    };
    const migrate = { ...fetch(`fetch-${key}-workflow`, 'Write the workflow', 'workflow', values), if: condition };
    return workflow ? [own, migrate] : [own];
  });
  return {
    ...head(profile, workflow ? 'app-with-aws-resources-and-workflows' : 'app-with-aws-resources', title, description),
    spec: {
      type: 'service',
      parameters: [
        aboutPage(
          { ...imageField, ...(workflow && migrationFields) },
          workflow ? ['migrationImage', 'migrationCommand'] : [],
        ),
        { title: 'AWS resource', ...choicePage(all) },
        repositoryPage(profileOf(profile).hosts),
      ],
      steps: [...steps, ...publishSteps(profile, 'kustomize/overlays/dev')],
      output,
    },
  };
}

function clusterTemplate(profile: string, cluster: Blueprint): Template {
  // The policy eks-posture wants no version that costs extra.
  const [one] = keyed([resourceOf(cluster, { supportType: 'STANDARD' })]);
  if (one === undefined) throw new Error('one resource in, none out');
  const description = 'An EKS cluster with its add-ons, made known to Argo CD by the contract of GitOps Bridge.';
  const values = { ...claimValues(cluster, 'claim'), ...commonValues(profile) };
  return {
    ...head(profile, 'eks-cluster-with-eks-blueprints', 'Create an EKS cluster with EKS blueprints', description),
    spec: {
      type: 'resource',
      parameters: [aboutPage({}, []), pageOf(one), repositoryPage(profileOf(profile).hosts)],
      steps: [fetch('fetch', 'Write the cluster', 'cluster', values), ...publishSteps(profile, 'kustomize/base')],
      output,
    },
  };
}

const expression = (text: string): string => `\${{ ${text} }}`;
const parameter = (name: string): string => expression(`parameters.${name}`);
const made = (step: string, name: string): string => expression(`steps['${step}'].output.${name}`);

const output = {
  links: [
    { title: 'Repository', url: made('publish', 'remoteUrl') },
    { title: 'Open in catalog', icon: 'catalog', entityRef: made('register', 'entityRef') },
  ],
};

function head(profile: string, name: string, title: string, description: string): Omit<Template, 'spec'> {
  return {
    apiVersion: 'scaffolder.backstage.io/v1beta3',
    kind: 'Template',
    metadata: { name: `${name}-${profile}`, title, description, tags: ['aws', 'crossplane', profile] },
  };
}

/** Every name that is made of it must still be a label: the longest adds a kind. */
const nameLength = 40;

function aboutPage(more: Page['properties'], moreRequired: readonly string[]): Page {
  return {
    title: 'About',
    required: ['name', 'namespace', 'owner', 'description', 'lifecycle', ...moreRequired],
    properties: {
      name: { ...label, maxLength: nameLength, title: 'Name', description: 'Letters, digits and dashes.' },
      namespace: { ...label, maxLength: 50, title: 'Namespace', description: 'Namespace in the cluster.' },
      owner: {
        type: 'string',
        title: 'Owner',
        description: 'The group that owns it; its name becomes the AWS tag team.',
        'ui:field': 'OwnerPicker',
        'ui:options': { catalogFilter: { kind: 'Group' } },
      },
      description: {
        type: 'string',
        title: 'Description',
        minLength: 1,
        description: 'What it is for, in a sentence.',
      },
      lifecycle: {
        type: 'string',
        title: 'Lifecycle',
        enum: ['experimental', 'production', 'deprecated'],
        default: 'experimental',
      },
      ...more,
    },
  };
}

const imageField: Page['properties'] = {
  image: {
    type: 'string',
    title: 'Image',
    minLength: 1,
    description: 'Container image of the application, which listens on port 8080 and needs no root.',
    default: 'docker.io/nginxinc/nginx-unprivileged:stable',
  },
};

const migrationFields: Page['properties'] = {
  migrationImage: {
    type: 'string',
    title: 'Migration image',
    minLength: 1,
    description: 'Container image that migrates.',
  },
  migrationCommand: {
    type: 'array',
    title: 'Migration command',
    description: 'The command and its arguments.',
    minItems: 1,
    items: { type: 'string', minLength: 1 },
  },
};

/** The page that asks for the repository is the last one. */
function onHosts(template: Template, hosts: readonly string[] | undefined): Template {
  if (hosts === undefined) return template;
  const { parameters } = template.spec;
  return { ...template, spec: { ...template.spec, parameters: [...parameters.slice(0, -1), repositoryPage(hosts)] } };
}

function repositoryPage(hosts: readonly string[]): Page {
  return {
    title: 'Repository',
    required: ['repoUrl'],
    properties: {
      repoUrl: {
        type: 'string',
        title: 'Repository',
        description: 'A new one.',
        'ui:field': 'RepoUrlPicker',
        'ui:options': { allowedHosts: hosts },
      },
    },
  };
}

function profileOf(name: string): Profile {
  const profile = portalProfiles[name];
  if (profile === undefined) throw new Error(`no profile ${name}`);
  return profile;
}

function claimValues({ kind, plural, connectionKeys, spec }: Blueprint, key: string) {
  return {
    apiVersion: `${group}/${apiVersionName}`,
    group,
    kind,
    plural,
    resource: kind.toLowerCase(),
    connection: connectionKeys.length > 0,
    identity: 'serviceAccountName' in spec.properties,
    claim: parameter(key),
  };
}

function commonValues(profile: string) {
  const { slugAnnotation } = profileOf(profile);
  const names = ['name', 'namespace', 'owner', 'description', 'lifecycle'];
  return {
    ...Object.fromEntries(names.map((name) => [name, parameter(name)])),
    team: expression("parameters.owner | parseEntityRef | pick('name') | lower"),
    repo: expression('parameters.repoUrl | parseRepoUrl'),
    ...(slugAnnotation !== undefined && { slugAnnotation }),
  };
}

function fetch(id: string, name: string, skeleton: string, values: object): Step {
  return { id, name, action: 'fetch:template', input: { url: `./skeletons/${skeleton}`, values } };
}

function publishSteps(profile: string, path: string): Step[] {
  const { publish, argocd } = profileOf(profile);
  const repoUrl = parameter('repoUrl');
  const application = fetch('application', 'Write the Application of Argo CD', 'argocd', {
    ...commonValues(profile),
    path,
  });
  const description = publish === 'publish:gitlab' ? {} : { description: parameter('description') };
  return [
    ...(argocd ? [] : [application]),
    { id: 'publish', name: 'Publish', action: publish, input: { repoUrl, ...description, defaultBranch: 'main' } },
    ...(argocd ? [deployStep(path)] : []),
    {
      id: 'register',
      name: 'Register',
      action: 'catalog:register',
      input: {
        repoContentsUrl: made('publish', 'repoContentsUrl'),
        catalogInfoPath: '/catalog-info.yaml',
      },
    },
  ];
}

function deployStep(path: string): Step {
  const input = {
    appName: parameter('name'),
    appNamespace: parameter('namespace'),
    argoInstance: 'in-cluster',
    projectName: 'default',
    repoUrl: made('publish', 'remoteUrl'),
    path,
  };
  return { id: 'deploy', name: 'Make the Application of Argo CD', action: 'cnoe:create-argocd-app', input };
}
