import { isRequest, message, parameter, valueAt } from '../core/cel.ts';
import { clusterRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

const cluster = (vpcConfig: object) =>
  namespaced('eks', 'Cluster', { forProvider: { region: 'eu-west-1', vpcConfig } });
const office = { cidrs: ['198.51.100.0/24', '2001:db8::/32'] };
const refusal = (cidr: string, allowed: string, what = 'Cluster team-a/app-cluster') =>
  `EKS_ENDPOINT: ${what}: the public endpoint is open to ${cidr}; ${allowed}`;
const asked = { resourceConfig: { region: 'eu-west-1' }, version: '1.34' };
const closed = 'set vpcConfig.endpointPublicAccess to false';
const bad: Case = {
  name: 'deny',
  object: cluster({ endpointPublicAccess: true }),
  message: refusal('0.0.0.0/0', closed),
};

/** Absent means public, and open to all (EKS API, VpcConfigRequest); in a request, private. */
const open = (object: string) =>
  `(${isRequest(object)} ? ${valueAt(object, 'spec.publicAccessCidrs', '[]')} : ${parameter(object, 'vpcConfig.endpointPublicAccess')}.orValue(true)
    ? ${parameter(object, 'vpcConfig.publicAccessCidrs')}.orValue(['0.0.0.0/0']) : [])`;

export const eksEndpoint: Policy = {
  name: 'eks-endpoint',
  kind: 'AwsEksEndpoint',
  title: 'The API server of a cluster answers the networks of ours only.',
  why: 'A public endpoint without a list of networks lets the whole internet try its luck.',
  controls: ['Security Hub EKS.1', 'Checkov CKV_AWS_38', 'Checkov CKV_AWS_39'],
  match: [managed('eks', 'Cluster'), ...clusterRequests],
  parameters: {
    type: 'object',
    required: ['cidrs'],
    properties: {
      cidrs: {
        type: 'array',
        description:
          'Networks, in CIDR notation, that may reach a public endpoint, whole or in part. Empty: there may be none.',
        items: { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' },
      },
    },
  },
  recommended: { cidrs: [] },
  rule: {
    engine: 'cel',
    sparesObserved: true,
    findings: (object) => [
      `(${open(object)}
        .filter(network, !variables.params.cidrs.exists(ours, isCIDR(network) && cidr(ours).containsCIDR(network)))
        .map(network, ${message(
          'EKS_ENDPOINT',
          "'the public endpoint is open to ' + network",
          `size(variables.params.cidrs) == 0 ? (${isRequest(object)} ? 'leave publicAccessCidrs out' : 'set vpcConfig.endpointPublicAccess to false') : 'allowed are parts of ' + variables.params.cidrs.join(', ')`,
        )}))`,
    ],
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: cluster({ endpointPublicAccess: false, endpointPrivateAccess: true }) },
    {
      name: 'deny-absent',
      object: clusterScoped('eks', 'Cluster', { forProvider: { region: 'eu-west-1', vpcConfig: {} } }),
      message: refusal('0.0.0.0/0', closed, 'Cluster app-x7k2p-cluster'),
    },
    {
      // As the first version of the kind has it: objects are lists of one.
      name: 'deny-first-version',
      object: {
        ...clusterScoped('eks', 'Cluster', {
          forProvider: { region: 'eu-west-1', vpcConfig: [{ publicAccessCidrs: ['192.0.2.0/24'] }] },
        }),
        apiVersion: 'eks.aws.upbound.io/v1beta1',
      },
      message: refusal('192.0.2.0/24', closed, 'Cluster app-x7k2p-cluster'),
    },
    {
      name: 'allow-office',
      object: cluster({ endpointPublicAccess: true, publicAccessCidrs: ['198.51.100.16/28'] }),
      operation: 'CREATE',
      user: users.crossplane,
      parameters: office,
    },
    {
      name: 'deny-two-halves-of-the-internet',
      object: cluster({ endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/1', '128.0.0.0/1'] }),
      parameters: office,
      message: `${refusal('0.0.0.0/1', 'allowed are parts of 198.51.100.0/24, 2001:db8::/32')}; ${refusal('128.0.0.0/1', 'allowed are parts of 198.51.100.0/24, 2001:db8::/32')}`,
    },
    {
      name: 'deny-what-is-no-network',
      object: cluster({ endpointPublicAccess: true, publicAccessCidrs: ['everywhere'] }),
      parameters: office,
      message: refusal('everywhere', 'allowed are parts of 198.51.100.0/24, 2001:db8::/32'),
    },
    { name: 'allow-claim', object: claim('EKSCluster', asked) },
    {
      name: 'allow-composite-office',
      object: composite('EKSCluster', { ...asked, publicAccessCidrs: ['198.51.100.0/25'] }),
      parameters: office,
    },
    {
      name: 'deny-claim',
      object: claim('EKSCluster', { ...asked, publicAccessCidrs: ['203.0.113.0/24'] }),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('203.0.113.0/24', 'leave publicAccessCidrs out', 'EKSCluster team-a/app'),
    },
    {
      name: 'deny-update',
      object: cluster({ endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] }),
      old: cluster({ endpointPublicAccess: false }),
      user: users.crossplane,
      message: refusal('203.0.113.0/24', closed),
    },
  ],
  badParameters: { 'bad-network': { cidrs: ['office'] } },
};
