import { ClusterParameterGroup, ParameterGroup } from '../aws/index.ts';
import { known } from '../core/known.ts';
import { slug } from '../core/names.ts';
import { composed, oneOf } from '../core/resource.ts';
import { type Database, type DatabaseContext, derivedName } from './context.ts';
import type { Engine } from './engines.ts';
import { applyMethodOf, effectOf } from './parameters.ts';

// AWS keeps the family of a group for ever, so each family has a group of its own.
export const parameterGroup = composed('parameter-group-*', ParameterGroup);
export const clusterParameterGroup = composed('cluster-parameter-group-*', ClusterParameterGroup);

/** The parameter group to use, and the resource that must be ready first. */
export interface ParameterGroupFacts {
  readonly name: string;
  readonly resource: ReturnType<typeof groupOf>;
}

/**
 * Composes the parameter group of the asked version. The group of an earlier version stays as long as the instance is
 * known or may be thought to use it: AWS deletes no group in use, and a deletion that fails would stay in the way.
 */
export function composeParameterGroup(
  context: DatabaseContext,
  database: Database,
  inUse: unknown,
): ParameterGroupFacts {
  const { observed } = context;
  const current = groupOf(database.engine, database.major);
  for (const major of database.engine.versions) {
    const group = groupOf(database.engine, major);
    const used =
      observed.get(group) !== undefined && (inUse === undefined || inUse === nameOf(context, database, major));
    if (major === database.major || used) composeGroup(context, database, major);
  }
  return { name: nameOf(context, database, database.major), resource: current };
}

function composeGroup(context: DatabaseContext, database: Database, major: string): void {
  const { engine, region, identifier, orphan } = database;
  const { tls } = engine;
  const asked = Object.entries(context.spec.parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  // What a newer version brings must not reach the group of an older one that is still in use.
  const parameter = asked.flatMap(([name, value]) => {
    const effect = effectOf(engine, major, name);
    return effect === 'absent' ? [] : [{ name, value, applyMethod: applyMethodOf(effect) }];
  });
  context.desired.managed(
    groupOf(engine, major),
    known({
      region,
      family: engine.family + major,
      description: `Database ${identifier}`,
      parameter: [{ ...tls, applyMethod: 'immediate' }, ...parameter],
    }),
    { orphan, externalName: nameOf(context, database, major) },
  );
}

/** The parameter group of one major version. */
export const groupOf = (engine: Engine, major: string) =>
  oneOf<typeof ParameterGroup | typeof ClusterParameterGroup>(
    engine.cluster ? clusterParameterGroup : parameterGroup,
    slug(engine.family + major),
  );

const nameOf = ({ observed }: DatabaseContext, { engine, identifier }: Database, major: string): string =>
  observed.externalName(groupOf(engine, major)) ?? derivedName(identifier, slug(engine.family + major));
