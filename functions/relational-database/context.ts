import type { ComposeContext } from '../core/blueprint.ts';
import { Refusal } from '../core/errors.ts';
import { checkRegion, parseArn } from '../core/iam.ts';
import type { Known } from '../core/known.ts';
import { shortHash, slug, uniqueName } from '../core/names.ts';
import type { FromSchema } from '../core/schema.ts';
import { type Engine, engines, majorOf } from './engines.ts';
import type { NetworkFacts } from './network.ts';
import type { spec } from './schema.ts';

export type DatabaseContext = ComposeContext<FromSchema<typeof spec>>;

/** What every part of a database needs to know, worked out once. */
export interface Database {
  readonly engine: Engine;
  readonly region: string;
  /** Identifier of the instance, from which all other names are made. */
  readonly identifier: string;
  readonly port: number;
  readonly major: string;
  /** Whether an exact version was asked for, which AWS must then not change. */
  readonly exact: boolean;
  readonly applyImmediately: boolean;
  /** With Orphan everything stays that the database needs in order to run. */
  readonly orphan: boolean;
}

/** Reads the spec once; what only the function can judge is refused here, before anything is composed. */
export function databaseOf({ spec, identity }: DatabaseContext, existing: string | undefined): Database {
  const engine = engines[spec.engine];
  const region = checkRegion(spec.resourceConfig.region, 'spec.resourceConfig.region');
  const major = majorOf(engine, spec.engineVersion);
  if (major === undefined) {
    const saw = `is "${spec.engineVersion}", and ${spec.engine} has ${engine.versions.join(', ')}`;
    throw new Refusal('ENGINE_VERSION', 'spec.engineVersion', saw);
  }
  checkKey(spec.kmsKeyArn, region);
  const { name = '', deletionPolicy } = spec.resourceConfig;
  const readable = slug([identity.namespace, identity.name].filter((part) => part !== undefined).join('-'));
  return {
    engine,
    region,
    identifier:
      existing ?? (name || uniqueName(/^[a-z]/.test(readable) ? readable : `db-${readable}`, identity.unique, 63)),
    port: spec.port ?? engine.port,
    major,
    exact: spec.engineVersion !== major,
    applyImmediately: spec.changes.apply === 'now',
    orphan: deletionPolicy === 'Orphan',
  };
}

/** `identifier-suffix`, shortened where AWS takes at most 63 characters. */
export function derivedName(identifier: string, suffix: string): string {
  const whole = `${identifier}-${suffix}`;
  return whole.length <= 63 ? whole : `${uniqueName(identifier, identifier, 62 - suffix.length)}-${suffix}`;
}

function checkKey(kmsKeyArn: string | undefined, region: string): void {
  if (kmsKeyArn === undefined) return;
  const key = parseArn(kmsKeyArn);
  if (key?.service === 'kms' && key.region === region) return;
  throw new Refusal('DATABASE_KEY', 'spec.kmsKeyArn', `is ${JSON.stringify(kmsKeyArn)} for a database in ${region}`);
}

/** The last snapshot, under a name of its own for each database: a second one of the same name must find it free. */
export function finalSnapshotOf({ spec, identity }: DatabaseContext, { identifier }: Database) {
  if (spec.skipFinalSnapshot) return { skipFinalSnapshot: true, deleteAutomatedBackups: true };
  const finalSnapshotIdentifier = derivedName(identifier, `final-${shortHash(identity.unique)}`);
  return { skipFinalSnapshot: false, finalSnapshotIdentifier, deleteAutomatedBackups: false };
}

/** What people and applications get to know of a database. */
export interface DatabaseFacts {
  readonly endpoint: Known<string>;
  readonly readerEndpoint: Known<string> | undefined;
  readonly port: Known<number>;
  readonly databaseName: Known<string>;
  readonly username: Known<string>;
  readonly secretArn: Known<string>;
  readonly engineVersionActual: Known<string>;
  readonly parameterGroup: Known<string>;
  /** Of no meaning for Aurora. */
  readonly storageGB: Known<number> | undefined;
  readonly network: NetworkFacts;
  /** Whether AWS is known to refuse the deletion. */
  readonly protected: boolean;
}

/** Refuses an older major version than the one that runs. */
export function checkVersion(actual: unknown, { engine, major }: Database): void {
  if (typeof actual !== 'string') return;
  const running = majorOf(engine, actual);
  if (running === undefined || engine.versions.indexOf(running) <= engine.versions.indexOf(major)) return;
  throw new Refusal('ENGINE_VERSION', 'spec.engineVersion', `is older than ${actual}, which runs`);
}
