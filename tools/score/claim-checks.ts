import { member } from '../../functions/core/observed.ts';
import { groupOf, type KubernetesObject } from '../../functions/core/resource.ts';
import { kubernetesVersions } from '../../functions/eks-cluster/versions.ts';
import { engineNames, engines, majorOf } from '../../functions/relational-database/engines.ts';

/** One thing that makes what a claim composes good to have. */
export interface ClaimCheck {
  readonly id: string;
  readonly remedy: string;
  /** Whether it holds, of a resource and of all that is composed with it; undefined where it says nothing. */
  holds(resource: KubernetesObject, all: readonly KubernetesObject[], today: string): boolean | undefined;
}

/** A week, as the policy rds-protected has it. */
const fewestBackupDays = 7;

const parameter = (object: KubernetesObject, name: string): unknown =>
  member(member(object.spec, 'forProvider'), name) ?? member(member(object.spec, 'initProvider'), name);

const kindOf = ({ apiVersion, kind }: KubernetesObject): string => `${groupOf(apiVersion).split('.')[0]}/${kind}`;

/** A database that is a copy has of another one what these checks are about. */
const isCopy = (object: KubernetesObject): boolean =>
  ['replicateSourceDb', 'snapshotIdentifier', 'restoreToPointInTime'].some(
    (name) => parameter(object, name) !== undefined,
  );

const isDatabase = (object: KubernetesObject): boolean => ['rds/Cluster', 'rds/Instance'].includes(kindOf(object));

export const claimChecks: readonly ClaimCheck[] = [
  {
    id: 'protected',
    remedy: 'leave deletionProtection on and forceDestroy off',
    holds: (resource) => {
      if (kindOf(resource) === 's3/Bucket') return parameter(resource, 'forceDestroy') !== true;
      if (!isDatabase(resource) && kindOf(resource) !== 'eks/Cluster') return undefined;
      return parameter(resource, 'deletionProtection') === true;
    },
  },
  {
    id: 'encrypted',
    remedy: 'leave encryption on',
    holds: (resource, all) => {
      if (kindOf(resource) === 's3/Bucket') {
        return all.some((one) => kindOf(one) === 's3/BucketServerSideEncryptionConfiguration');
      }
      if (kindOf(resource) === 'eks/Cluster') return parameter(resource, 'encryptionConfig') !== undefined;
      return isDatabase(resource) && !isCopy(resource) ? parameter(resource, 'storageEncrypted') === true : undefined;
    },
  },
  {
    id: 'backed-up',
    remedy: `leave versioning Enabled; keep backups for ${fewestBackupDays} days or more, and the final snapshot`,
    holds: (resource, all) => {
      if (kindOf(resource) === 's3/Bucket') {
        const versioning = all.find((one) => kindOf(one) === 's3/BucketVersioning');
        return versioning !== undefined && JSON.stringify(versioning.spec).includes('"status":"Enabled"');
      }
      if (!isDatabase(resource) || parameter(resource, 'replicateSourceDb') !== undefined) return undefined;
      const days = Number(parameter(resource, 'backupRetentionPeriod') ?? 0);
      return days >= fewestBackupDays && parameter(resource, 'skipFinalSnapshot') !== true;
    },
  },
  {
    id: 'supported',
    remedy: 'upgrade to a version in standard support',
    holds: (resource, _all, today) => {
      const version = parameter(resource, kindOf(resource) === 'eks/Cluster' ? 'version' : 'engineVersion');
      if (typeof version !== 'string') return undefined;
      if (kindOf(resource) === 'eks/Cluster') {
        const known = kubernetesVersions.find((one) => one.version === version);
        return known !== undefined && today < known.endOfStandardSupport;
      }
      const name = engineNames.find((one) => one === parameter(resource, 'engine'));
      return isDatabase(resource) && name !== undefined ? majorOf(engines[name], version) !== undefined : undefined;
    },
  },
];
