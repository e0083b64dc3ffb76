import { spec as cluster } from '../../functions/eks-cluster/schema.ts';
import { spec as database } from '../../functions/relational-database/schema.ts';
import { at, isRequest, message, parameter, setting, text, valueAt } from '../core/cel.ts';
import { clusterRequests, databaseRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const recommended = {
  tag: 'environment',
  budgets: [
    {
      environments: ['production'],
      databaseClasses: 'db\\.serverless|db\\.[a-z0-9]+\\.(medium|large|[248]?xlarge)',
      databaseStorageGB: 4000,
      nodeTypes: '[a-z0-9-]+\\.(medium|large|[248]?xlarge)',
      nodesPerGroup: 50,
    },
    {
      databaseClasses: 'db\\.serverless|db\\.t[34]g?\\.[a-z]+|db\\.[a-z0-9]+\\.large',
      databaseStorageGB: 1000,
      nodeTypes: '[a-z0-9-]+\\.(medium|large|xlarge)',
      nodesPerGroup: 20,
    },
  ],
};
const [production, other] = recommended.budgets;
const nodes = 'NodeGroup team-a/app-nodegroup';

const tags = { environment: 'production' };
const instance = (given: object) => namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', ...given } });
const request = (more: object, resourceConfig: object = {}) => ({
  resourceConfig: { region: 'eu-west-1', ...resourceConfig },
  ...more,
});
const refusal = (what: string, seen: string, allowed: string) => `BUDGET: ${what}: ${seen}; ${allowed}`;
const large = (what: string) =>
  refusal(what, 'instanceClass is db.r7g.16xlarge', `allowed is ${other?.databaseClasses}`);
const bad: Case = {
  name: 'deny',
  object: instance({ instanceClass: 'db.r7g.16xlarge' }),
  message: large('Instance team-a/app-instance'),
};
const pattern = (what: string) =>
  ({
    type: 'string',
    minLength: 1,
    description: `Regular expression (RE2) for the whole ${what}. Without it, any.`,
  }) as const;
const most = (what: string) =>
  ({ type: 'integer', minimum: 1, description: `${what}. Without it, any number.` }) as const;

/** The first budget that is for the object's environment, or one without limits. */
const budget = (object: string) => {
  const given = `(${isRequest(object)} ? ${at(object, 'spec.resourceConfig.tags')} : ${parameter(object, 'tags')})[?variables.params.tag].orValue('')`;
  return `(variables.params.budgets.filter(one, !has(one.environments) || ${given} in one.environments) + [dyn({})])[0]`;
};

const defaultTypes = JSON.stringify(cluster.properties.nodeGroups.items.properties.instanceTypes.default);

/** Node groups of a request, or the one that the managed resource is. */
const nodeGroups = (object: string) => `(${isRequest(object)}
  ? ${valueAt(object, 'spec.nodeGroups', '[]')}
    .map(group, {'types': dyn(group.?instanceTypes.orValue(${defaultTypes})), 'most': dyn(int(group.maxSize))})
  : ${object}.kind != 'NodeGroup' ? []
  : [{'types': dyn(${parameter(object, 'instanceTypes')}.orValue([])), 'most': dyn(int(${parameter(object, 'scalingConfig.maxSize')}.orValue(0)))}])`;

/** Sizes that the database has, and to which it grows by itself, each with the name of its field. */
function storage(object: string): string {
  const sized = (name: string, value: string) => `[dyn('${name}'), dyn(int(${value}.orValue(0)))]`;
  const given = (...names: string[]) => names.map((name) => sized(name, parameter(object, name))).join(', ');
  const asked = (...names: string[]) => names.map((name) => sized(name, at(object, `spec.${name}`))).join(', ');
  return `(${isRequest(object)} ? [${asked('storageGB', 'maxStorageGB')}] : [${given('allocatedStorage', 'maxAllocatedStorage')}])`;
}

/** What of a list breaks a limit of the budget, as messages; `breaks` and `seen` are about an item. */
const over = (object: string, limit: string, items: string, breaks: string, seen: string) => {
  const allowed = breaks.includes(' > ') ? 'allowed is at most ' : 'allowed is ';
  return `${items}
    .filter(item, [${budget(object)}].exists(budget, has(budget.${limit}) && ${breaks}))
    .map(item, ${message('BUDGET', seen, `${text(allowed)} + string(${budget(object)}.${limit})`)})`;
};

const misses = (value: string, limit: string) => `!${value}.matches('^(' + budget.${limit} + ')$')`;

const ofCluster = `[${[...clusterRequests.flatMap(({ kinds }) => kinds), 'NodeGroup'].map(text).join(', ')}]`;

export const classBudget: Policy = {
  name: 'class-budget',
  kind: 'AwsClassBudget',
  title: 'Databases and nodes are no larger than their environment may pay for.',
  why: 'One instance of a wrong class costs more in a weekend than a team in a year. How many there are is for a ResourceQuota, for instance of count/instances.rds.aws.m.upbound.io.',
  controls: [],
  match: [
    managed('eks', 'NodeGroup'),
    managed('rds', 'ClusterInstance', 'Instance'),
    ...clusterRequests,
    ...databaseRequests,
  ],
  parameters: {
    type: 'object',
    required: ['tag', 'budgets'],
    properties: {
      tag: { type: 'string', minLength: 1, description: 'Name of the AWS tag with the environment.' },
      budgets: {
        type: 'array',
        description: 'Budgets; the first one that is for the environment counts. Without one for it, anything goes.',
        minItems: 1,
        items: {
          type: 'object',
          properties: {
            environments: {
              type: 'array',
              description: 'Values of the tag. Without it, all, also none.',
              minItems: 1,
              items: { type: 'string' },
            },
            databaseClasses: pattern('class of a database instance'),
            databaseStorageGB: most('Most storage of a database in GiB, also that to which it grows by itself'),
            nodeTypes: pattern('EC2 instance type of nodes'),
            nodesPerGroup: most('Greatest maximum of a node group'),
          },
        },
      },
    },
  },
  recommended,
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => {
      const given = setting(object, 'instanceClass', database.properties.instanceClass, 'instanceClass');
      const classes = `(${object}.kind in ${ofCluster} ? [] : ${given}.optMap(one, [one]).orValue([]))`;
      const groups = nodeGroups(object);
      return [
        over(object, 'databaseClasses', classes, misses('item', 'databaseClasses'), "'instanceClass is ' + item"),
        over(
          object,
          'databaseStorageGB',
          storage(object),
          'item[1] > budget.databaseStorageGB',
          "item[0] + ' is ' + string(item[1])",
        ),
        over(
          object,
          'nodeTypes',
          groups,
          `item.types.exists(type, ${misses('type', 'nodeTypes')})`,
          "'instanceTypes are ' + item.types.join(', ')",
        ),
        over(
          object,
          'nodesPerGroup',
          groups,
          'item.most > budget.nodesPerGroup',
          "'the maxSize of a node group is ' + string(item.most)",
        ),
      ];
    },
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: instance({ instanceClass: 'db.t4g.medium', allocatedStorage: 100 }) },
    {
      name: 'allow-create',
      object: instance({ instanceClass: 'db.m7g.8xlarge', tags }),
      operation: 'CREATE',
      user: users.crossplane,
    },
    {
      name: 'allow-where-no-budget-is',
      object: instance({ instanceClass: 'db.r7g.16xlarge' }),
      parameters: { budgets: [{ environments: ['production'], databaseClasses: 'none' }] },
    },
    {
      name: 'allow-any-class-where-none-is-named',
      object: instance({ instanceClass: 'db.r7g.16xlarge' }),
      parameters: { budgets: [{ databaseStorageGB: 100 }] },
    },
    {
      name: 'deny-storage',
      object: clusterScoped('rds', 'Instance', {
        forProvider: { region: 'eu-west-1', instanceClass: 'db.t4g.small', allocatedStorage: 100 },
        initProvider: { maxAllocatedStorage: 2000 },
      }),
      message: refusal('Instance app-x7k2p-instance', 'maxAllocatedStorage is 2000', 'allowed is at most 1000'),
    },
    {
      name: 'deny-nodes',
      object: namespaced('eks', 'NodeGroup', {
        forProvider: {
          region: 'eu-west-1',
          instanceTypes: ['m7g.large', 'p5.48xlarge'],
          scalingConfig: { maxSize: 21 },
        },
      }),
      message: [
        refusal(nodes, 'instanceTypes are m7g.large, p5.48xlarge', `allowed is ${other?.nodeTypes}`),
        refusal(nodes, 'the maxSize of a node group is 21', 'allowed is at most 20'),
      ].join('; '),
    },
    {
      name: 'allow-nodes-of-a-launch-template',
      object: namespaced('eks', 'NodeGroup', { forProvider: { region: 'eu-west-1' } }),
    },
    { name: 'allow-claim', object: claim('RelationalDatabase', request({ maxStorageGB: 4000 }, { tags })) },
    { name: 'allow-cluster-claim', object: claim('EKSCluster', request({ nodeGroups: [{ name: 'a', maxSize: 20 }] })) },
    {
      name: 'deny-claim',
      object: claim('RelationalDatabase', request({ instanceClass: 'db.r7g.16xlarge' })),
      operation: 'CREATE',
      user: users.developer,
      message: large('RelationalDatabase team-a/app'),
    },
    {
      name: 'deny-composite-of-a-cluster',
      object: composite(
        'EKSCluster',
        request(
          {
            nodeGroups: [
              { name: 'a', maxSize: 4 },
              { name: 'b', maxSize: 99, instanceTypes: ['x.metal'] },
            ],
          },
          { tags },
        ),
      ),
      message: [
        refusal('EKSCluster team-a/app', 'instanceTypes are x.metal', `allowed is ${production?.nodeTypes}`),
        refusal('EKSCluster team-a/app', 'the maxSize of a node group is 99', 'allowed is at most 50'),
      ].join('; '),
    },
    {
      name: 'deny-update',
      object: instance({ instanceClass: 'db.r7g.16xlarge' }),
      old: instance({ instanceClass: 'db.r7g.large' }),
      user: users.crossplane,
      message: large('Instance team-a/app-instance'),
    },
  ],
  badParameters: { 'bad-without-budgets': { budgets: [] }, 'bad-type': { tag: 1 } },
};
