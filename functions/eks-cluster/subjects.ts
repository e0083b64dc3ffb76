import type { Subject } from '../core/iam.ts';
import { identities } from './addons.ts';
import { awsAddons } from './bridge-addons.ts';
import { karpenterSubject } from './karpenter.ts';

const bridged = Object.values(awsAddons).flatMap(({ namespace, serviceAccounts }) =>
  Object.values(serviceAccounts).map((serviceAccount) => ({ namespace, serviceAccount })),
);

/** Every service account that a role of a cluster may trust: those of the add-ons that call AWS. */
export const addonSubjects: readonly Subject[] = [...Object.values(identities), ...bridged, karpenterSubject];
