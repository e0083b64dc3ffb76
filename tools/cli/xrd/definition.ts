import { CodedError } from '../../error.ts';
import { convert, itemsOf, type Source, type StructuralSchema, sourcesOf } from '../../openapi/index.ts';
import {
  chosenVersions,
  type Fields,
  fieldsOf,
  isFields,
  schemaOf,
  textOf,
  type Version,
  versionsOf,
} from '../../openapi/versions.ts';
import { readDocuments } from '../convert/inputs.ts';

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly [field: string]: unknown;
}

/** What names a kind in a URL and on the command line. */
interface Names {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** An API that some document defines, whatever the document calls itself. */
export interface Definition {
  /** File and number of the document in it, for messages. */
  readonly source: string;
  /** Absent for a bare schema. */
  readonly type?: {
    readonly group: string;
    readonly version: string;
    /** Every version that is served. */
    readonly served: readonly string[];
    readonly names: Names;
  };
  /** Of the whole object, with `spec` and `status`; a bare schema may describe a spec alone. */
  readonly schema: StructuralSchema;
  readonly columns: readonly Column[];
  /** Whether objects live in a namespace: composites of v2 by their scope, and claims always. */
  readonly namespaced: boolean;
  /** What the API server has no words for, a line each. */
  readonly lost: readonly string[];
}

/** Which schema of a document is meant. */
export interface DefinitionChoice {
  /** A JSON pointer to one schema of an OpenAPI document. */
  readonly select?: string;
  /** A version of a CRD or XRD, instead of the first served. */
  readonly version?: string;
}

/** Every document of a file or of standard input (`-`), with the items of a List each on its own. */
export function documentsOf(file: string): readonly { source: string; value: unknown }[] {
  const name = file === '-' ? 'standard input' : file;
  const documents = readDocuments(file);
  return documents.flatMap((value, index) => {
    const source = documents.length === 1 ? name : `${name} document ${index + 1}`;
    const items = itemsOf(value);
    return items?.map((item, at) => ({ source: `${source} item ${at + 1}`, value: item })) ?? [{ source, value }];
  });
}

/**
 * Reads a document as a CRD, an XRD, or a schema: alone, or the one of an OpenAPI document that is chosen. A claim's kind
 * is taken where an XRD offers one.
 */
export function definitionOf(source: string, value: unknown, choice: DefinitionChoice = {}): Definition {
  const { apiVersion, kind } = fieldsOf(value);
  const [group] = textOf(apiVersion).split('/');
  const known = `${group} ${kind}`;
  const isDefinition =
    known === 'apiextensions.k8s.io CustomResourceDefinition' ||
    known === 'apiextensions.crossplane.io CompositeResourceDefinition';
  return isDefinition ? ofDefinition(source, fieldsOf(value), choice) : ofSchema(source, value, choice);
}

function ofSchema(source: string, value: unknown, { select, version }: DefinitionChoice): Definition {
  const { sources, errors } = sourcesOf(value, select === undefined ? {} : { select });
  const [error] = errors;
  if (error !== undefined) throw error.within(source);
  const [only] = sources;
  if (only === undefined || sources.length > 1) {
    const names = sources.slice(0, 10).map(({ kind }) => kind);
    const remedy = `name one with --select '#/components/schemas/NAME'`;
    throw new CodedError('DEFINITION_SELECT', source, `an OpenAPI document with ${names.join(', ')}`, remedy);
  }
  if (version !== undefined) {
    throw new CodedError('DEFINITION_VERSIONS', source, `a schema, which has no version ${version}`, 'leave it out');
  }
  // Nobody has seen to it that a schema on its own is structural.
  const options = { ...only.options, structural: false };
  return { source, ...structural(only.schema, options, source), columns: [], namespaced: true };
}

/** The schema, and what is lost of it. */
function structural(schema: Source['schema'], options: Source['options'], source: string) {
  try {
    const converted = convert(schema, { ...options, target: 'structural' });
    const lost = converted.notes.map(({ path, detail }) => `${path || '(root)'}: ${detail}`);
    return { schema: converted.schema, lost };
  } catch (error) {
    throw error instanceof CodedError ? error.within(source) : error;
  }
}

function ofDefinition(source: string, object: Fields, choice: DefinitionChoice): Definition {
  if (choice.select !== undefined) {
    const seen = `--select ${choice.select}, which chooses within OpenAPI documents`;
    throw new CodedError('DEFINITION_SELECT', source, seen, 'choose by --version here');
  }
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(isFields(spec.claimNames) ? spec.claimNames : spec.names);
  const [kind, plural] = [textOf(names.kind), textOf(names.plural)];
  const versions = versionsOf(spec, source);
  const [version] = chosenVersions(versions, choice, source);
  if (version === undefined) throw new Error('chosenVersions chose none');
  if (kind === '' || plural === '' || textOf(spec.group) === '') {
    throw new CodedError('DEFINITION_NAMES', source, 'no spec.group, names.kind or names.plural', 'complete it');
  }
  // The API server asked no structure of these.
  const isOld = object.apiVersion === 'apiextensions.k8s.io/v1beta1';
  const served = versions.filter((one) => one.served).map(({ name }) => name);
  const isXrd = textOf(object.kind) === 'CompositeResourceDefinition';
  const scope = spec.scope ?? (textOf(object.apiVersion).endsWith('/v2') ? 'Namespaced' : undefined);
  return {
    source,
    type: { group: textOf(spec.group), version: version.name, served, names: { ...names, kind, plural } },
    ...structural(schemaOf(version, source), { structural: !isOld }, source),
    columns: columnsOf(version),
    namespaced: scope === 'Namespaced' || (isXrd && isFields(spec.claimNames)),
  };
}

/** In v1beta1 the path is written in capitals. */
function columnsOf({ columns }: Version): Column[] {
  const all = Array.isArray(columns) ? columns.filter(isFields) : [];
  return all.map(({ JSONPath, ...column }) => ({
    ...column,
    name: textOf(column.name),
    type: textOf(column.type),
    jsonPath: textOf(column.jsonPath ?? JSONPath),
  }));
}
