import { CodedError } from '../error.ts';
import type { SourceSchema } from './schema.ts';

/** Fields of a document that nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** A version of a CRD or an XRD, of either API. */
export interface Version {
  readonly name: string;
  readonly served: boolean;
  /** Its openAPIV3Schema, whatever that is. */
  readonly schema: unknown;
  /** What `kubectl get` shows, whatever that is. */
  readonly columns: unknown;
}

/** Which versions are wanted: the first served one unless chosen. */
export interface VersionChoice {
  readonly version?: string;
  readonly allVersions?: boolean;
}

/**
 * The versions of a definition's `spec` in its order; v1beta1 may say schema and columns once for all of them, and name
 * a single version outside the list.
 */
export function versionsOf(spec: Fields, path: string): readonly Version[] {
  const shared = { schema: fieldsOf(spec.validation).openAPIV3Schema, columns: spec.additionalPrinterColumns };
  const listed = Array.isArray(spec.versions) ? spec.versions.filter(isFields) : [];
  if (listed.length > 0)
    return listed.map((version) => ({
      name: textOf(version.name),
      served: version.served !== false,
      schema: fieldsOf(version.schema).openAPIV3Schema ?? shared.schema,
      columns: version.additionalPrinterColumns ?? shared.columns,
    }));
  if (typeof spec.version === 'string') return [{ name: spec.version, served: true, ...shared }];
  throw new CodedError('DEFINITION_VERSIONS', path, 'a definition without versions', 'give it one with a schema');
}

/** The wanted ones; at least one. */
export function chosenVersions(
  versions: readonly Version[],
  { version, allVersions }: VersionChoice,
  path: string,
): readonly Version[] {
  const served = versions.filter((one) => one.served);
  const chosen = version === undefined ? served : versions.filter(({ name }) => name === version);
  if (chosen.length === 0) {
    const names = versions.map(({ name }) => name).join(', ');
    const seen = version === undefined ? 'no served version' : `no version ${version}`;
    throw new CodedError('DEFINITION_VERSIONS', path, seen, `choose one of ${names}`);
  }
  return allVersions ? chosen : chosen.slice(0, 1);
}

/** The schema of a version; `path` names the version in messages. */
export function schemaOf({ schema }: Version, path: string): SourceSchema {
  // Whether it is a schema throughout shows when it is converted.
  if (isFields(schema)) return schema;
  const seen = schema === undefined ? 'a version without a schema' : 'a version whose schema is no object';
  throw new CodedError('DEFINITION_SCHEMA', path, seen, 'write an openAPIV3Schema');
}

/** Fields of what should be an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What should be a text; empty of anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
