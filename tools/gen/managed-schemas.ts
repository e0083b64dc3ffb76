import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { managedKinds } from '../../functions/aws/index.ts';
import type { Form, ManagedKind } from '../../functions/core/managed.ts';
import { convert, type JsonSchema, type StructuralSchema } from '../openapi/index.ts';
import { schemaFile, specFile } from './managed-files.ts';
import { secretNamespace } from './provider-references.ts';

const folder = new URL('../../functions/aws/', import.meta.url);
const forms: readonly Form[] = ['claims', 'namespaced'];
const kindsByType = new Map(
  managedKinds.flatMap((kind) => forms.map((form) => [typeKey(kind.apiVersion[form], kind.kind), { kind, form }])),
);
const schemas = new Map<string, JsonSchema>();
const validators = new Map<string, ValidateFunction>();

/** The closed JSON Schema of a managed resource as blueprints compose it, or undefined for a kind not generated. */
export function managedSchema(apiVersion: string, kind: string): JsonSchema | undefined {
  const key = typeKey(apiVersion, kind);
  const known = kindsByType.get(key);
  if (!known) return undefined;
  return remember(schemas, key, () => {
    const spec = specSchema(known.kind, known.form);
    const structural: StructuralSchema = { type: 'object', required: ['spec'], properties: { spec } };
    return convert(structural, { target: 'draft-07', closed: true, resource: true }).schema;
  });
}

/** Says what in a managed resource its CRD would refuse or drop, a line for each finding; empty means valid. */
export function validateManaged(resource: unknown): string[] {
  const { apiVersion, kind } = typeOf(resource);
  const schema = managedSchema(apiVersion, kind);
  if (!schema) {
    return [`apiVersion, kind: ${apiVersion || '(none)'} ${kind || '(none)'} is not a managed kind of functions/aws`];
  }
  const validate = remember(validators, typeKey(apiVersion, kind), () =>
    new Ajv({ strict: true, allErrors: true }).compile(schema),
  );
  return validate(withInitial(resource)) ? [] : (validate.errors ?? []).map(printError).sort();
}

/** What counts at creation only (`spec.initProvider`) fulfils what `spec.forProvider` requires, as in the CRD's rules. */
function withInitial(resource: unknown): unknown {
  const { initProvider, forProvider, ...spec } = Object(Object(resource).spec);
  if (initProvider === undefined) return resource;
  return { ...Object(resource), spec: { ...spec, forProvider: { ...initProvider, ...forProvider } } };
}

function specSchema(kind: ManagedKind, form: Form): StructuralSchema {
  const envelope = readSchemas(specFile)[form];
  const shared = readSchemas(schemaFile(kind)).forProvider;
  if (!envelope || !shared) throw new Error(`functions/aws lacks the schema of ${kind.kind}; run npm run gen:aws`);
  const forProvider = form === 'claims' ? secretNamespace(shared, 'require') : shared;
  return { ...envelope, properties: { ...envelope.properties, forProvider } };
}

function readSchemas(file: string): Readonly<Record<string, StructuralSchema>> {
  // Written by this repository's generator and checked against it for drift.
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

function typeOf(resource: unknown): { apiVersion: string; kind: string } {
  const read = (key: 'apiVersion' | 'kind') => {
    const value: unknown = typeof resource === 'object' && resource !== null ? Reflect.get(resource, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { apiVersion: read('apiVersion'), kind: read('kind') };
}

function printError(error: ErrorObject): string {
  const path =
    error.instancePath
      .slice(1)
      .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.') || '(root)';
  if (error.keyword === 'additionalProperties') return `${path}: unknown field ${error.params.additionalProperty}`;
  if (error.keyword === 'enum') return `${path}: must be one of ${error.params.allowedValues.join(', ')}`;
  return `${path}: ${error.message}`;
}

function typeKey(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}

function remember<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
  const value = cache.get(key) ?? make();
  cache.set(key, value);
  return value;
}
