import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import type { Notes } from './notes.ts';
import { record, type Source } from './source.ts';

/** A Network that reads the VPC and the subnets which an old request made, and leaves them as they are. */
export function networkSpec(
  { source, kind, name, spec }: Source,
  managed: readonly KubernetesObject[],
  notes: Notes,
): Readonly<Record<string, unknown>> {
  const idOf = ({ metadata }: KubernetesObject): string => metadata?.annotations?.['crossplane.io/external-name'] ?? '';
  const vpcId = managed.filter((one) => one.kind === 'VPC').map(idOf)[0];
  const subnets = managed.filter((one) => one.kind === 'Subnet');
  const tier = (wanted: string): string[] =>
    subnets
      .filter(({ metadata }) => metadata?.labels?.visibility === wanted)
      .map(idOf)
      .sort();
  const subnetIds = { public: tier('public'), private: tier('private') };
  if (!vpcId || subnets.length === 0) {
    const todo = 'give --observed with the managed resources (kubectl get managed -o yaml)';
    throw new CodedError('MIGRATE_TAKEOVER', source, `the VPC and the subnets of ${kind} ${name} are not known`, todo);
  }
  notes.add('spec.existing', 'added', 'the VPC and its subnets are read and left as they are; nobody changes them');
  for (const key of Object.keys(record(spec.parameters))) {
    notes.add(`spec.parameters.${key}`, 'dropped', 'is what the VPC has already');
  }
  return { existing: { vpcId, subnetIds } };
}
