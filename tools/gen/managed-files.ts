/** The file under functions/aws with the part of `spec` that is the same for every managed resource of a scope. */
export const specFile = 'spec.schema.json';

/** The file under functions/aws with the compact schema of a kind. */
export function schemaFile(kind: { readonly service: string; readonly kind: string }): string {
  return `${kind.service}/${kebab(kind.kind)}.schema.json`;
}

/** The file under functions/aws with the interfaces of a kind. */
export function interfaceFile(kind: { readonly service: string; readonly kind: string }): string {
  return `${kind.service}/${kebab(kind.kind)}.ts`;
}

/** A kind as a name of files: words in small letters with a dash between them. */
export function kebab(kind: string): string {
  return kind
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
