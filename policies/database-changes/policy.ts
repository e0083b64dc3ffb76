import { approvalData, approvalFor, approvalNamespace } from '../../functions/core/day2/approval.ts';
import { judge, type Spec } from '../../functions/core/day2/judge.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';
import { databaseRequests, managed } from '../core/kinds.ts';
import type { Case, Policy } from '../core/policy.ts';
import { annotated, claim, composite, deleting, finalized, namespaced, users } from '../core/samples.ts';
import { table } from './table.ts';

const spec = (more: object = {}) => ({
  resourceConfig: { region: 'eu-west-1' },
  engine: 'postgres',
  engineVersion: '16',
  instanceClass: 'db.t4g.medium',
  deletionProtection: true,
  storageGB: 100,
  ...more,
});
const subject = { kind: 'RelationalDatabase', namespace: 'team-a', name: 'app' };
const database = (more: object = {}) => claim('RelationalDatabase', spec(more));
const larger = { instanceClass: 'db.r7g.large' };

/** The change of a field, as the function judges it. */
function changeOf(from: object, to: object, field: string) {
  const change = judge(relationalDatabase, spec(from) as Spec, spec(to) as Spec).find((one) => one.field === field);
  if (change === undefined) throw new Error(`${field} does not change`);
  return change;
}

const classChange = changeOf({}, larger, 'instanceClass');
const { name: approvalName } = approvalFor(subject, classChange);
const approval = (more: object = {}, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: approvalName, namespace: approvalNamespace, ...metadata },
  data: { ...approvalData(subject, classChange), ...more },
});

const refusal = (seen: string, advice: string, what = 'RelationalDatabase team-a/app') =>
  `RDS_CHANGE: ${what}: ${seen}; ${advice}`;
const restarts = `spec.instanceClass from "db.t4g.medium" to "db.r7g.large" is a restart in the maintenance window (${classChange.interruption})`;
const byApproval = `ConfigMap ${approvalNamespace}/${approvalName}`;
const bad: Case = {
  name: 'deny-update',
  object: database(larger),
  old: database(),
  user: users.developer,
  message: refusal(restarts, `approve it with ${byApproval}`),
};
const approved = (name: string, more: Partial<Case>): Case => {
  const { message: _refused, ...rest } = bad;
  return { ...rest, name, ...more };
};
const instance = (given: object, more: object = {}) => ({
  ...namespaced('rds', 'Instance', { forProvider: { region: 'eu-west-1', ...given } }),
  ...more,
});

const ofClaim = (more: object = {}): KubernetesObject => ({
  ...claim('XRelationalDatabase', { ...spec(more), claimRef: { namespace: 'team-a', name: 'app' } }),
  metadata: { name: 'app-x7k2p' },
});
const flawed = (name: string, flaw: string, found: KubernetesObject, parameters?: Case['parameters']): Case => ({
  ...bad,
  name,
  inventory: [found],
  ...(parameters && { parameters }),
  message: refusal(restarts, `${byApproval} ${flaw}`),
});
const withStatus = (status: object) => ({ ...database(), status: { endpoint: 'app.example.com', ...status } });
const held = (message: string) => ({ type: 'ChangesHeld', status: 'True', reason: 'AwaitingApproval', message });
const never = (field: string, to: object): string => {
  const change = changeOf({}, to, field);
  const [from, wanted] = [change.from, change.to].map((value) => JSON.stringify(value));
  return refusal(`spec.${field} from ${from} to ${wanted} is never made (${change.interruption})`, 'take it back');
};
const refused = {
  engineVersion: { engineVersion: '15' },
  storageGB: { storageGB: 50 },
  databaseName: { databaseName: 'other' },
};
const neverOfManaged = (field: keyof typeof refused, from: string, to: string): string =>
  refusal(
    `spec.forProvider (${field}) from ${from} to ${to} is never made (${changeOf({}, refused[field], field).interruption})`,
    'take it back',
    'Instance team-a/app-instance',
  );

export const databaseChanges: Policy = {
  name: 'database-changes',
  kind: 'AwsDatabaseChanges',
  title: 'What interrupts a database waits for an approval, and what AWS never changes is not asked for.',
  why: 'A merged line can restart a database at once; whoever merged it may not know. What AWS would replace, the provider tries for ever. The same table judges as in the function, which holds such a change where this policy is not installed; approvals come into the inventory with a delay of seconds.',
  controls: [],
  match: [managed('rds', 'Cluster', 'Instance'), ...databaseRequests],
  parameters: {
    type: 'object',
    properties: {
      always: {
        type: 'boolean',
        description:
          'Whether changes that interrupt need an approval also where the claim switches that off, or has no deletion protection. Default false.',
      },
      fourEyes: {
        type: 'boolean',
        description:
          'Whether an approval must name its approver, in the key approver, and another person must make the change. Default false.',
      },
      hours: {
        type: 'integer',
        description: 'Hours for which an approval is good after it was made. Without it, until its key expires.',
        minimum: 1,
      },
    },
  },
  recommended: { always: false, fourEyes: false, hours: 168 },
  rule: {
    engine: 'rego',
    inventory: [{ group: '', version: 'v1', kind: 'ConfigMap' }],
    rego: `
table := ${JSON.stringify(table)}

found(o) := of_request(o) | of_managed(o)

of_request(o) := {text |
	input.review.operation == "UPDATE"
	is_request(o)
	old := input.review.oldObject
	not unmade(old)
	from := assumed(old.spec)
	to := assumed(o.spec)
	some change in judged(from, to, object.get(old, ["status", "engineVersionActual"], ""))
	not taken_back(old, change)
	advice := advice_of(o, change, from, to)
	text := message("RDS_CHANGE", described(sprintf("spec.%s", [change.field]), change), advice)
}

# Whether a change was approved is asked of the request; AWS makes some whoever approves, and the provider tries for ever.
of_managed(o) := {text |
	input.review.operation == "UPDATE"
	not is_request(o)
	from := words(input.review.oldObject)
	some change in judged(from, words(o), object.get(o, ["status", "atProvider", "engineVersionActual"], ""))
	change.verdict.impact == "refused"
	change.from != null
	change.to != null
	text := message("RDS_CHANGE", described(sprintf("spec.forProvider (%s)", [change.field]), change), "take it back")
}

is_request(o) if contains(o.apiVersion, "awsblueprints.io/")

# Before AWS has the database there is nothing to disturb; in Git nothing has a status.
unmade(o) if {
	o.status
	not o.status.endpoint
}

# What waits for the maintenance window, or is held by the function, has disturbed nothing yet.
taken_back(old, change) if {
	some pending in old.status.pendingChanges
	pending.takesEffect == "window"
	pending.field == change.field
	pending.from == canonical(change.to)
}

taken_back(old, change) if {
	some condition in old.status.conditions
	condition.type == "ChangesHeld"
	condition.status == "True"
	contains(condition.message, sprintf("spec.%s from %s to %s: ", [change.field, shown(change.to), shown(change.from)]))
}

engine_of(spec) := table.engines[object.get(spec, "engine", table.defaults.engine)]

assumed(spec) := object.union_n([table.defaults, engine_of(spec).restored, spec]) if spec.restore

assumed(spec) := object.union_n([table.defaults, engine_of(spec).fresh, spec]) if not spec.restore

# What a managed resource says, in the words of a request: forProvider, or initProvider, or what AWS reports.
words(o) := {field: value | some field, value in {
	"engine": given(o, ["engine"]),
	"engineVersion": given(o, ["engineVersion"]),
	"storageGB": given(o, ["allocatedStorage"]),
	"databaseName": given(o, ["dbName", "databaseName"]),
	"username": given(o, ["username", "masterUsername"]),
	"kmsKeyArn": given(o, ["kmsKeyId"]),
	"resourceConfig": {"region": given(o, ["region"])},
}; value != null}

given(o, names) := values[0] if {
	values := [value |
		some place in [["spec", "forProvider"], ["spec", "initProvider"], ["status", "atProvider"]]
		some name in names
		value := object.get(o, array.concat(place, [name]), null)
		value != null
	]
}

else := null

judged(from, to, actual) := {change |
	some difference in differences(from, to)
	step := step_of(difference, from, to, actual)
	rules := [rule | some rule in difference.rules; holds(rule, difference, step, from)]
	verdict := rules[0]
	verdict.impact in {"failover", "restart", "refused"}
	change := {"field": concat(".", difference.path), "from": difference.from, "to": difference.to, "verdict": verdict, "now": object.get(to, ["changes", "apply"], "window") == "now"}
}

differences(from, to) := {difference |
	some field in table.fields
	has_parent(from, field.path)
	has_parent(to, field.path)
	a := object.get(from, field.path, null)
	b := object.get(to, field.path, null)
	differ(field.kind, a, b)
	difference := {"path": field.path, "from": a, "to": b, "rules": field.rules}
}

has_parent(_, path) if count(path) == 1

has_parent(spec, path) if is_object(object.get(spec, array.slice(path, 0, count(path) - 1), null))

differ("value", a, b) if a != b

differ("set", a, b) if as_set(a) != as_set(b)

# An object that comes or goes; what changes within it are fields of their own.
differ("object", a, b) if (a == null) != (b == null)

as_set(list) := {item | some item in list} if is_array(list)

else := list

step_of(difference, from, to, actual) := version_step(engine_of(from), difference.from, difference.to, actual) if difference.path == ["engineVersion"]

else := "added" if difference.from == null

else := "removed" if difference.to == null

else := "grows" if {
	is_number(difference.from)
	difference.to > difference.from
}

else := "shrinks" if is_number(difference.from)

else := "on" if difference.to == true

else := "off" if difference.to == false

else := "other"

holds(rule, difference, step, from) if {
	every key, wanted in object.get(rule, "when", {}) {
		met(key, wanted, difference, step, from)
	}
}

met("step", steps, _, step, _) if step in steps

met("from", values, difference, _, _) if difference.from in values

met("to", values, difference, _, _) if difference.to in values

met("has", fields, _, _, from) if {
	every field in fields {
		object.get(from, field, null) != null
	}
}

met("running", wanted, _, _, from) if {
	every field, values in wanted {
		object.get(from, field, null) in values
	}
}

major_of(engine, version) := [major | some major in engine.versions; is_version_of(version, major)][0]

is_version_of(version, version)

is_version_of(version, major) if startswith(version, concat("", [major, "."]))

# A major version alone stands for whichever minor version AWS has brought.
version_step(engine, from, to, actual) := "major" if index_of(engine, to) > index_of(engine, from)

else := "older" if index_of(engine, to) < index_of(engine, from)

else := "same" if to == major_of(engine, to)

else := "minor" if running_version(engine, from, to, actual) == major_of(engine, from)

else := "same" if numbers(running_version(engine, from, to, actual)) == numbers(to)

else := "minor" if numbers(running_version(engine, from, to, actual)) < numbers(to)

else := "older" if major_of(engine, from)

else := "major"

index_of(engine, version) := [index | some index, major in engine.versions; major == major_of(engine, version)][0]

running_version(engine, from, to, actual) := actual if major_of(engine, actual) == major_of(engine, to)

else := from

numbers(version) := [to_number(part) | some part in regex.find_n("[0-9]+", version, -1)]

described(field, change) := sprintf("%s from %s to %s is %s%s (%s)", [field, shown(change.from), shown(change.to), article[change.verdict.impact], moment(change), change.verdict.interruption])

article := {"restart": "a restart", "failover": "a failover", "refused": "never made"}

moment(change) := "" if change.verdict.takesEffect == "never"

else := " at once" if change.verdict.takesEffect == "now"

else := " at once" if change.now

else := " in the maintenance window"

shown(value) := "nothing" if value == null

else := canonical(value)

# As JavaScript writes JSON, which leaves these as they are.
canonical(value) := "" if value == null

else := replace(replace(replace(json.marshal(value), "\\\\u003c", "<"), "\\\\u003e", ">"), "\\\\u0026", "&")

# Undefined where the change may be made.
advice_of(o, change, from, to) := "take it back" if change.verdict.impact == "refused"

else := advice if {
	waits(from, to)
	advice := approval_advice(o, change)
}

# Switching protection off, or approvals, in the same step does not help.
waits(_, _) if input.parameters.always

waits(from, _) if guarded(from)

waits(_, to) if guarded(to)

guarded(spec) if object.get(spec, ["changes", "approval"], "unset") == "disruptive"

guarded(spec) if {
	object.get(spec, ["changes", "approval"], "unset") == "unset"
	spec.deletionProtection
}

approval_advice(o, change) := sprintf("approve it with ConfigMap ${approvalNamespace}/%s", [approval_name(o, change)]) if not approval(o, change)

else := sprintf("ConfigMap ${approvalNamespace}/%s %s", [approval_name(o, change), concat(", ", flaws(o, change))]) if count(flaws(o, change)) > 0

approval(o, change) := data.inventory.namespace["${approvalNamespace}"].v1.ConfigMap[approval_name(o, change)]

flaws(o, change) := {sprintf("approves something else: correct %s", [key]) |
	some key, value in approval_data(o, change)
	object.get(approval(o, change), ["data", key], "") != value
} | {"has expired" |
	time.now_ns() > time.parse_rfc3339_ns(approval(o, change).data.expires)
} | {"has expired" |
	time.now_ns() > time.parse_rfc3339_ns(approval(o, change).metadata.creationTimestamp) + (((input.parameters.hours * 3600) * 1000) * 1000) * 1000
} | {"has a key expires that is no time: write 2026-01-31T04:30:00Z" |
	expires := approval(o, change).data.expires
	not time.parse_rfc3339_ns(expires)
} | {"names no approver" |
	input.parameters.fourEyes
	object.get(approval(o, change), ["data", "approver"], "") == ""
} | {"is by the one who makes the change" |
	input.parameters.fourEyes
	approval(o, change).data.approver == input.review.userInfo.username
}

approval_name(o, change) := concat("-", [substring(concat("-", [part | some part in [subject(o).namespace, subject(o).name]; part != ""]), 0, 200), substring(crypto.sha256(canonical(approval_data(o, change))), 0, 16)])

approval_data(o, change) := object.union(subject(o), {"field": change.field, "from": canonical(change.from), "to": canonical(change.to), "impact": change.verdict.impact})

# A claim, or a composite that no claim made; the composite of a claim is judged as the claim.
subject(o) := {"kind": trim_prefix(o.kind, "X"), "namespace": o.spec.claimRef.namespace, "name": o.spec.claimRef.name} if o.spec.claimRef

else := {"kind": trim_prefix(o.kind, "X"), "namespace": object.get(o.metadata, "namespace", ""), "name": o.metadata.name}
`,
  },
  cases: [
    bad,
    {
      ...bad,
      name: 'deny-update-as-composite',
      object: composite('RelationalDatabase', spec(larger)),
      old: composite('RelationalDatabase', spec()),
    },
    { name: 'allow', object: database() },
    { name: 'allow-create', object: database(larger), operation: 'CREATE', user: users.developer },
    { name: 'allow-delete', object: database(), operation: 'DELETE', user: users.developer },
    { name: 'allow-update', object: annotated(database()), old: database(), user: users.developer },
    {
      name: 'allow-update-that-interrupts-nothing',
      object: database({ storageGB: 200 }),
      old: database(),
      user: users.developer,
    },
    {
      name: 'allow-finalizer-removal',
      object: deleting(database(larger)),
      old: deleting(finalized(database(), 'example.org/keep')),
      user: users.crossplane,
    },
    approved('allow-exempt-break-glass', { user: users.breakGlass }),
    approved('allow-exempt-provider', { user: users.provider }),
    approved('allow-approved', { inventory: [approval()] }),
    approved('allow-unguarded', {
      object: database({ ...larger, deletionProtection: false }),
      old: database({ deletionProtection: false }),
    }),
    approved('allow-approval-switched-off', {
      object: database({ ...larger, changes: { approval: 'none' } }),
      old: database({ changes: { approval: 'none' } }),
    }),
    approved('allow-before-it-is-made', { old: { ...database(), status: { storageGB: 0 } } }),
    approved('allow-taking-back-what-waits', {
      old: withStatus({
        pendingChanges: [
          { field: 'instanceClass', from: '"db.r7g.large"', to: '"db.t4g.medium"', takesEffect: 'window' },
        ],
      }),
    }),
    approved('allow-taking-back-what-is-held', {
      old: withStatus({ conditions: [held('spec.instanceClass from "db.r7g.large" to "db.t4g.medium": restart')] }),
    }),
    {
      ...bad,
      name: 'deny-another-change-than-the-held-one',
      old: withStatus({ conditions: [held('spec.instanceClass from "db.m7g.large" to "db.t4g.medium": restart')] }),
    },
    {
      ...bad,
      name: 'deny-switching-off-in-the-same-step',
      object: database({ ...larger, deletionProtection: false, changes: { approval: 'none' } }),
    },
    {
      ...bad,
      name: 'deny-always',
      object: database({ ...larger, deletionProtection: false }),
      old: database({ deletionProtection: false }),
      parameters: { always: true },
    },
    {
      ...bad,
      name: 'deny-update-of-the-composite-of-a-claim',
      object: ofClaim(larger),
      old: ofClaim(),
      user: users.crossplane,
      message: refusal(restarts, `approve it with ${byApproval}`, 'XRelationalDatabase app-x7k2p'),
    },
    approved('allow-approved-composite-of-a-claim', {
      object: ofClaim(larger),
      old: ofClaim(),
      user: users.crossplane,
      inventory: [approval()],
    }),
    flawed(
      'deny-approval-of-another-impact',
      'approves something else: correct impact',
      approval({ impact: 'failover' }),
    ),
    flawed(
      'deny-empty-approval',
      ['field', 'from', 'impact', 'kind', 'name', 'namespace', 'to']
        .map((key) => `approves something else: correct ${key}`)
        .join(', '),
      { ...approval(), data: {} },
    ),
    flawed('deny-expired', 'has expired', approval({ expires: '2001-01-31T04:30:00Z' })),
    flawed('deny-old', 'has expired', approval({}, { creationTimestamp: '2001-01-31T04:30:00Z' })),
    flawed(
      'deny-approval-without-time',
      'has a key expires that is no time: write 2026-01-31T04:30:00Z',
      approval({ expires: 'tomorrow' }),
    ),
    approved('allow-not-yet-expired', {
      inventory: [approval({ expires: '2199-01-31T04:30:00Z' }, { creationTimestamp: '2199-01-01T00:00:00Z' })],
    }),
    flawed('deny-approval-without-approver', 'names no approver', approval(), { fourEyes: true }),
    flawed('deny-own-approval', 'is by the one who makes the change', approval({ approver: 'alice' }), {
      fourEyes: true,
    }),
    approved('allow-approval-of-another', {
      inventory: [approval({ approver: 'carol' })],
      parameters: { fourEyes: true },
    }),
    {
      name: 'deny-what-aws-never-does',
      object: database({ engineVersion: '15', storageGB: 50 }),
      old: database(),
      user: users.developer,
      message: [never('engineVersion', { engineVersion: '15' }), never('storageGB', { storageGB: 50 })].join('; '),
    },
    {
      name: 'deny-managed-resource-that-aws-would-replace',
      object: instance({ dbName: 'other' }),
      old: instance({ dbName: 'app' }),
      user: users.crossplane,
      message: neverOfManaged('databaseName', '"app"', '"other"'),
    },
    {
      name: 'deny-managed-resource-by-what-aws-says',
      object: instance({ allocatedStorage: 50 }, { status: { atProvider: { allocatedStorage: 100 } } }),
      old: instance({}, { status: { atProvider: { allocatedStorage: 100 } } }),
      user: users.crossplane,
      message: neverOfManaged('storageGB', '100', '50'),
    },
    {
      name: 'deny-managed-resource-by-init-provider',
      object: instance({ engineVersion: '15.2' }),
      old: instance({}, { spec: { forProvider: {}, initProvider: { engineVersion: '16.4' } } }),
      user: users.crossplane,
      message: neverOfManaged('engineVersion', '"16.4"', '"15.2"'),
    },
    {
      name: 'allow-managed-resource-that-is-restarted',
      object: instance({ instanceClass: 'db.r7g.large', engineVersion: '16.6' }),
      old: instance({ instanceClass: 'db.t4g.medium', engineVersion: '16.4' }),
      user: users.crossplane,
    },
  ],
  badParameters: { 'bad-hours': { hours: 0 }, 'bad-type': { fourEyes: 'yes' } },
};
