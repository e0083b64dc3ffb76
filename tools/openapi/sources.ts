import { CodedError } from '../error.ts';
import { type CompositeForm, compositeSchema } from './composite.ts';
import { resolveReference, segmentsOf } from './references.ts';
import { type ConvertOptions, type Dialect, maxDepth } from './rules/rule.ts';
import type { Subschema } from './schema.ts';
import {
  chosenVersions,
  type Fields,
  fieldsOf,
  isFields,
  schemaOf,
  textOf,
  type Version,
  type VersionChoice,
  versionsOf,
} from './versions.ts';

/** A schema that was found in a document, and how it is to be read. */
export interface Source {
  /** API group, or what stands for one; empty for a schema on its own. */
  readonly group: string;
  /** The kind of a resource, or the name of a component; empty for a schema without a name. */
  readonly kind: string;
  readonly version: string;
  readonly schema: Subschema;
  readonly options: Pick<ConvertOptions, 'dialect' | 'structural' | 'resource' | 'document'>;
  /** Whether the API server drops fields that the schema does not name. */
  readonly prunes: boolean;
}

/** Which of a document's schemas are wanted; the first served version of every kind unless chosen. */
export interface Selection extends VersionChoice {
  /** A JSON pointer to one schema of an OpenAPI document. */
  readonly select?: string;
  readonly kind?: string;
}

/** What was found in a document, and what is wrong with the rest of it. */
export interface Found {
  readonly sources: readonly Source[];
  readonly errors: readonly CodedError[];
}

/**
 * Finds the schemas of a document: a CRD (v1, v1beta1), an XRD (v1, v2, with its claim), an OpenAPI 3.0 or 3.1 document
 * or its components, a List of these, or a schema on its own.
 */
export function sourcesOf(document: unknown, selection: Selection = {}): Found {
  if (!isFields(document)) return failed(notASchema(`a document that is ${nameOf(document)}`));
  try {
    if (typeof document.apiVersion === 'string' && typeof document.kind === 'string')
      return ofObject(document, document.apiVersion, document.kind, selection);
    if (document.swagger !== undefined) throw unsupported(`Swagger ${String(document.swagger)}`);
    if (document.openapi !== undefined || isFields(document.components)) return ofOpenApi(document, selection);
    return ofBare(document, selection);
  } catch (error) {
    if (error instanceof CodedError) return failed(error);
    throw error;
  }
}

/** What a List holds, if it is one. */
export function itemsOf(document: unknown): readonly unknown[] | undefined {
  const { kind, items } = fieldsOf(document);
  return textOf(kind).endsWith('List') && Array.isArray(items) ? items : undefined;
}

function ofObject(object: Fields, apiVersion: string, kind: string, selection: Selection): Found {
  const [group] = apiVersion.split('/');
  const items = itemsOf(object);
  if (items !== undefined) {
    const all = items.map((item) => sourcesOf(item, selection));
    return { sources: all.flatMap(({ sources }) => sources), errors: all.flatMap(({ errors }) => errors) };
  }
  if (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition') return ofCrd(object, selection);
  if (group === 'apiextensions.crossplane.io' && kind === 'CompositeResourceDefinition')
    return ofXrd(object, apiVersion, selection);
  throw notASchema(`${apiVersion} ${kind}`);
}

function ofCrd(crd: Fields, selection: Selection): Found {
  const spec = fieldsOf(crd.spec);
  const group = textOf(spec.group);
  const kind = textOf(fieldsOf(spec.names).kind);
  const old = crd.apiVersion === 'apiextensions.k8s.io/v1beta1';
  if (!wanted(kind, selection)) return none;
  const path = pathOf(kind, group);
  const versions = versionsOf(spec, path);
  const prunes = old ? spec.preserveUnknownFields === false : spec.preserveUnknownFields !== true;
  return eachVersion(versions, path, selection, (version) => ({
    group,
    kind,
    version: version.name,
    schema: schemaOf(version, `${group}/${version.name} ${kind}`),
    options: { dialect: 'kubernetes', structural: !old, resource: { apiVersion: `${group}/${version.name}`, kind } },
    prunes,
  }));
}

function ofXrd(xrd: Fields, apiVersion: string, selection: Selection): Found {
  const spec = fieldsOf(xrd.spec);
  const group = textOf(spec.group);
  const kind = textOf(fieldsOf(spec.names).kind);
  const claim = textOf(fieldsOf(spec.claimNames).kind);
  const modern = apiVersion.endsWith('/v2') && spec.scope !== 'LegacyCluster';
  const form = modern ? (spec.scope === 'Cluster' ? 'cluster' : 'namespaced') : 'legacy';
  const kinds: [string, CompositeForm][] = [[kind, form]];
  if (claim !== '') kinds.push([claim, 'claim']);
  const path = pathOf(kind, group);
  const versions = versionsOf(spec, path);
  const all = kinds
    .filter(([name]) => wanted(name, selection))
    .map(([name, its]) =>
      eachVersion(versions, pathOf(name, group), selection, (version) => ({
        group,
        kind: name,
        version: version.name,
        schema: compositeSchema(schemaOf(version, `${group}/${version.name} ${name}`), its),
        options: { dialect: 'kubernetes', resource: { apiVersion: `${group}/${version.name}`, kind: name } },
        prunes: true,
      })),
    );
  return { sources: all.flatMap(({ sources }) => sources), errors: all.flatMap(({ errors }) => errors) };
}

const pathOf = (kind: string, group: string): string => [kind, group].filter((part) => part !== '').join('.');

function eachVersion(
  versions: readonly Version[],
  path: string,
  selection: Selection,
  make: (version: Version) => Source,
): Found {
  const sources: Source[] = [];
  const errors: CodedError[] = [];
  for (const version of chosenVersions(versions, selection, path)) {
    try {
      sources.push(make(version));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      errors.push(error);
    }
  }
  return { sources, errors };
}

function ofOpenApi(document: Fields, selection: Selection): Found {
  const dialect = dialectOf(document);
  const info = fieldsOf(document.info);
  const options = { dialect, document };
  const place = { group: slug(textOf(info.title)), version: slug(textOf(info.version)) };
  if (selection.select !== undefined) return ofPointer(document, selection.select, { ...place, options });
  const schemas = fieldsOf(fieldsOf(document.components).schemas);
  const sources = Object.entries(schemas).flatMap(([name, schema]): Source[] => {
    const [resource] = groupVersionKinds(schema);
    const its = { ...place, kind: name };
    if (selection.kind !== undefined && ![name, resource?.kind].includes(selection.kind)) return [];
    if (selection.version !== undefined && ![place.version, resource?.version].includes(selection.version)) return [];
    // What it is shows when it is converted.
    return [{ ...its, schema: schema as Subschema, options, prunes: true }];
  });
  const chosen = selection.kind !== undefined || selection.version !== undefined;
  if (sources.length > 0 || chosen) return { sources, errors: [] };
  throw notASchema('an OpenAPI document without components.schemas');
}

/** Whether the document says 3.0 or 3.1; components alone are taken for 3.0 unless something in them came later. */
function dialectOf(document: Fields): Dialect {
  const { openapi } = document;
  if (openapi === undefined) return usesLaterKeywords(document) ? 'openapi-3.1' : 'openapi-3.0';
  const version = typeof openapi === 'number' ? String(openapi) : textOf(openapi);
  if (/^3\.0(\.|$)/.test(version)) return 'openapi-3.0';
  if (/^3\.1(\.|$)/.test(version)) return 'openapi-3.1';
  throw unsupported(`OpenAPI ${version || nameOf(openapi)}`);
}

function ofPointer(document: Fields, pointer: string, place: Pick<Source, 'group' | 'version' | 'options'>): Found {
  const schema = resolveReference(document, pointer, '--select');
  const kind = segmentsOf(pointer).at(-1) ?? '';
  return { sources: [{ ...place, kind, schema, prunes: true }], errors: [] };
}

const keywords = ['type', 'properties', 'allOf', 'anyOf', 'oneOf', 'not', '$ref', 'items', 'enum', 'const', '$defs'];

function ofBare(document: Fields, selection: Selection): Found {
  if (!keywords.some((keyword) => Object.hasOwn(document, keyword))) throw notASchema('an object without a keyword');
  const dialect = usesLaterKeywords(document)
    ? 'openapi-3.1'
    : mentions(document, (key) => key.startsWith('x-kubernetes-'))
      ? 'kubernetes'
      : 'openapi-3.0';
  const place = { group: '', version: '', options: { dialect, document } } as const;
  if (selection.select !== undefined) return ofPointer(document, selection.select, place);
  const kind = slug(textOf(document.title));
  if (selection.kind !== undefined && selection.kind !== kind) return none;
  return { sources: [{ ...place, kind, schema: document, prunes: true }], errors: [] };
}

const later = new Set(['$defs', 'const', 'prefixItems', 'if', 'unevaluatedProperties', 'dependentRequired', '$schema']);

function usesLaterKeywords(document: Fields): boolean {
  return mentions(document, (key, value) => (key === 'type' && Array.isArray(value)) || later.has(key));
}

/** Whether a keyword is found somewhere; names of properties and schemas are no keywords, and values hold none. */
function mentions(value: unknown, found: (key: string, value: unknown) => boolean, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return false;
  for (const [key, inner] of Object.entries(value)) {
    if (holdsValues.has(key)) continue;
    if (found(key, inner)) return true;
    const parts = holdsNames.has(key) ? Object.values(fieldsOf(inner)) : [inner];
    for (const part of parts) if (mentions(part, found, depth + 1)) return true;
  }
  return false;
}

const holdsValues = new Set(['default', 'enum', 'example', 'examples']);
const holdsNames = new Set(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties', 'schemas']);

function groupVersionKinds(schema: unknown): { kind: string; version: string }[] {
  const all = fieldsOf(schema)['x-kubernetes-group-version-kind'];
  const list = Array.isArray(all) ? all : [];
  return list.filter(isFields).map(({ kind, version }) => ({ kind: textOf(kind), version: textOf(version) }));
}

const none: Found = { sources: [], errors: [] };

function wanted(kind: string, selection: Selection): boolean {
  if (selection.select !== undefined) {
    const remedy = 'choose by kind and version here';
    throw new CodedError('DEFINITION_SELECT', kind, 'a pointer, which chooses within OpenAPI documents', remedy);
  }
  return selection.kind === undefined || selection.kind === kind;
}

function failed(error: CodedError): Found {
  return { sources: [], errors: [error] };
}

function notASchema(seen: string): CodedError {
  const remedy = 'give a CRD, an XRD, an OpenAPI 3.0 or 3.1 document or a schema';
  return new CodedError('DEFINITION_KIND', '', seen, remedy);
}

function unsupported(seen: string): CodedError {
  return new CodedError(
    'DEFINITION_FORMAT',
    '',
    `${seen}, which is not read`,
    'convert it to OpenAPI 3.0 or 3.1 first',
  );
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
