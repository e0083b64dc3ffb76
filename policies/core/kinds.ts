import { managedKinds } from '../../functions/aws/index.ts';
import { services } from '../../functions/aws/services.ts';
import { blueprints } from '../../functions/blueprints.ts';
import { compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form, ManagedKind } from '../../functions/core/managed.ts';
import type { KindMatch } from './policy.ts';

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

/** Claims and their composites, and namespaced composites: where a person reads the message. */
export const requests: readonly KindMatch[] = [
  {
    apiGroups: [groups.claims],
    kinds: blueprints.flatMap((one) => [one.kind, compositeKind(one, 'claims')]).sort(),
  },
  { apiGroups: [groups.namespaced], kinds: blueprints.map(({ kind }) => kind).sort() },
];

/** Provider configurations of both scopes. */
export const providerConfigs: readonly KindMatch[] = [
  { apiGroups: ['aws.upbound.io', 'aws.m.upbound.io'], kinds: ['ProviderConfig'] },
  { apiGroups: ['aws.m.upbound.io'], kinds: ['ClusterProviderConfig'] },
];
