import type { Examples } from '../core/blueprint.ts';

export const examples: Examples = {
  claim: { name: 'platform', spec: { resourceConfig: { region: 'eu-west-1' } } },
  full: {
    name: 'shared',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        providerConfigName: 'aws-provider-config',
        tags: { team: 'platform' },
      },
      cidr: '10.64.0.0/16',
      zoneCount: 2,
      zones: ['eu-west-1a', 'eu-west-1c'],
      isolatedSubnets: true,
      subnetPrefixes: { public: 24, private: 20, isolated: 24 },
      nat: 'single',
      ipv6: true,
      gatewayEndpoints: ['s3'],
      interfaceEndpoints: ['ecr.api', 'ecr.dkr', 'sts'],
      flowLogs: 'all',
      flowLogRetentionDays: 14,
    },
  },
  production: {
    name: 'production',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        tags: { team: 'platform', environment: 'production' },
      },
      cidr: '10.32.0.0/16',
      isolatedSubnets: true,
      nat: 'perZone',
      interfaceEndpoints: ['ec2', 'ecr.api', 'ecr.dkr', 'logs', 'sts'],
      flowLogRetentionDays: 365,
    },
  },
  existing: {
    name: 'legacy',
    spec: {
      resourceConfig: { region: 'eu-west-1' },
      existing: {
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        subnetIds: {
          public: ['subnet-0a1b2c3d4e5f60711'],
          private: ['subnet-0a1b2c3d4e5f60712', 'subnet-0a1b2c3d4e5f60713'],
          isolated: ['subnet-0a1b2c3d4e5f60714'],
        },
      },
    },
  },
};
