import { CodedError } from '../../error.ts';
import { compareVersions } from '../../gen/provider-crds.ts';
import { convert, type StructuralSchema } from '../../openapi/index.ts';
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
  readonly type?: { readonly group: string; readonly version: string; readonly names: Names };
  /** Of the whole object, with `spec` and `status`; a bare schema may describe a spec alone. */
  readonly schema: StructuralSchema;
  readonly columns: readonly Column[];
  /** Whether objects live in a namespace: composites of v2 by their scope, and claims always. */
  readonly namespaced: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Every document of a file or of standard input (`-`), with the items of a List each on its own. */
export function documentsOf(file: string): readonly { source: string; value: unknown }[] {
  const name = file === '-' ? 'standard input' : file;
  const documents = readDocuments(file);
  return documents.flatMap((value, index) => {
    const source = documents.length === 1 ? name : `${name} document ${index + 1}`;
    if (!isFields(value) || value.kind !== 'List' || !Array.isArray(value.items)) return [{ source, value }];
    return value.items.map((item: unknown, at) => ({ source: `${source} item ${at + 1}`, value: item }));
  });
}

/** Reads a document as a CRD, an XRD or a bare schema. A claim's kind is taken where an XRD offers one. */
export function definitionOf(source: string, value: unknown): Definition {
  if (!isFields(value)) throw notADefinition(source, JSON.stringify(value)?.slice(0, 40) ?? 'nothing');
  const [group = ''] = textOf(value.apiVersion).split('/');
  const known = `${group} ${value.kind}`;
  if (known === 'apiextensions.k8s.io CustomResourceDefinition') return ofDefinition(source, value);
  if (known === 'apiextensions.crossplane.io CompositeResourceDefinition') return ofDefinition(source, value);
  if (value.kind !== undefined && value.apiVersion !== undefined) throw notADefinition(source, known);
  if ('openapi' in value || 'swagger' in value) {
    throw notADefinition(source, `an OpenAPI ${textOf(value.openapi ?? value.swagger)} document`);
  }
  if (!('type' in value || 'properties' in value)) throw notADefinition(source, 'no type and no properties');
  // A person wrote it, so it is not structural until the converter says so.
  const schema = value as StructuralSchema;
  checkStructural(source, schema);
  return { source, schema, columns: [], namespaced: true };
}

const notADefinition = (source: string, saw: string): CodedError =>
  new CodedError('DEFINITION_KIND', source, saw, 'give a CRD, an XRD or a structural OpenAPI schema');

function checkStructural(source: string, schema: StructuralSchema): void {
  try {
    convert(schema, { target: 'draft-07', closed: false });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const [, saw = '', remedy = ''] = /^[A-Z_]+: [^:]*: (.*); (.*)$/s.exec(error.message) ?? [];
    throw new CodedError(error.code, `${source}: ${error.path || '(root)'}`, saw, remedy);
  }
}

function ofDefinition(source: string, object: Fields): Definition {
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(isFields(spec.claimNames) ? spec.claimNames : spec.names);
  const { name, schema, columns } = versionOf(source, spec);
  const [kind, plural] = [textOf(names.kind), textOf(names.plural)];
  if (kind === '' || plural === '' || textOf(spec.group) === '') {
    throw new CodedError('DEFINITION_NAMES', source, 'no spec.group, names.kind or names.plural', 'complete it');
  }
  const isXrd = textOf(object.kind) === 'CompositeResourceDefinition';
  const scope = spec.scope ?? (textOf(object.apiVersion).endsWith('/v2') ? 'Namespaced' : undefined);
  return {
    source,
    type: { group: textOf(spec.group), version: name, names: { ...names, kind, plural } },
    schema,
    columns,
    namespaced: scope === 'Namespaced' || (isXrd && isFields(spec.claimNames)),
  };
}

/** The newest served version; v1beta1 has one schema and one list of columns for all of them. */
function versionOf(source: string, spec: Fields) {
  const versions = listOf(spec.versions);
  const all = versions.length === 0 && typeof spec.version === 'string' ? [{ name: spec.version }] : versions;
  const served = all.filter((version: Fields) => version.served !== false);
  const newest = served.toSorted((a, b) => compareVersions(textOf(b.name), textOf(a.name)))[0];
  if (newest === undefined) {
    throw new CodedError('DEFINITION_VERSIONS', `${source}: spec.versions`, 'no served version', 'serve one');
  }
  const name = textOf(newest.name);
  const validation = fieldsOf(('schema' in newest ? newest.schema : undefined) ?? spec.validation);
  if (!isFields(validation.openAPIV3Schema)) {
    const path = `${source}: spec.versions[${name}].schema.openAPIV3Schema`;
    throw new CodedError('DEFINITION_SCHEMA', path, 'absent', 'describe spec and status');
  }
  const columns = listOf(
    ('additionalPrinterColumns' in newest && newest.additionalPrinterColumns) || spec.additionalPrinterColumns,
  );
  return { name, schema: validation.openAPIV3Schema as StructuralSchema, columns: columns.map(columnOf) };
}

function columnOf({ JSONPath, ...column }: Fields): Column {
  const jsonPath = textOf(column.jsonPath ?? JSONPath);
  return { ...column, name: textOf(column.name), type: textOf(column.type), jsonPath };
}
