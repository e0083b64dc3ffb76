import type { JsonValue } from '../../functions/core/schema.ts';
import type { StructuralSchema } from './schema.ts';

const identifier = /^[A-Za-z_$][\w$]*$/;

/** Prints a TypeScript interface for the objects that a structural schema accepts, without prose. */
export function toInterface(schema: StructuralSchema, name: string): string {
  return `export interface ${name} ${objectLiteral(schema, '')}\n`;
}

function objectLiteral(schema: StructuralSchema, indent: string): string {
  const inner = `${indent}  `;
  const required = new Set(schema.required);
  const lines = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const printed = identifier.test(key) ? key : `'${key.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    return `${inner}${printed}${required.has(key) ? '' : '?'}: ${typeOf(property, inner)};\n`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
}

function typeOf(schema: StructuralSchema, indent: string): string {
  const type = bareType(schema, indent);
  return schema.nullable && type !== 'unknown' ? `${type} | null` : type;
}

function bareType(schema: StructuralSchema, indent: string): string {
  if (schema['x-kubernetes-int-or-string']) return 'number | string';
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return arrayType(schema, indent);
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function objectType(schema: StructuralSchema, indent: string): string {
  if (schema.properties && Object.keys(schema.properties).length > 0) return objectLiteral(schema, indent);
  const extra = schema.additionalProperties;
  return `Record<string, ${typeof extra === 'object' ? typeOf(extra, indent) : 'unknown'}>`;
}

function arrayType(schema: StructuralSchema, indent: string): string {
  const element = schema.items ? typeOf(schema.items, indent) : 'unknown';
  const isUnion = schema.items?.nullable || schema.items?.enum || schema.items?.['x-kubernetes-int-or-string'];
  return isUnion ? `(${element})[]` : `${element}[]`;
}

function literal(value: JsonValue): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
