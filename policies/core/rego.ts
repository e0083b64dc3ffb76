import type { RegoRule } from './policy.ts';

/** The code of a template: what an update leaves as bad as it was is let pass, and so is whatever is being deleted. */
export function regoCode(packageName: string, rule: RegoRule): object {
  const found = rule.sparesObserved ? 'found_unless_observed' : 'found';
  const rego = `package ${packageName}

violation contains {"msg": concat("; ", news)} if {
	not exempt
	count(news) > 0
}

news := ${found}(input.review.object) - before

default before := set()

before := ${found}(input.review.oldObject) if input.review.operation == "UPDATE"

exempt if input.review.operation == "DELETE"

exempt if input.review.object.metadata.deletionTimestamp

exempt if {
	some group in input.review.userInfo.groups
	group in input.parameters.exemptGroups
}

exempt if {
	some prefix in input.parameters.exemptUserPrefixes
	startswith(input.review.userInfo.username, prefix)
}

id := concat(" ", [input.review.object.kind, concat("/", [part | some part in [
	object.get(input.review.object.metadata, "namespace", ""),
	object.get(input.review.object.metadata, "name", object.get(input.review.object.metadata, "generateName", "")),
]; part != ""])])

message(code, seen, allowed) := sprintf("%s: %s: %s; %s", [code, id, seen, allowed])

# What the provider makes of a parameter: forProvider, or else initProvider, which counts at creation.
parameters(o) := object.union(object.get(o.spec, "initProvider", {}), object.get(o.spec, "forProvider", {}))

${rule.sparesObserved ? unlessObserved : ''}${rule.rego.trim()}
`;
  return { engine: 'Rego', source: { version: 'v1', rego } };
}

/** Rego for the set of all managed resources of a kind that the inventory has, in both scopes. */
export function everyOne(set: string, service: string, kind: string): string {
  const one = kind.toLowerCase();
  return `${set} contains ${one} if {
	some group, kinds in data.inventory.cluster
	startswith(group, "${service}.aws.upbound.io/")
	some ${one} in kinds.${kind}
}

${set} contains ${one} if {
	some namespace
	some group, kinds in data.inventory.namespace[namespace]
	startswith(group, "${service}.aws.m.upbound.io/")
	some ${one} in kinds.${kind}
}`;
}

const unlessObserved = `# What only observes makes and changes nothing in AWS.
found_unless_observed(o) := set() if o.spec.managementPolicies in [[], ["Observe"]]

else := found(o)

`;
