import { CodedError } from '../../error.ts';
import { compareVersions } from '../../gen/provider-crds.ts';
import type { StructuralSchema } from '../../openapi/index.ts';
import type { SourceSchema } from '../../openapi/schema.ts';
import { structuralOf } from '../../openapi/structural.ts';
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
  /** What the API server has no words for, a line each. */
  readonly lost: readonly string[];
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

/**
 * Reads a document as a CRD, an XRD, or a schema: alone, or the one of an OpenAPI document that `pointer` names. A
 * claim's kind is taken where an XRD offers one.
 */
export function definitionOf(source: string, value: unknown, pointer?: string): Definition {
  if (!isFields(value)) throw notADefinition(source, JSON.stringify(value)?.slice(0, 40) ?? 'nothing');
  const [group = ''] = textOf(value.apiVersion).split('/');
  const known = `${group} ${value.kind}`;
  if (known === 'apiextensions.k8s.io CustomResourceDefinition') return ofDefinition(source, value);
  if (known === 'apiextensions.crossplane.io CompositeResourceDefinition') return ofDefinition(source, value);
  if (value.kind !== undefined && value.apiVersion !== undefined) throw notADefinition(source, known);
  if (value.swagger !== undefined) throw notADefinition(source, `Swagger ${value.swagger}`);
  return ofSchema(source, value, pointer);
}

function ofSchema(source: string, value: Fields, pointer: string | undefined): Definition {
  const isDocument = 'openapi' in value || 'components' in value;
  if (isDocument && pointer === undefined) {
    const names = Object.keys(fieldsOf(fieldsOf(value.components).schemas))
      .slice(0, 10)
      .join(', ');
    const remedy = `name one with --select '#/components/schemas/NAME'`;
    throw new CodedError('DEFINITION_SELECT', source, `an OpenAPI document with ${names || 'no schemas'}`, remedy);
  }
  const asked: SourceSchema = pointer === undefined ? value : { $ref: pointer };
  if (!isDocument && !['type', 'properties', '$ref', 'allOf'].some((keyword) => keyword in value)) {
    throw notADefinition(source, 'no type and no properties');
  }
  const lost: string[] = [];
  const schema = structuralOf(asked, value, (path, detail) => lost.push(`${path || '(root)'}: ${detail}`));
  return { source, schema, columns: [], namespaced: true, lost };
}

const notADefinition = (source: string, saw: string): CodedError =>
  new CodedError('DEFINITION_KIND', source, saw, 'give a CRD, an XRD or an OpenAPI schema');

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
    lost: [],
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
