import type { ParameterTable } from './parameters.ts';

/** What differs between the database engines. */
export interface Engine {
  /** Whether it is an Aurora cluster, which has storage, password and backups of its own and instances beside them. */
  readonly cluster: boolean;
  readonly port: number;
  /**
   * Major versions in standard support, oldest first: those with a version that aws-cdk-lib 2.276.0 (aws-rds, read
   * 2026-11-23) does not mark as deprecated, without MySQL 5.7 (extended support only).
   */
  readonly versions: readonly string[];
  /** Name of a parameter group family before the major version. */
  readonly family: string;
  /** Whose parameters it has. */
  readonly parameters: ParameterTable;
  /** The parameter by which the engine refuses connections without TLS. */
  readonly tls: { readonly name: string; readonly value: string };
  /** What RDS Proxy calls the protocol. */
  readonly proxyFamily: 'POSTGRESQL' | 'MYSQL';
  /**
   * Instance classes without Performance Insights, as a pattern (Amazon RDS and Aurora user guides, "DB engine, Region, and
   * instance class support for Database Insights", read 2026-11-23); undefined where every class has it.
   */
  readonly classesWithoutInsights?: string;
  /** Logs that RDS can send to CloudWatch Logs (Amazon RDS and Aurora user guides, "Publishing database logs"). */
  readonly logs: readonly string[];
  /** Those that are sent where nobody says otherwise: what an engine reports of itself, and no statements. */
  readonly defaultLogs: readonly string[];
}

const smallClasses = '^db[.]t(2|3|4g)[.](micro|small)$';
const mysqlLogs = ['audit', 'error', 'general', 'slowquery'] as const;

/** Every engine of the blueprint. */
export const engines = {
  postgres: {
    cluster: false,
    port: 5432,
    versions: ['14', '15', '16', '17', '18'],
    family: 'postgres',
    parameters: 'postgresql',
    tls: { name: 'rds.force_ssl', value: '1' },
    proxyFamily: 'POSTGRESQL',
    logs: ['postgresql', 'upgrade', 'iam-db-auth-error'],
    defaultLogs: ['postgresql', 'upgrade'],
  },
  mysql: {
    cluster: false,
    port: 3306,
    versions: ['8.0', '8.4'],
    family: 'mysql',
    parameters: 'mysql',
    classesWithoutInsights: smallClasses,
    tls: { name: 'require_secure_transport', value: '1' },
    proxyFamily: 'MYSQL',
    logs: [...mysqlLogs, 'iam-db-auth-error'],
    defaultLogs: ['error'],
  },
  mariadb: {
    cluster: false,
    port: 3306,
    versions: ['10.6', '10.11', '11.4', '11.8'],
    family: 'mariadb',
    parameters: 'mariadb',
    classesWithoutInsights: smallClasses,
    tls: { name: 'require_secure_transport', value: '1' },
    proxyFamily: 'MYSQL',
    logs: [...mysqlLogs, 'iam-db-auth-error'],
    defaultLogs: ['error'],
  },
  'aurora-postgresql': {
    cluster: true,
    port: 5432,
    versions: ['14', '15', '16', '17', '18'],
    family: 'aurora-postgresql',
    parameters: 'postgresql',
    tls: { name: 'rds.force_ssl', value: '1' },
    proxyFamily: 'POSTGRESQL',
    logs: ['postgresql', 'iam-db-auth-error', 'instance'],
    defaultLogs: ['postgresql'],
  },
  'aurora-mysql': {
    cluster: true,
    port: 3306,
    versions: ['8.0'],
    family: 'aurora-mysql',
    parameters: 'mysql',
    classesWithoutInsights: '^db[.](t[23][.].+|t4g[.](micro|small))$',
    // Aurora spells out what RDS for MySQL says with 1 (Amazon Aurora user guide, "Requiring an SSL/TLS connection").
    tls: { name: 'require_secure_transport', value: 'ON' },
    proxyFamily: 'MYSQL',
    logs: [...mysqlLogs, 'iam-db-auth-error', 'instance'],
    defaultLogs: ['error'],
  },
} as const satisfies Record<string, Engine>;

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as readonly EngineName[];

/** The major version that an asked or actual version belongs to; undefined when the engine has no such version. */
export const majorOf = ({ versions }: Engine, version: string): string | undefined =>
  versions.find((major) => version === major || version.startsWith(`${major}.`));
