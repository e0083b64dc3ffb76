import { allowedRegions } from './allowed-regions/policy.ts';
import { compositionGuard } from './composition-guard/policy.ts';
import type { Policy } from './core/policy.ts';
import { iamDocuments } from './iam-documents/policy.ts';
import { managedResourceAuthor } from './managed-resource-author/policy.ts';
import { managedResourceOwned } from './managed-resource-owned/policy.ts';
import { providerConfigCredentials } from './provider-config-credentials/policy.ts';
import { providerConfigScope } from './provider-config-scope/policy.ts';
import { requiredTags } from './required-tags/policy.ts';

/** Every policy of the package, and the only list of them. */
export const policies: readonly Policy[] = [
  allowedRegions,
  compositionGuard,
  iamDocuments,
  managedResourceAuthor,
  managedResourceOwned,
  providerConfigCredentials,
  providerConfigScope,
  requiredTags,
];
