import type { Blueprint } from '../../../functions/core/blueprint.ts';
import { member } from '../../../functions/core/observed.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import { claimMachinery, compositeOf } from '../claim.ts';
import type { Document } from '../load.ts';

/** Where the data comes from, and what it becomes. */
export interface Restore {
  /** Name or ARN. */
  readonly fromSnapshot?: string;
  /** The latest moment that AWS has. */
  readonly latest?: true;
  /** A moment in UTC. */
  readonly at?: string;
  /** Identifier of the source in AWS. */
  readonly source?: string;
  /** Name of the new claim. */
  readonly name?: string;
}

/** What AWS takes from the source, which a restored claim may not say, and what belongs to the source alone. */
const ofSource = ['restore', 'username', 'databaseName', 'crossplane', 'claimRef', 'resourceRefs'];

/** A claim like another one, under another name, that begins with its data. */
export function restored(blueprints: readonly Blueprint[], document: Document, options: Restore): KubernetesObject {
  const { source, object } = document;
  const { blueprint } = compositeOf(blueprints, document, undefined);
  if (blueprint.spec.properties.restore === undefined) {
    throw new CodedError('RESTORE_KIND', source, `${blueprint.kind} cannot be restored`, 'name a claim of a database');
  }
  const { metadata } = object;
  const old = metadata?.name ?? '';
  const name = options.name ?? `${old}-restored`;
  if (name === old) throw new CodedError('RESTORE_NAME', '--name', name, 'take another name: both go on side by side');
  const dropped = [...ofSource, ...claimMachinery.filter((field) => field !== 'writeConnectionSecretToRef')];
  const copy = Object.entries(Object(object.spec)).filter(([field]) => !dropped.includes(field));
  const claim = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(metadata?.namespace !== undefined && { namespace: metadata.namespace }),
      ...(metadata?.labels !== undefined && { labels: metadata.labels }),
    },
    spec: { ...beside(Object.fromEntries(copy), old, name), restore: restoreOf(document, options) },
  };
  compositeOf(blueprints, { source: `the restored ${name}`, object: claim }, undefined);
  return claim;
}

/** What two claims of one namespace, or two databases of one account, cannot share. */
function beside(spec: Record<string, unknown>, old: string, name: string): Record<string, unknown> {
  const { resourceConfig, writeConnectionSecretToRef: secret, kmsKeyArn, ...others } = spec;
  const { name: _identifier, ...config } = Object(resourceConfig);
  const secretName = member(secret, 'name');
  const engine = member(spec, 'engine');
  const isAurora = typeof engine === 'string' && engine.startsWith('aurora');
  return {
    resourceConfig: config,
    ...others,
    // Beside Aurora the key is that of the source.
    ...(isAurora && kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(typeof secretName === 'string' && {
      writeConnectionSecretToRef: {
        name: secretName.startsWith(`${old}-`) ? `${name}${secretName.slice(old.length)}` : `${name}-${secretName}`,
      },
    }),
  };
}

function restoreOf(document: Document, { fromSnapshot, at, source }: Restore): object {
  if (fromSnapshot !== undefined) return { snapshotIdentifier: fromSnapshot };
  const sourceIdentifier = source ?? identifierOf(document);
  return { pointInTime: { sourceIdentifier, ...(at !== undefined && { time: at }) } };
}

/** The identifier that the claim asks for, or that its endpoint begins with (Amazon RDS, "Finding the endpoint"). */
function identifierOf({ source, object: { spec, status } }: Document): string {
  const asked = member(member(spec, 'resourceConfig'), 'name');
  const endpoint = member(status, 'endpoint');
  const identifier = asked ?? (typeof endpoint === 'string' ? endpoint.split('.')[0] : undefined);
  if (typeof identifier === 'string' && identifier !== '') return identifier;
  throw new CodedError(
    'RESTORE_SOURCE',
    source,
    'does not say which database it is in AWS',
    'name it with --source, or give the claim as kubectl get -o yaml prints it',
  );
}
