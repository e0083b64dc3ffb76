import { basename, extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Source } from '../../openapi/index.ts';

/** The layout in which kubeconform and editors look for schemas, by the kind of file. */
export const defaultTemplates = {
  json: '{group}/{kind}_{version}.json',
  yaml: '{group}/{kind}_{version}.yaml',
} as const;

/** The template of an option; one that leaves the folder or gives all schemas one name is wrong usage. */
export function templateOf(template: string): string {
  const unknown = template.match(/\{[^}]*\}/g)?.find((one) => !['{group}', '{kind}', '{version}'].includes(one));
  const escapes = template.startsWith('/') || template.split('/').includes('..');
  if (unknown === undefined && !escapes && template.includes('{kind}')) return template;
  throw new InvalidArgumentError('Write a path below the folder with {kind}, and if wanted {group} and {version}.');
}

/** The path of a schema's file below the output folder. */
export function nameOf({ group, kind, version, options }: Source, file: string, template: string): string {
  const own = kind === '' ? basename(file, extname(file)).replace(/^-$/, 'schema') : kind;
  const name = options.resource ? own.toLowerCase() : own;
  const filled = template
    .replaceAll(version === '' ? /[-_.]?\{version\}/g : '{version}', safe(version))
    .replaceAll(group === '' ? /\{group\}[-_./]?/g : '{group}', safe(group))
    .replaceAll('{kind}', safe(name));
  return filled.replace(/^\/+/, '');
}

function safe(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}
