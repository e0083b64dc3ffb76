import { PodIdentityAssociation, Role, RolePolicyAttachment } from '../../aws/index.ts';
import type { ComposeContext, Identity } from '../blueprint.ts';
import { Refusal } from '../errors.ts';
import { irsaTrust, parseArn, podIdentityTrust, type Subject } from '../iam.ts';
import { given, isKnown, type Known, known } from '../known.ts';
import { shortHash, slug, uniqueName } from '../names.ts';
import { composed, type KubernetesObject, oneOf, RemoteObject, ServiceAccount } from '../resource.ts';
import type { CrdSchema, FromSchema, ObjectSchema, ResourceConfig } from '../schema.ts';
import { clusterOf, clusterRef } from './cluster-reference.ts';
import { inScope, protect, usageResources } from './usages.ts';

/** The members of spec by which the identity of an application is shaped. */
export const identityFields = {
  clusterRef,
  identity: {
    type: 'string',
    description:
      'How pods get the role: irsa through the OIDC issuer of the cluster, podIdentity through the EKS Pod Identity agent. Default irsa. Pods must restart after a change.',
    enum: ['irsa', 'podIdentity'],
    default: 'irsa',
    'x-change-impact': 'restart',
  },
  awsAccountID: {
    type: 'string',
    description: 'AWS account of the role, 12 digits. Without it, awsAccountID of the environment.',
    'x-change-impact': 'live',
  },
  eksOIDC: {
    type: 'string',
    description: 'OIDC issuer of the cluster, with or without https://. Without it, eksOIDC of the environment.',
    'x-change-impact': 'live',
  },
  permissionsBoundaryArn: {
    type: 'string',
    description: 'ARN of the policy that bounds what the role can ever do. Without it, the role has no boundary.',
    'x-change-impact': 'live',
  },
  policyArns: {
    type: 'array',
    description: 'ARNs of managed policies that the role gets; each one grants what it says. Without it, none.',
    items: { type: 'string' },
    'x-change-impact': 'live',
  },
  adoptServiceAccount: {
    type: 'boolean',
    description:
      'Whether an existing ServiceAccount of that name is taken over; it is then deleted with the claim. Default false: it is left alone, and a condition says so.',
    default: false,
    'x-change-impact': 'live',
  },
} as const satisfies Record<string, CrdSchema>;

const identitySpec = {
  type: 'object',
  properties: { ...identityFields, serviceAccountName: { type: 'string' } },
} as const satisfies ObjectSchema;

type IdentitySpec = FromSchema<typeof identitySpec> & { readonly resourceConfig: ResourceConfig };

const role = composed('role', Role);
const policyAttachment = composed('policy-attachment-*', RolePolicyAttachment);
// AWS keeps namespace and ServiceAccount of an association for ever, so another ServiceAccount gets another association.
const podIdentityAssociation = composed('pod-identity-association-*', PodIdentityAssociation);
// Crossplane keeps the name of an observed object, so another ServiceAccount is another composed resource.
const serviceAccount = composed('service-account-*', ServiceAccount);

const remoteServiceAccount = composed('remote-service-account-*', RemoteObject);

/** Every resource that an identity may need. */
export const identityResources = [
  role,
  policyAttachment,
  podIdentityAssociation,
  serviceAccount,
  remoteServiceAccount,
  ...usageResources,
] as const;

/** What differs between the blueprints that have an identity. */
export interface IdentityOptions {
  /** Name of the role, where the claim chooses it. */
  readonly roleName: string | undefined;
  readonly partition: Known<string>;
  /** Where the cluster is that runs the pods. */
  readonly clusterRegion: Known<string>;
  /** Whether the role stays in AWS when the composite is deleted. */
  readonly orphan: boolean;
}

/** What other parts and the status need to know about the identity. */
export interface IdentityFacts {
  readonly role: typeof role;
  /** Known from the start, since the name is ours to choose. */
  readonly roleName: string;
  readonly status: Readonly<Record<'roleArn' | 'roleName' | 'awsAccountID' | 'serviceAccountName', Known<string>>> & {
    /** Of no meaning for Pod Identity. */
    readonly eksOIDC: Known<string> | undefined;
    /** The ServiceAccount for another cluster than the one that this is applied to, as JSON, which kubectl takes. */
    readonly serviceAccountManifest: Known<string> | undefined;
  };
}

/** Composes a role that exactly one service account may assume, and that service account. */
export function composeIdentity(context: ComposeContext<IdentitySpec>, options: IdentityOptions): IdentityFacts {
  const { spec, environment, observed, identity } = context;
  const subject = subjectOf(spec, identity);
  const { partition } = options;
  const account = given([spec.awsAccountID ? known(spec.awsAccountID) : environment.get('awsAccountID')], (text) =>
    accountId(text),
  );
  const issuer = given([spec.eksOIDC ? known(spec.eksOIDC) : environment.get('eksOIDC')], (text) => issuerHost(text));
  const cluster = given(
    [partition, account, options.clusterRegion, environment.get('clusterName')],
    (part, id, region, name) => ({ partition: part, account: id, region, name }),
  );
  const trust =
    spec.identity === 'irsa'
      ? given([partition, account, issuer], (part, id, host) =>
          irsaTrust({ partition: part, account: id, issuer: host }, subject),
        )
      : given([cluster], (one) => podIdentityTrust(one, subject));
  const roleName = observed.externalName(role) ?? nameOfRole(options.roleName, identity);
  composeRole(context, { roleName, trust, partition, orphan: options.orphan });
  const roleArn = observed.text(role, 'arn');
  if (spec.identity === 'podIdentity') {
    context.desired.managed(
      oneOf(podIdentityAssociation, subject.serviceAccount),
      given([cluster, roleArn], (one, arn) => ({
        region: one.region,
        clusterName: one.name,
        ...subject,
        roleArn: arn,
      })),
      { orphan: options.orphan, after: [role] },
    );
  }
  // Its annotation follows the trust: pods keep the way that works until the other one does.
  const trusted = given([roleArn, trust], (arn, _trust) => arn);
  const local = spec.clusterRef === undefined;
  if (spec.clusterRef === undefined) composeServiceAccount(context, subject, trusted);
  else composeRemoteServiceAccount(context, spec.clusterRef.name, subject, trusted);
  return {
    role,
    roleName,
    status: {
      roleArn,
      roleName: given([roleArn], (_arn) => roleName),
      awsAccountID: account,
      eksOIDC: spec.identity === 'irsa' ? issuer : undefined,
      serviceAccountName: known(subject.serviceAccount),
      serviceAccountManifest: local
        ? undefined
        : given([trusted], (arn) => JSON.stringify(serviceAccountOf(spec, subject, arn))),
    },
  };
}

interface RoleInputs {
  readonly roleName: string;
  readonly trust: Known<string>;
  readonly partition: Known<string>;
  readonly orphan: boolean;
}

function composeRole(
  { spec, desired }: ComposeContext<IdentitySpec>,
  { roleName, trust, partition, orphan }: RoleInputs,
): void {
  const permissionsBoundary = spec.permissionsBoundaryArn || undefined;
  desired.managed(
    role,
    given([trust, partition], (assumeRolePolicy, part) => {
      if (permissionsBoundary === undefined) return { assumeRolePolicy };
      checkPolicyArn(permissionsBoundary, 'spec.permissionsBoundaryArn', part);
      return { assumeRolePolicy, permissionsBoundary };
    }),
    { orphan, externalName: roleName },
  );
  for (const [index, policyArn] of [...new Set(spec.policyArns)].entries()) {
    const attached = given([partition], (part) => {
      checkPolicyArn(policyArn, `spec.policyArns[${index}]`, part);
      return { role: roleName, policyArn };
    });
    const readable = slug(policyArn.slice(policyArn.lastIndexOf('/') + 1));
    desired.managed(oneOf(policyAttachment, `${readable}-${shortHash(policyArn)}`), attached, {
      orphan,
      after: [role],
    });
  }
}

/** Only IRSA tells a ServiceAccount its role; with Pod Identity the association does. */
const annotationsOf = ({ identity }: IdentitySpec, roleArn: string) =>
  identity === 'irsa' ? { annotations: { 'eks.amazonaws.com/role-arn': roleArn } } : {};

const serviceAccountOf = (
  spec: IdentitySpec,
  { namespace, serviceAccount: name }: Subject,
  roleArn: string,
): KubernetesObject => ({ ...ServiceAccount, metadata: { name, namespace, ...annotationsOf(spec, roleArn) } });

function composeServiceAccount(
  { spec, desired }: ComposeContext<IdentitySpec>,
  subject: Subject,
  roleArn: Known<string>,
): void {
  desired.plain(
    oneOf(serviceAccount, subject.serviceAccount),
    { name: subject.serviceAccount, namespace: subject.namespace },
    given([roleArn], (arn) => annotationsOf(spec, arn)),
    { allowed: spec.adoptServiceAccount, by: 'spec.adoptServiceAccount: true' },
  );
}

/** In another cluster it needs a way there; without one, the status has the manifest to apply. */
function composeRemoteServiceAccount(
  context: ComposeContext<IdentitySpec>,
  clusterName: string,
  subject: Subject,
  roleArn: Known<string>,
): void {
  const { environment, desired, observed, spec } = context;
  const config = given([environment.facts], (facts) => facts.kubernetesProviderConfigName);
  const own = oneOf(remoteServiceAccount, subject.serviceAccount);
  if (isKnown(config) ? config.value === undefined : observed.get(own) === undefined) return;
  desired.managed(
    own,
    given([config, roleArn], (_name, arn) => ({ manifest: serviceAccountOf(spec, subject, arn) })),
    isKnown(config) && config.value !== undefined
      ? { providerConfig: { name: config.value, kind: 'ProviderConfig' } }
      : {},
  );
  // What is in the cluster can only be deleted while the cluster is there.
  const cluster = given([clusterOf(context, clusterName)], (object) => inScope(context, object));
  protect(context, 'cluster', cluster, own);
}

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function subjectOf(spec: IdentitySpec, { namespace, name }: Identity) {
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const serviceAccountName = spec.serviceAccountName || name;
  if (!dnsSubdomain.test(serviceAccountName) || serviceAccountName.length > 253) {
    throw new Refusal('SERVICE_ACCOUNT_NAME', 'spec.serviceAccountName', `is ${JSON.stringify(serviceAccountName)}`);
  }
  return { namespace, serviceAccount: serviceAccountName };
}

function accountId(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new Refusal('ACCOUNT_ID', 'awsAccountID', `is ${JSON.stringify(text)}`);
  return text;
}

/** The issuer becomes part of an ARN and of condition keys, so nothing but a host and a path may be in it. */
function issuerHost(text: string): string {
  const host = text.replace(/^https:\/\//, '').replace(/\/$/, '');
  if (!/^[a-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~/-]+)?$/.test(host))
    throw new Refusal('OIDC_ISSUER', 'eksOIDC', `is ${JSON.stringify(text)}`);
  return host;
}

function checkPolicyArn(text: string, path: string, partition: string): void {
  const arn = parseArn(text);
  if (arn?.service === 'iam' && arn.resource.startsWith('policy/') && arn.partition === partition) return;
  throw new Refusal('ARN', path, `is ${JSON.stringify(text)}, not an IAM policy of partition ${partition}`);
}

function nameOfRole(asked: string | undefined, { namespace, name, unique }: Identity): string {
  const chosen = asked || uniqueName(`${namespace}-${name}`, unique, 64);
  if (!/^[\w+=,.@-]{1,64}$/.test(chosen))
    throw new Refusal('ROLE_NAME', 'spec.resourceConfig.name', `is ${JSON.stringify(chosen)}`);
  return chosen;
}
