import { Role, RolePolicyAttachment } from '../aws/index.ts';
import { awsPolicyArn } from '../core/iam.ts';
import { given, type Known, known } from '../core/known.ts';
import { nameFor, slug } from '../core/names.ts';
import { type Composed, composed, oneOf } from '../core/resource.ts';
import type { Base } from './base.ts';

const role = composed('role-*', Role);
const rolePolicy = composed('role-policy-*', RolePolicyAttachment);

/** Every resource that roles may need. */
export const roleResources = [role, rolePolicy] as const;

interface RoleWish {
  /** What it is for, in lower-case words: part of every name. */
  readonly purpose: string;
  readonly trust: Known<string>;
  /** Policies that AWS maintains, by what follows `policy/` in their ARN. */
  readonly policies: readonly string[];
  /** Policies that this composite has made. */
  readonly ownPolicies?: readonly {
    readonly suffix: string;
    readonly arn: Known<string>;
  }[];
}

/** A role that is composed. */
export interface RoleFacts {
  readonly arn: Known<string>;
  /** The role and its policies, which have to be there before something acts as the role, and until it stops. */
  readonly all: readonly Composed[];
  readonly attachments: readonly Composed<typeof RolePolicyAttachment>[];
}

/** Composes a role with policies that AWS maintains. */
export function composeRole(
  { context, partition, orphan }: Base,
  { purpose, trust, policies, ownPolicies = [] }: RoleWish,
): RoleFacts {
  const { desired, observed, identity } = context;
  const own = oneOf(role, purpose);
  const name = observed.externalName(own) ?? nameFor(identity, purpose, 64);
  desired.managed(
    own,
    given([trust], (assumeRolePolicy) => ({ assumeRolePolicy })),
    { orphan, externalName: name },
  );
  const maintained = policies.map((path) => ({
    suffix: slug(path.slice(path.lastIndexOf('/') + 1)),
    arn: known(awsPolicyArn(partition, path)),
  }));
  const attachments = [...maintained, ...ownPolicies].map(({ suffix, arn }) => {
    const attachment = oneOf(rolePolicy, `${purpose}-${suffix}`);
    desired.managed(
      attachment,
      given([arn], (policyArn) => ({ role: name, policyArn })),
      { orphan, after: [own] },
    );
    return attachment;
  });
  return { arn: observed.text(own, 'arn'), all: [own, ...attachments], attachments };
}
