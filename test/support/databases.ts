import fc from 'fast-check';
import { type Engine, engineNames, engines } from '../../functions/relational-database/engines.ts';

type Spec = Record<string, unknown>;

const choices = fc.record({
  engine: fc.constantFrom(...engineNames),
  version: fc.nat(),
  minor: fc.option(fc.nat(20)),
  network: fc.constantFrom('platform', 'platform', 'platform', 'elsewhere'),
  secret: fc.constantFrom('catalogue-owner', 'catalogue-owner', 'catalogue-owner', 'elsewhere'),
  cidrs: fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '10.1.2.0/24', 'fd00::/8', '10.1.2.3/32'), { maxLength: 3 }),
  windows: fc.constantFrom({}, { backupWindow: '23:30-00:30', maintenanceWindow: 'sun:01:00-sun:02:00' }),
  storageGB: fc.integer({ min: 20, max: 600 }),
});

/** Makes generated databases mostly such as a person would ask for: fields that exclude each other rarely fit by chance. */
export const fittingDatabases = (specs: fc.Arbitrary<Spec>): fc.Arbitrary<Spec> =>
  fc.tuple(specs, choices).map(([spec, chosen]) => fitting(spec, chosen));

type Choices = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

function fitting(spec: Spec, { engine, version, minor, network, secret, cidrs, windows, storageGB }: Choices): Spec {
  const { versions, logs }: Engine = engines[engine];
  const major = versions[version % versions.length] ?? '';
  const { vpcId, subnetIds, networkRef, passwordSecretRef, readers, blueGreen, ingress, storageType, iops, ...others } =
    spec;
  const { backupWindow: _b, maintenanceWindow: _m, performanceInsights: _p, ...rest } = others;
  const {
    maxStorageGB,
    logExports,
    parameters,
    multiAz,
    serverless,
    restore,
    username,
    databaseName,
    kmsKeyArn,
    proxy,
    ...plain
  } = rest;
  const { cluster }: Engine = engines[engine];
  return {
    ...plain,
    engine,
    engineVersion: minor === null ? major : `${major}.${minor}`,
    ...(!cluster && { storageGB }),
    ...(!cluster && multiAz !== undefined && { multiAz }),
    ...(cluster && serverless !== undefined && { serverless }),
    ...(restore !== undefined && username === undefined
      ? { restore }
      : { username: username ?? 'owner', databaseName: databaseName ?? 'data' }),
    ...(restore === undefined && kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(proxy !== undefined && passwordSecretRef === undefined && { proxy }),
    ...(parameters !== undefined && { parameters: { max_connections: '64', ...Object(parameters) } }),
    ...windows,
    ...(networkRef === undefined && vpcId !== undefined && subnetIds !== undefined
      ? { vpcId, subnetIds }
      : { networkRef: { name: network } }),
    ...(passwordSecretRef !== undefined && { passwordSecretRef: { name: secret, key: 'password' } }),
    readers: (passwordSecretRef === undefined && !cluster) || blueGreen === true ? 0 : Number(readers) % 3,
    blueGreen: !cluster && passwordSecretRef !== undefined && blueGreen === true,
    backupRetentionDays: 7,
    ...(ingress !== undefined && { ingress: { ...Object(ingress), cidrs } }),
    ...(cluster && storageType !== undefined && { storageType: 'aurora-iopt1' }),
    ...(!cluster && storageType === 'io2' && { storageType, iops: iops ?? 1000 }),
    ...(!cluster && maxStorageGB !== undefined && { maxStorageGB: storageGB * 2 }),
    ...(logExports !== undefined && { logExports: logs.slice(0, 2) }),
  };
}
