import type { Fields, Running, Spec } from '../core/day2/judge.ts';
import { member, type Observed } from '../core/observed.ts';
import { oneOf } from '../core/resource.ts';
import type { JsonValue } from '../core/schema.ts';
import { cluster, clusterInstance } from './cluster.ts';
import { type Engine, type EngineName, engines, majorOf } from './engines.ts';
import { instance, reader } from './instance.ts';
import { groupOf } from './parameter-group.ts';

/** The engine of a spec, where it is one that we have. */
export const engineOf = ({ engine }: Spec): Engine | undefined =>
  typeof engine === 'string' && Object.hasOwn(engines, engine) ? engines[engine as EngineName] : undefined;

/** What runs, in the words of the spec; undefined until AWS has a database. */
export function running(observed: Observed, spec: Spec): Running | undefined {
  const engine = engineOf(spec);
  if (engine === undefined) return undefined;
  return engine.cluster ? runningCluster(observed, engine) : runningInstance(observed, engine);
}

function runningInstance(observed: Observed, engine: Engine): Running | undefined {
  if (observed.neverMade(instance)) return undefined;
  const engineVersion = observed.last(instance, 'engineVersion');
  const engineVersionActual = observed.observation(instance, 'engineVersionActual');
  return {
    asked: {
      ...known({
        engineVersion,
        instanceClass: observed.last(instance, 'instanceClass'),
        port: observed.last(instance, 'port'),
        storageType: observed.last(instance, 'storageType'),
        backupRetentionDays: observed.last(instance, 'backupRetentionPeriod'),
        caCertificate: observed.last(instance, 'caCertIdentifier'),
        // Judged by what runs: a standby that waits for the window takes nothing over.
        multiAz: observed.observation(instance, 'multiAz') ?? observed.last(instance, 'multiAz'),
        blueGreen: member(observed.asked(instance, 'blueGreenUpdate'), 'enabled') === true,
      }),
      // What gp3 includes is not asked for, though AWS reports it.
      iops: number(observed.asked(instance, 'iops')),
      readers: Math.max(0, ...observed.suffixes(reader).map(Number)),
      ...parametersOf(observed, engine, engineVersion),
    },
    inEffect: known({
      engineVersion: engineVersionActual,
      instanceClass: observed.observation(instance, 'instanceClass'),
      storageGB: observed.observation(instance, 'allocatedStorage'),
      storageType: observed.observation(instance, 'storageType'),
      multiAz: observed.observation(instance, 'multiAz'),
      backupRetentionDays: observed.observation(instance, 'backupRetentionPeriod'),
      caCertificate: observed.observation(instance, 'caCertIdentifier'),
      iamAuthentication: observed.observation(instance, 'iamDatabaseAuthenticationEnabled'),
    }),
    live: { engineVersionActual },
  };
}

function runningCluster(observed: Observed, engine: Engine): Running | undefined {
  if (observed.neverMade(cluster)) return undefined;
  const numbers = observed.suffixes(clusterInstance).map(Number);
  // All instances of a cluster are asked for the same.
  const one = oneOf(clusterInstance, String(Math.min(...numbers)));
  const engineVersion = observed.last(cluster, 'engineVersion');
  const engineVersionActual = observed.observation(cluster, 'engineVersionActual');
  const serverless = capacityOf(observed.asked(cluster, 'serverlessv2ScalingConfiguration'));
  return {
    asked: {
      ...known({
        engineVersion,
        port: observed.last(cluster, 'port'),
        backupRetentionDays: observed.last(cluster, 'backupRetentionPeriod'),
        caCertificate: observed.last(one, 'caCertIdentifier'),
        ...(serverless === undefined && { instanceClass: observed.last(one, 'instanceClass') }),
      }),
      serverless,
      ...(numbers.length > 0 && { readers: Math.max(...numbers) - 1 }),
      ...parametersOf(observed, engine, engineVersion),
    },
    inEffect: known({
      engineVersion: engineVersionActual,
      ...(serverless === undefined && { instanceClass: observed.observation(one, 'instanceClass') }),
      caCertificate: observed.observation(one, 'caCertIdentifier'),
      iamAuthentication: observed.observation(cluster, 'iamDatabaseAuthenticationEnabled'),
    }),
    live: { engineVersionActual },
  };
}

/** The parameters that a person asked for, of the group for the version that was last asked for. */
function parametersOf(observed: Observed, engine: Engine, engineVersion: unknown): Fields {
  const major = typeof engineVersion === 'string' ? majorOf(engine, engineVersion) : undefined;
  const list = major === undefined ? undefined : observed.asked(groupOf(engine, major), 'parameter');
  if (!Array.isArray(list)) return {};
  const entries = list.map((item) => [member(item, 'name'), member(item, 'value')] as const);
  const isText = (entry: readonly unknown[]): entry is readonly [string, string] =>
    entry.every((part) => typeof part === 'string');
  return { parameters: Object.fromEntries(entries.filter(isText).filter(([name]) => name !== engine.tls.name)) };
}

function capacityOf(configuration: unknown): JsonValue | undefined {
  const [minCapacity, maxCapacity] = ['minCapacity', 'maxCapacity'].map((key) => member(configuration, key));
  if (typeof minCapacity !== 'number' || typeof maxCapacity !== 'number') return undefined;
  return { minCapacity, maxCapacity };
}

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Only what is there, and of a type that a spec has. */
const known = (fields: Readonly<Record<string, unknown>>): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  ) as Fields;
