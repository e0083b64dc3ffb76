import { at, message, text } from '../core/cel.ts';
import { requests } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { annotated, claim, composite, deleting, finalized, users } from '../core/samples.ts';

const config = { resourceConfig: { region: 'eu-west-1' } };
const machinery = {
  compositionRef: { name: 's3irsas.m.awsblueprints.io' },
  resourceRefs: [{ kind: 'Bucket', name: 'a' }],
};
const made = composite('S3IRSA', { ...config, crossplane: machinery });
const claimed = claim('S3IRSA', { ...config, compositionRef: { name: 's3irsa.awsblueprints.io' } });
const refusal = (path: string, who = 'alice') =>
  `COMPOSITION_FIELD: S3IRSA team-a/app: ${path} is changed by ${who}; it is Crossplane's, so leave it out`;

/** What Crossplane adds to claims and composites (core v2.3.4, xcrd); below spec, or below spec.crossplane. */
const fields = [
  'claimRef',
  'compositionRef',
  'compositionRevisionRef',
  'compositionRevisionSelector',
  'compositionSelector',
  'environmentConfigRefs',
  'resourceRef',
  'resourceRefs',
];

/** The paths of fields that differ from what they were; a deletion changes none. */
const changed = (parent: string) =>
  `variables.fields
    .filter(field, ${at('variables.anyObject', parent)}[?field].orValue(null)
      != (oldObject == null ? dyn(null) : ${at('oldObject', parent)}[?field].orValue(null)))
    .map(field, '${parent}.' + field)`;

const cases: readonly Case[] = [
  {
    name: 'deny-create-with-composition',
    object: composite('S3IRSA', { ...config, crossplane: { compositionRef: { name: 'mine' } } }),
    operation: 'CREATE',
    user: users.developer,
    message: refusal('spec.crossplane.compositionRef'),
  },
  {
    name: 'deny-claim-of-another-composite',
    object: claim('S3IRSA', { ...config, resourceRef: { kind: 'XS3IRSA', name: 'payments-x1y2z' } }),
    operation: 'CREATE',
    user: users.developer,
    message: refusal('spec.resourceRef'),
  },
  {
    name: 'deny-update-of-resource-references',
    object: composite('S3IRSA', { ...config, crossplane: { ...machinery, resourceRefs: [] } }),
    old: made,
    user: users.developer,
    message: refusal('spec.crossplane.resourceRefs'),
  },
  {
    name: 'deny-update-that-removes-them',
    object: claim('S3IRSA', config),
    old: claimed,
    user: users.developer,
    message: refusal('spec.compositionRef'),
  },
  { name: 'allow', object: made },
  { name: 'allow-create', object: claim('S3IRSA', config), operation: 'CREATE', user: users.developer },
  { name: 'allow-create-by-crossplane', object: made, operation: 'CREATE', user: users.crossplane },
  { name: 'allow-update-of-other-fields', object: annotated(claimed), old: claimed, user: users.developer },
  { name: 'allow-update-by-crossplane', object: claimed, old: claim('S3IRSA', config), user: users.crossplane },
  { name: 'allow-delete', object: made, operation: 'DELETE', user: users.developer },
  {
    name: 'allow-finalizer-removal',
    object: deleting(made),
    old: deleting(finalized(made, 'composite.apiextensions.crossplane.io')),
    user: users.crossplane,
  },
  {
    name: 'allow-exempt-break-glass',
    object: composite('S3IRSA', { ...config, crossplane: { ...machinery, resourceRefs: [] } }),
    old: made,
    user: users.breakGlass,
  },
  {
    name: 'allow-selection',
    object: claim('S3IRSA', {
      ...config,
      compositionSelector: { matchLabels: { 'awsblueprints.io/environment': 'dev' } },
    }),
    operation: 'CREATE',
    user: users.developer,
    parameters: { mayChoose: ['compositionSelector'] },
  },
];

export const compositionGuard: Policy = {
  name: 'composition-guard',
  kind: 'AwsCompositionGuard',
  title: "The fields by which Crossplane ties claims, composites and resources together are Crossplane's.",
  why: "Who writes a reference to a composite or a resource of others makes Crossplane treat it as their own; who chooses the Composition goes round the platform's.",
  controls: [],
  match: requests,
  parameters: {
    type: 'object',
    required: ['users'],
    properties: {
      users: {
        type: 'array',
        description: 'User names, whole, that may write these fields: Crossplane.',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      },
      mayChoose: {
        type: 'array',
        description: 'Fields that everybody may write, to choose among Compositions. Without it, none.',
        items: {
          type: 'string',
          enum: ['compositionRef', 'compositionRevisionRef', 'compositionRevisionSelector', 'compositionSelector'],
        },
      },
    },
  },
  recommended: { users: ['system:serviceaccount:crossplane-system:crossplane'], mayChoose: [] },
  rule: {
    engine: 'cel-request',
    variables: {
      // Audit and tools without a cluster name nobody: they judge objects, and this is about who writes.
      user: "request.userInfo.?username.orValue('')",
      fields: `[${fields.map(text).join(', ')}].filter(field, !(field in variables.params.?mayChoose.orValue([])))`,
    },
    findings: `variables.user == '' || variables.user in variables.params.users
      ? []
      : (${changed('spec')} + ${changed('spec.crossplane')})
        .map(field, ${message('COMPOSITION_FIELD', "field + ' is changed by ' + variables.user", "'it is Crossplane\\'s, so leave it out'")})`,
  },
  cases,
  badParameters: { 'bad-without-users': { users: [] }, 'bad-choice': { users: ['a'], mayChoose: ['resourceRefs'] } },
};
