import { createHash } from 'node:crypto';
import { Environment as CelEnvironment } from '@marcbachmann/cel-js';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { apiVersionName, type Blueprint, compositeKind, groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { shortHash } from '../../functions/core/names.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import type { CrdSchema } from '../../functions/core/schema.ts';
import { CodedError } from '../error.ts';
import { xrdOf } from '../gen/xrd.ts';
import { convert } from '../openapi/index.ts';
import type { Document } from './load.ts';

/** A composite as Crossplane would have it, made from a claim or taken as it is. */
export interface Composite {
  readonly source: string;
  readonly blueprint: Blueprint;
  readonly form: Form;
  readonly xr: KubernetesObject;
}

/** Validates a claim or composite as the API server would, applies defaults, and makes the composite of a claim. */
export function compositeOf(
  blueprints: readonly Blueprint[],
  { source, object }: Document,
  as: Form | undefined,
): Composite {
  const { blueprint, form, claim } = identify(blueprints, source, object, as);
  const spec = withoutNulls(object.spec ?? {}) as Record<string, unknown>;
  if (object.spec === undefined) throw invalid(source, 'spec', 'is absent', 'it is required');
  validate(source, blueprint, form, claim, spec);
  checkName(source, 'name', object.metadata?.name);
  if (object.metadata?.namespace !== undefined) checkName(source, 'namespace', object.metadata.namespace);
  return {
    source,
    blueprint,
    form,
    xr: claim ? xrOfClaim(blueprint, object, spec) : xrAsGiven(blueprint, form, object, spec),
  };
}

/** The API server drops a null where null is no value of the field (apiextensions-apiserver, structural defaulting). */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === null ? [] : [[key, withoutNulls(member)]])),
  );
}

/** Names of claims and composites become label values, so Crossplane takes no longer ones (core v2.3.4, xcrd). */
function checkName(source: string, field: 'name' | 'namespace', name: unknown): void {
  const path = `metadata.${field}`;
  if (name === undefined || name === '') throw invalid(source, path, 'is absent', 'it is required');
  if (typeof name !== 'string' || name.length > 63 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    throw invalid(source, path, `is ${show(name)}`, 'use at most 63 characters of a-z, 0-9, - and .');
  }
}

/** The form and blueprint of a claim or composite; undefined for anything else. */
export function formOf(
  blueprints: readonly Blueprint[],
  { apiVersion, kind }: KubernetesObject,
): { readonly form: Form; readonly blueprint: Blueprint } | undefined {
  const form = (['claims', 'namespaced'] as const).find((one) => apiVersion === `${groups[one]}/${apiVersionName}`);
  if (form === undefined) return undefined;
  const blueprint = blueprints.find((one) => kind === one.kind || kind === compositeKind(one, form));
  return blueprint && { form, blueprint };
}

function identify(
  blueprints: readonly Blueprint[],
  source: string,
  object: KubernetesObject,
  as: Form | undefined,
): { readonly blueprint: Blueprint; readonly form: Form; readonly claim: boolean } {
  const { apiVersion, kind } = object;
  const found = formOf(blueprints, object);
  if (found === undefined) {
    const known = blueprints.map((one) => one.kind).join(', ');
    throw new CodedError(
      'UNKNOWN_KIND',
      source,
      `${apiVersion} ${kind}`,
      `use apiVersion ${groups.claims}/${apiVersionName} or ${groups.namespaced}/${apiVersionName} and one of the kinds ${known}`,
    );
  }
  const { blueprint } = found;
  const form = as ?? found.form;
  return { blueprint, form, claim: form === 'claims' && kind === blueprint.kind };
}

/** Members of spec that Crossplane adds to the CRD of a claim (core v2.3.4, xcrd). */
export const claimMachinery = [
  'compositionRef',
  'compositionSelector',
  'compositionRevisionRef',
  'compositionRevisionSelector',
  'compositionUpdatePolicy',
  'compositeDeletePolicy',
  'publishConnectionDetailsTo',
  'resourceRef',
  'writeConnectionSecretToRef',
];
/** As claimMachinery, for the composites of claims. */
export const compositeMachinery = [...claimMachinery, 'claimRef', 'resourceRefs', 'environmentConfigRefs'];

function validate(
  source: string,
  blueprint: Blueprint,
  form: Form,
  claim: boolean,
  spec: Record<string, unknown>,
): void {
  const schema = publishedSpec(blueprint, form);
  const machinery = form === 'namespaced' ? ['crossplane'] : claim ? claimMachinery : compositeMachinery;
  const own = Object.fromEntries(
    Object.entries(spec).filter(([key]) => !machinery.includes(key) || Object.hasOwn(schema.properties ?? {}, key)),
  );
  checkSchema(source, schema, own);
  checkRules(source, schema, own, 'spec');
  Object.assign(spec, own);
}

const schemas = new Map<string, CrdSchema>();

/** The schema of spec as the API server has it. */
function publishedSpec(blueprint: Blueprint, form: Form): CrdSchema {
  const key = `${form}/${blueprint.kind}`;
  const schema = schemas.get(key) ?? xrdOf(blueprint, form).spec.versions[0]?.schema.openAPIV3Schema.properties?.spec;
  if (schema === undefined) throw new Error(`${blueprint.kind} has no spec`);
  schemas.set(key, schema);
  return schema;
}

const validators = new Map<CrdSchema, ValidateFunction>();

const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, strictRequired: false, strictTypes: false });

function checkSchema(source: string, schema: CrdSchema, spec: object): void {
  const check =
    validators.get(schema) ??
    ajv.compile(convert(schema, { target: 'draft-07', closed: true, keepDefaults: true }).schema);
  validators.set(schema, check);
  if (passes(source, check, spec)) return;
  const [first, ...others] = (check.errors ?? []).map((error) => describe(error));
  if (first === undefined) throw new Error('ajv refused without an error');
  const more = others.length > 0 ? ` (and ${others.length} more: ${others.map((other) => other.path).join(', ')})` : '';
  throw invalid(source, first.path, first.saw, first.allowed + more);
}

/** To compare the items of a list, ajv calls what an item has as valueOf and toString. */
function passes(source: string, check: ValidateFunction, spec: object): boolean {
  try {
    return check(spec);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid(source, 'spec', 'has an item of a list with a field valueOf or toString', 'there is no such field');
  }
}

/** Who takes a reference to a Secret for the place of its content writes the content there. */
const seen = (path: string, value: unknown): string =>
  /password/i.test(path) ? 'is not shown, for it may be one' : `is ${show(value)}`;

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

function describe(error: ErrorObject): { path: string; saw: string; allowed: string } {
  const path = `spec${error.instancePath.replaceAll(/\/(\d+)/g, '[$1]').replaceAll('/', '.')}`;
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
    return {
      path: `${path}.${params.additionalProperty}`,
      saw: 'is not a field',
      allowed: `the fields here are ${known.sort().join(', ')}`,
    };
  }
  if (error.keyword === 'required')
    return { path: `${path}.${params.missingProperty}`, saw: 'is absent', allowed: 'it is required' };
  if (error.keyword === 'enum')
    return {
      path,
      saw: seen(path, error.data),
      allowed: `allowed are ${(params.allowedValues as unknown[]).join(', ')}`,
    };
  return { path, saw: seen(path, error.data), allowed: `it ${error.message}` };
}

/** The CEL rules of the XRD that need no earlier object; transition rules compare with one, and there is none. */
function checkRules(source: string, schema: CrdSchema, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (/\boldSelf\b/.test(rule)) continue;
    if (cel.evaluate(rule, { self: celValue(value) }) !== true)
      throw invalid(source, path, `is ${show(value)}`, message);
  }
  checkKeys(source, schema, value, path);
  const record = value as Record<string, unknown>;
  for (const [key, member] of Object.entries(schema.properties ?? {}))
    checkRules(source, member, record[key], `${path}.${key}`);
  if (schema.items !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkRules(source, schema.items, item, `${path}[${index}]`);
  }
}

/** Items of a list of type map are told apart by their keys, which JSON Schema cannot say. */
function checkKeys(source: string, schema: CrdSchema, value: unknown, path: string): void {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys === undefined || !Array.isArray(value)) return;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const identity = JSON.stringify(keys.map((key) => Reflect.get(Object(item), key)));
    if (seen.has(identity))
      throw invalid(source, `${path}[${index}]`, `repeats ${keys.join(', ')} ${identity}`, 'each may stand once');
    seen.add(identity);
  }
}

const cel = new CelEnvironment({ unlistedVariablesAreDyn: true });

/**
 * CEL tells integers from floating point; whole numbers of a schema are integers. Objects become maps: the interpreter
 * asks an object for its constructor, which a key of that name would hide.
 */
function celValue(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, celValue(member)]));
}

const invalid = (source: string, path: string, saw: string, allowed: string): CodedError =>
  new CodedError('CLAIM_INVALID', `${source}: ${path}`, saw, allowed);

/** The API server gives every object a random uid, from which names in AWS are made; here it is stable. */
function stableUid(...identity: readonly string[]): string {
  const hex = createHash('sha256').update(identity.join('/')).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Crossplane names the composite after the claim with a random suffix; here the suffix is stable. */
function xrOfClaim(blueprint: Blueprint, claim: KubernetesObject, spec: Record<string, unknown>): KubernetesObject {
  const name = claim.metadata?.name ?? '';
  const namespace = claim.metadata?.namespace ?? 'default';
  const claimRef = { apiVersion: claim.apiVersion, kind: claim.kind, namespace, name };
  return {
    apiVersion: `${groups.claims}/${apiVersionName}`,
    kind: compositeKind(blueprint, 'claims'),
    metadata: {
      name: `${`${name}-`.slice(0, 58)}${shortHash(`${namespace}/${name}`).slice(0, 5)}`,
      uid: stableUid(blueprint.kind, namespace, name),
      labels: {
        ...claim.metadata?.labels,
        'crossplane.io/claim-name': name,
        'crossplane.io/claim-namespace': namespace,
      },
    },
    spec: { ...withoutClaimFields(spec), claimRef },
  };
}

/** The Secret of a claim is the claim's own matter; the composite writes another one. */
function withoutClaimFields({
  writeConnectionSecretToRef: _ref,
  ...spec
}: Record<string, unknown>): Record<string, unknown> {
  return spec;
}

function xrAsGiven(
  blueprint: Blueprint,
  form: Form,
  object: KubernetesObject,
  spec: Record<string, unknown>,
): KubernetesObject {
  const metadata = {
    uid: stableUid(blueprint.kind, object.metadata?.namespace ?? '', object.metadata?.name ?? ''),
    ...object.metadata,
    ...(form === 'namespaced' && { namespace: object.metadata?.namespace ?? 'default' }),
  };
  return {
    apiVersion: `${groups[form]}/${apiVersionName}`,
    kind: compositeKind(blueprint, form),
    metadata,
    spec,
    ...(object.status !== undefined && { status: object.status }),
  };
}
