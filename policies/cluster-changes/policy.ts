import { changes } from '../../functions/eks-cluster/changes.ts';
import { message, parameter, runs, text } from '../core/cel.ts';
import { managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { annotated, clusterScoped, deleting, finalized, namespaced, users } from '../core/samples.ts';

/** Fields of a cluster by what the table of changes calls them, and where managed resources have them. */
export const places: readonly { readonly field: string; readonly kind: string; readonly path: string }[] = [
  { field: 'resourceConfig.region', kind: 'Cluster', path: 'region' },
  { field: 'resourceConfig.region', kind: 'NodeGroup', path: 'region' },
  { field: 'secretsKeyArn', kind: 'Cluster', path: 'encryptionConfig.provider.keyArn' },
  { field: 'serviceCidr', kind: 'Cluster', path: 'kubernetesNetworkConfig.serviceIpv4Cidr' },
  { field: 'nodeGroups.*.amiType', kind: 'NodeGroup', path: 'amiType' },
  { field: 'nodeGroups.*.capacityType', kind: 'NodeGroup', path: 'capacityType' },
  { field: 'nodeGroups.*.instanceTypes', kind: 'NodeGroup', path: 'instanceTypes' },
];

/** What the table says of a change that AWS never makes, whatever else there is. */
function never(field: string): string {
  const rule = changes.rules.find(({ fields }) => fields.includes(field));
  if (rule?.impact !== 'refused' || rule.when !== undefined) throw new Error(`the table lets ${field} change`);
  return rule.interruption;
}

const group = (given: object) => namespaced('eks', 'NodeGroup', { forProvider: { region: 'eu-west-1', ...given } });
const cluster = (given: object) => namespaced('eks', 'Cluster', { forProvider: { region: 'eu-west-1', ...given } });
const refusal = (field: string, seen: string, what: string) =>
  `EKS_CHANGE: ${what}: ${seen} is never made (${never(field)}); take it back`;
const small = { instanceTypes: ['m7g.large'] };
const bad: Case = {
  name: 'deny-update',
  object: group({ instanceTypes: ['m7g.xlarge', 'm6g.xlarge'] }),
  old: group(small),
  user: users.crossplane,
  message: refusal(
    'nodeGroups.*.instanceTypes',
    'instanceTypes from ["m7g.large"] to ["m7g.xlarge", "m6g.xlarge"]',
    'NodeGroup team-a/app-nodegroup',
  ),
};
const passing = (name: string, more: Partial<Case>): Case => {
  const { message: _refused, ...rest } = bad;
  return { ...rest, name, ...more };
};
const key = (name: string) => ({ provider: { keyArn: `arn:aws:kms:eu-west-1:111122223333:key/${name}` } });

export const clusterChanges: Policy = {
  name: 'cluster-changes',
  kind: 'AwsClusterChanges',
  title: 'What EKS never changes of a cluster or its nodes is not asked for.',
  why: 'AWS would replace the cluster or the node group, which the provider refuses: it tries for ever, and nothing else of the resource is changed meanwhile. The same table judges as in the function; claims and composites are refused by their own definitions. Versions are judged by eks-version.',
  controls: [],
  match: [managed('eks', 'Cluster', 'NodeGroup')],
  parameters: { type: 'object', properties: {} },
  recommended: {},
  rule: {
    engine: 'cel',
    findings: (object) =>
      places.map(({ field, kind, path }) => {
        const seen = `'${path} from %s to %s is never made (%s)'.format([change[0].value(), change[1].value(), ${text(never(field))}])`;
        return `(oldObject != null && ${object}.kind == '${kind}' ? [[${runs('oldObject', path)}, ${parameter(object, path)}]] : [])
          .filter(change, change[0].hasValue() && change[1].hasValue() && change[0].value() != change[1].value())
          .map(change, ${message('EKS_CHANGE', seen, "'take it back'")})`;
      }),
  },
  cases: [
    bad,
    { name: 'allow', object: group(small) },
    { name: 'allow-create', object: group(small), operation: 'CREATE', user: users.crossplane },
    { name: 'allow-delete', object: group(small), operation: 'DELETE', user: users.garbageCollector },
    passing('allow-update', { object: annotated(group(small)) }),
    passing('allow-update-of-the-size', { object: group({ ...small, scalingConfig: { maxSize: 9 } }) }),
    passing('allow-exempt-provider', { user: users.provider }),
    passing('allow-exempt-break-glass', { user: users.breakGlass }),
    passing('allow-finalizer-removal', {
      object: deleting(group({ instanceTypes: ['m7g.xlarge'] })),
      old: deleting(finalized(group(small), 'example.org/keep')),
    }),
    passing('allow-first-key', { object: cluster({ encryptionConfig: key('a') }), old: cluster({}) }),
    {
      ...bad,
      name: 'deny-another-key',
      object: cluster({ encryptionConfig: key('b') }),
      old: cluster({ encryptionConfig: key('a') }),
      message: refusal(
        'secretsKeyArn',
        'encryptionConfig.provider.keyArn from arn:aws:kms:eu-west-1:111122223333:key/a to arn:aws:kms:eu-west-1:111122223333:key/b',
        'Cluster team-a/app-cluster',
      ),
    },
    {
      ...bad,
      name: 'deny-another-network-than-aws-chose',
      object: clusterScoped('eks', 'Cluster', {
        forProvider: { region: 'eu-west-1', kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' } },
      }),
      old: {
        ...clusterScoped('eks', 'Cluster', { forProvider: { region: 'eu-west-1' } }),
        status: { atProvider: { kubernetesNetworkConfig: { serviceIpv4Cidr: '10.100.0.0/16' } } },
      },
      message: refusal(
        'serviceCidr',
        'kubernetesNetworkConfig.serviceIpv4Cidr from 10.100.0.0/16 to 172.20.0.0/16',
        'Cluster app-x7k2p-cluster',
      ),
    },
    {
      ...bad,
      name: 'deny-another-region-by-init-provider',
      object: group({ region: 'eu-central-1', capacityType: 'SPOT' }),
      old: namespaced('eks', 'NodeGroup', {
        forProvider: { region: 'eu-west-1' },
        initProvider: { capacityType: 'ON_DEMAND' },
      }),
      message: [
        ['resourceConfig.region', 'region from eu-west-1 to eu-central-1'],
        ['nodeGroups.*.capacityType', 'capacityType from ON_DEMAND to SPOT'],
      ]
        .map(([field = '', seen = '']) => refusal(field, seen, 'NodeGroup team-a/app-nodegroup'))
        .join('; '),
    },
    {
      ...bad,
      name: 'deny-update-by-developer',
      user: users.developer,
    },
  ],
  badParameters: { 'bad-exemption': { exemptGroups: [''] } },
};
