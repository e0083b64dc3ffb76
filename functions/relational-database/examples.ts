import { apiVersionName, type Examples, groups } from '../core/blueprint.ts';
import type { Form } from '../core/managed.ts';
import type { KubernetesObject } from '../core/resource.ts';

const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const vpc = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b1c2d3e4f5a60719'],
};

export const examples: Examples = {
  claim: {
    name: 'orders',
    spec: {
      resourceConfig: { region: 'eu-west-1' },
      engineVersion: '16',
      ...vpc,
      ingress: { cidrs: ['10.0.0.0/16'] },
      writeConnectionSecretToRef: { name: 'orders-database' },
    },
  },
  full: {
    name: 'catalogue',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        name: 'team-a-catalogue',
        deletionPolicy: 'Orphan',
        providerConfigName: 'aws-provider-config',
        tags: { team: 'catalogue' },
      },
      engine: 'postgres',
      engineVersion: '16.4',
      ...vpc,
      ingress: { cidrs: ['10.0.0.0/16', 'fd00:1::/64'], securityGroupIds: ['sg-0a1b2c3d4e5f60718'] },
      port: 6432,
      databaseName: 'catalogue',
      username: 'owner',
      passwordSecretRef: { name: 'catalogue-owner', key: 'password' },
      iamAuthentication: true,
      storageGB: 400,
      maxStorageGB: 1000,
      storageType: 'gp3',
      iops: 12000,
      kmsKeyArn,
      instanceClass: 'db.r7g.large',
      multiAz: true,
      readers: 1,
      backupRetentionDays: 14,
      backupWindow: '02:00-03:00',
      maintenanceWindow: 'sun:03:30-sun:04:30',
      deletionProtection: true,
      skipFinalSnapshot: false,
      blueGreen: false,
      changes: { apply: 'window' },
      performanceInsights: true,
      monitoringIntervalSeconds: 15,
      logExports: ['postgresql'],
      caCertificate: 'rds-ca-ecc384-g1',
      writeConnectionSecretToRef: { name: 'catalogue-database' },
    },
  },
  mysql: {
    name: 'sessions',
    spec: {
      resourceConfig: { region: 'eu-west-1' },
      engine: 'mysql',
      engineVersion: '8.4',
      networkRef: { name: 'main' },
      ingress: { cidrs: ['10.0.0.0/16'] },
      passwordSecretRef: { name: 'catalogue-owner', key: 'password' },
      blueGreen: true,
      writeConnectionSecretToRef: { name: 'sessions-database' },
    },
  },
  production: {
    name: 'ledger',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        tags: { team: 'ledger', environment: 'production' },
      },
      engineVersion: '17',
      networkRef: { name: 'main' },
      ingress: { securityGroupIds: ['sg-0a1b2c3d4e5f60718'] },
      storageGB: 100,
      maxStorageGB: 500,
      kmsKeyArn,
      instanceClass: 'db.m7g.large',
      multiAz: true,
      backupRetentionDays: 35,
      backupWindow: '01:00-02:00',
      maintenanceWindow: 'tue:02:30-tue:03:30',
      writeConnectionSecretToRef: { name: 'ledger-database' },
    },
  },
};

/** The Secret and the Network that examples name. */
export const surroundings = (form: Form, namespace: string): readonly KubernetesObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'catalogue-owner', namespace },
    data: { password: Buffer.from('not-a-real-password').toString('base64') },
  },
  {
    apiVersion: `${groups[form]}/${apiVersionName}`,
    kind: 'Network',
    metadata: { name: 'main', namespace },
    status: {
      vpcId: vpc.vpcId,
      cidr: '10.0.0.0/16',
      subnets: [
        { id: 'subnet-0a1b2c3d4e5f60717', tier: 'public', zone: 'eu-west-1a', cidr: '10.0.0.0/24' },
        { id: vpc.subnetIds[0], tier: 'private', zone: 'eu-west-1a', cidr: '10.0.64.0/24' },
        { id: vpc.subnetIds[1], tier: 'private', zone: 'eu-west-1b', cidr: '10.0.65.0/24' },
      ],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  },
];
