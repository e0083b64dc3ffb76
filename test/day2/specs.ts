import type { Spec } from '../../functions/core/day2/judge.ts';
import type { CrdSchema, JsonValue } from '../../functions/core/schema.ts';
import { relationalDatabase } from '../../functions/relational-database/index.ts';

/** A database to change: what a claim must say, and the defaults of the schema, as the API server applies them. */
export function databaseSpec(fields: Readonly<Record<string, unknown>> = {}): Spec {
  const { engine } = fields;
  const base = {
    resourceConfig: { region: 'eu-west-1' },
    engineVersion: engine === 'mysql' ? '8.4' : '16',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b1c2d3e4f5a60719'],
    ...fields,
  };
  // A claim is JSON: that is what a person writes, and what its fields are made of here.
  return withDefaults(relationalDatabase.spec, base as JsonValue) as Spec;
}

function withDefaults(schema: CrdSchema, value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const present = { ...(value as Readonly<Record<string, JsonValue>>) };
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    const given = present[key] ?? member.default;
    if (given !== undefined) present[key] = withDefaults(member, given);
  }
  return present;
}
