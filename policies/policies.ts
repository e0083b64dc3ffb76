import { allowedRegions } from './allowed-regions/policy.ts';
import { classBudget } from './class-budget/policy.ts';
import { clusterChanges } from './cluster-changes/policy.ts';
import { compositionGuard } from './composition-guard/policy.ts';
import type { Policy } from './core/policy.ts';
import { databaseChanges } from './database-changes/policy.ts';
import { eksEndpoint } from './eks-endpoint/policy.ts';
import { eksPosture } from './eks-posture/policy.ts';
import { eksVersion } from './eks-version/policy.ts';
import { iamDocuments } from './iam-documents/policy.ts';
import { managedResourceAuthor } from './managed-resource-author/policy.ts';
import { managedResourceOwned } from './managed-resource-owned/policy.ts';
import { providerConfigCredentials } from './provider-config-credentials/policy.ts';
import { providerConfigScope } from './provider-config-scope/policy.ts';
import { rdsCredentials } from './rds-credentials/policy.ts';
import { rdsNotPublic } from './rds-not-public/policy.ts';
import { rdsParameters } from './rds-parameters/policy.ts';
import { rdsProtected } from './rds-protected/policy.ts';
import { requiredTags } from './required-tags/policy.ts';
import { s3Encrypted } from './s3-encrypted/policy.ts';
import { s3NotPublic } from './s3-not-public/policy.ts';
import { s3Protected } from './s3-protected/policy.ts';
import { s3UniqueName } from './s3-unique-name/policy.ts';
import { vpcCidrUnique } from './vpc-cidr-unique/policy.ts';

/** Every policy of the package, and the only list of them. */
export const policies: readonly Policy[] = [
  allowedRegions,
  classBudget,
  clusterChanges,
  compositionGuard,
  databaseChanges,
  eksEndpoint,
  eksPosture,
  eksVersion,
  iamDocuments,
  managedResourceAuthor,
  managedResourceOwned,
  providerConfigCredentials,
  providerConfigScope,
  rdsCredentials,
  rdsNotPublic,
  rdsParameters,
  rdsProtected,
  requiredTags,
  s3Encrypted,
  s3NotPublic,
  s3Protected,
  s3UniqueName,
  vpcCidrUnique,
];
