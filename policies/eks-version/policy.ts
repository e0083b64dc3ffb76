import { kubernetesVersions } from '../../functions/eks-cluster/versions.ts';
import { clusterRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { claim, clusterScoped, composite, namespaced, users } from '../core/samples.ts';
import { observedCases, standardCases } from '../core/standard.ts';

// The newest ones; an older one that is still running is as bad as before, and so is let pass.
const recommended = kubernetesVersions.slice(-3).map(({ version }) => ({ version }));
const allowed = recommended.map(({ version }) => version).join(', ');
const [oldest = '', middle = '', newest = ''] = recommended.map(({ version }) => version);

const cluster = (version?: string, more: object = {}) => ({
  ...namespaced('eks', 'Cluster', { forProvider: { region: 'eu-west-1', ...(version && { version }) } }),
  ...more,
});
const asked = (version: string) => ({ resourceConfig: { region: 'eu-west-1' }, version });
const refusal = (seen: string, what = 'Cluster team-a/app-cluster', others = `allowed are ${allowed}`) =>
  `EKS_VERSION: ${what}: ${seen}; ${others}`;
const order = (from: string, to: string, what?: string) =>
  refusal(`version goes from ${from} to ${to}`, what, 'one minor version up at a time, and never back');
const bad: Case = { name: 'deny', object: cluster('1.29'), message: refusal('version is 1.29') };
// Days that are far away on either side: a case must say the same next year.
const dated = {
  versions: [
    { version: '1.30', until: '2001-12-31' },
    { version: '1.31', from: '2001-01-01', until: '2199-12-31' },
    { version: '1.32', from: '2199-01-01' },
  ],
};
const datedRefusal = (seen: string) =>
  refusal(
    seen,
    'EKSCluster team-a/app',
    'allowed are 1.30 until 2001-12-31, 1.31 from 2001-01-01 until 2199-12-31, 1.32 from 2199-01-01',
  );
const date = (description: string) =>
  ({ type: 'string', description, pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' }) as const;

export const eksVersion: Policy = {
  name: 'eks-version',
  kind: 'AwsEksVersion',
  title: 'Clusters run an allowed version of Kubernetes, and are upgraded one minor version at a time.',
  why: 'A version in extended support costs six times the price, and AWS upgrades what is older by itself. EKS skips no version and takes none back; a resource that asks for it fails for ever.',
  controls: ['Security Hub EKS.2', 'Checkov CKV_AWS_339'],
  match: [managed('eks', 'Cluster'), ...clusterRequests],
  parameters: {
    type: 'object',
    required: ['versions'],
    properties: {
      versions: {
        type: 'array',
        description: 'Kubernetes versions that are allowed.',
        minItems: 1,
        items: {
          type: 'object',
          required: ['version'],
          properties: {
            version: { type: 'string', description: 'For instance 1.34.', pattern: '^1\\.[0-9]{2}$' },
            from: date('First day, in UTC, for instance 2026-01-31. Without it, always.'),
            until: date('Last day, in UTC, for instance the end of standard support. Without it, always.'),
          },
        },
      },
    },
  },
  recommended: { versions: recommended },
  rule: {
    engine: 'rego',
    sparesObserved: true,
    rego: `
found(o) := unlisted(o) | out_of_order(o)

unlisted(o) := {text |
	count([one | some one in input.parameters.versions; one.version == version_of(o); begun(one); not over(one)]) == 0
	text := message("EKS_VERSION", sprintf("version is %s", [version_of(o)]), sprintf("allowed are %s", [concat(", ", allowed)]))
}

# EKS knows no other steps (UpdateClusterVersion). An old object beside itself goes no step.
out_of_order(o) := {text |
	input.review.operation == "UPDATE"
	from := running(input.review.oldObject)
	to := version_of(o)
	not minor(to) - minor(from) in {0, 1}
	text := message("EKS_VERSION", sprintf("version goes from %s to %s", [from, to]), "one minor version up at a time, and never back")
}

version_of(o) := o.spec.version if contains(o.apiVersion, "awsblueprints.io/")

else := object.get(parameters(o), "version", "absent")

running(o) := version_of(o) if version_of(o) != "absent"

else := o.status.atProvider.version

minor(version) := to_number(split(version, ".")[1])

begun(one) if not one.from

begun(one) if time.now_ns() >= time.parse_ns("2006-01-02", one.from)

over(one) if time.now_ns() >= time.add_date(time.parse_ns("2006-01-02", one.until), 0, 0, 1)

allowed := [concat(" ", array.concat([one.version], days(one))) | some one in input.parameters.versions]

days(one) := [sprintf("%s %s", [word, one[word]]) | some word in ["from", "until"]; one[word]]
`,
  },
  cases: [
    bad,
    ...standardCases(bad),
    ...observedCases(bad),
    { name: 'allow', object: cluster(middle) },
    { name: 'allow-create', object: cluster(newest), operation: 'CREATE', user: users.crossplane },
    { name: 'allow-claim', object: claim('EKSCluster', asked(newest)) },
    { name: 'allow-one-step', object: cluster(newest), old: cluster(middle), user: users.crossplane },
    { name: 'deny-absent', object: cluster(), message: refusal('version is absent') },
    {
      name: 'deny-legacy',
      object: clusterScoped('eks', 'Cluster', {
        initProvider: { version: '1.30' },
        forProvider: { region: 'eu-west-1' },
      }),
      message: refusal('version is 1.30', 'Cluster app-x7k2p-cluster'),
    },
    {
      name: 'deny-claim',
      object: claim('EKSCluster', asked('1.31')),
      operation: 'CREATE',
      user: users.developer,
      message: refusal('version is 1.31', 'EKSCluster team-a/app'),
    },
    {
      name: 'deny-update-two-steps',
      object: cluster(newest),
      old: cluster(oldest),
      user: users.crossplane,
      message: order(oldest, newest),
    },
    {
      name: 'deny-update-back',
      object: cluster(middle),
      old: cluster(newest),
      user: users.crossplane,
      message: order(newest, middle),
    },
    {
      name: 'deny-update-of-what-aws-chose',
      object: cluster(newest),
      old: cluster(undefined, { status: { atProvider: { version: oldest } } }),
      user: users.crossplane,
      message: order(oldest, newest),
    },
    {
      name: 'deny-composite-two-steps',
      object: composite('EKSCluster', asked(newest)),
      old: composite('EKSCluster', asked(oldest)),
      user: users.developer,
      message: order(oldest, newest, 'EKSCluster team-a/app'),
    },
    { name: 'allow-between-the-days', object: composite('EKSCluster', asked('1.31')), parameters: dated },
    {
      name: 'deny-after-the-last-day',
      object: composite('EKSCluster', asked('1.30')),
      parameters: dated,
      message: datedRefusal('version is 1.30'),
    },
    {
      name: 'deny-before-the-first-day',
      object: composite('EKSCluster', asked('1.32')),
      parameters: dated,
      message: datedRefusal('version is 1.32'),
    },
  ],
  badParameters: {
    'bad-version': { versions: [{ version: 'v1.34.2' }] },
    'bad-date': { versions: [{ version: '1.34', until: 'tomorrow' }] },
  },
};
