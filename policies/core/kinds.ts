import { Bucket, EksCluster, managedKinds, SubnetGroup, VPC } from '../../functions/aws/index.ts';
import { services } from '../../functions/aws/services.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form, ManagedKind } from '../../functions/core/managed.ts';
import type { Inventory, KindMatch } from './policy.ts';

const forms: readonly Form[] = ['claims', 'namespaced'];
const groupOf = (service: string, form: Form): string =>
  `${service}.aws.${form === 'namespaced' ? 'm.' : ''}upbound.io`;
const groupsOf = (service: string): string[] => forms.map((form) => groupOf(service, form));

/** Every managed resource of the provider, also those that no blueprint composes: the wall has no gap. */
export const everyManaged: KindMatch = { apiGroups: services.flatMap(groupsOf).sort(), kinds: ['*'] };

/** Kinds of one service, in both scopes. */
export const managed = (service: string, ...kinds: string[]): KindMatch => ({ apiGroups: groupsOf(service), kinds });

/** The managed kinds that blueprints compose and that are as wanted. */
export function managedWhere(wanted: (kind: ManagedKind) => boolean): KindMatch[] {
  const kinds = managedKinds.filter(wanted);
  return [...new Set(kinds.map(({ service }) => service))].sort().map((service) =>
    managed(
      service,
      ...kinds
        .filter((one) => one.service === service)
        .map(({ kind }) => kind)
        .sort(),
    ),
  );
}

/** Claims and their composites, and namespaced composites, of some blueprints: where a person reads the message. */
function requestsOf(wanted: (blueprint: Blueprint) => boolean): KindMatch[] {
  const chosen = blueprints.filter(wanted);
  const claims = chosen.flatMap((one) => [one.kind, compositeKind(one, 'claims')]).sort();
  return [
    { apiGroups: [groups.claims], kinds: claims },
    { apiGroups: [groups.namespaced], kinds: chosen.map(({ kind }) => kind).sort() },
  ];
}

/** The requests of every blueprint. */
export const requests: readonly KindMatch[] = requestsOf(() => true);

const requestsMaking = (made: ManagedKind): readonly KindMatch[] =>
  requestsOf(({ resources }) => resources.some(({ kind }) => kind === made));

/** The requests of blueprints that make a bucket. */
export const bucketRequests = requestsMaking(Bucket);
/** The requests of blueprints that make a database, as an instance or as a cluster of Aurora. */
export const databaseRequests = requestsMaking(SubnetGroup);
/** The requests of blueprints that make a Kubernetes cluster. */
export const clusterRequests = requestsMaking(EksCluster);
/** The requests of blueprints that make a VPC. */
export const networkRequests = requestsMaking(VPC);

/** A kind in both scopes, as Gatekeeper's inventory is told of it. */
export const inventoryOf = ({ apiVersion, kind }: ManagedKind): Inventory =>
  forms.map((form) => {
    const [group = '', version = ''] = apiVersion[form].split('/');
    return { group, version, kind };
  });

/** Provider configurations of both scopes. */
export const providerConfigs: readonly KindMatch[] = [
  { apiGroups: ['aws.upbound.io', 'aws.m.upbound.io'], kinds: ['ProviderConfig'] },
  { apiGroups: ['aws.m.upbound.io'], kinds: ['ClusterProviderConfig'] },
];
