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
    },
  },
};
