import { type CrdSchema, type ObjectSchema, resourceConfigFields } from '../core/schema.ts';

const ids = (description: string) =>
  ({
    type: 'array',
    'x-kubernetes-list-type': 'set',
    maxItems: 16,
    description,
    items: { type: 'string', pattern: '^subnet-[0-9a-z]+$' },
  }) as const;

const existing = {
  type: 'object',
  description:
    'A VPC that is there already and is only read, so that others may refer to it by the name of this Network. Without it, a VPC is made.',
  required: ['vpcId', 'subnetIds'],
  'x-change-impact': 'never',
  properties: {
    vpcId: { type: 'string', pattern: '^vpc-[0-9a-z]+$', description: 'Identifier of the VPC.' },
    subnetIds: {
      type: 'object',
      description: 'Identifiers of its subnets by tier.',
      minProperties: 1,
      properties: {
        public: ids('Subnets with a route to an internet gateway. Without it, none.'),
        private: ids('Subnets with a route through NAT at most. Without it, none.'),
        isolated: ids('Subnets without a route to the internet. Without it, none.'),
      },
    },
  },
} as const satisfies CrdSchema;

const prefix = (tier: string, fallback: string) =>
  ({
    type: 'integer',
    minimum: 17,
    maximum: 28,
    description: `Length of the prefix of each ${tier} subnet, in bits. Without it, ${fallback}, at most 28.`,
  }) as const;

const subnetPrefixes = {
  type: 'object',
  description: 'Sizes of the subnets. Default sizes leave room for four zones.',
  default: {},
  'x-change-impact': 'never',
  properties: {
    public: prefix('public', 'six more than the prefix of cidr'),
    private: prefix('private', 'three more than the prefix of cidr'),
    isolated: prefix('isolated', 'six more than the prefix of cidr'),
  },
} as const satisfies CrdSchema;

const rules = [
  { rule: 'self.zoneCount >= oldSelf.zoneCount', message: 'spec.zoneCount can only grow: subnets are never replaced' },
  {
    rule: '!has(oldSelf.zones) || (has(self.zones) && oldSelf.zones.all(zone, zone in self.zones))',
    message: 'spec.zones can only grow: subnets are never replaced',
  },
  {
    rule: '!oldSelf.isolatedSubnets || self.isolatedSubnets',
    message: 'spec.isolatedSubnets can be switched on, not off: subnets are never replaced',
  },
] as const;

export const spec = {
  type: 'object',
  required: ['resourceConfig'],
  'x-kubernetes-validations': rules,
  properties: {
    resourceConfig: {
      type: 'object',
      description: 'Where and how the AWS resources are made.',
      required: ['region'],
      properties: {
        region: {
          type: 'string',
          description: 'AWS region of the network, for instance eu-west-1.',
          'x-change-impact': 'never',
        },
        ...resourceConfigFields,
      },
    },
    existing,
    cidr: {
      type: 'string',
      pattern: '^[0-9]{1,3}([.][0-9]{1,3}){3}/(1[6-9]|2[0-8])$',
      description: 'IPv4 addresses of the VPC, /16 to /28. Default 10.0.0.0/16.',
      default: '10.0.0.0/16',
      'x-change-impact': 'never',
    },
    zoneCount: {
      type: 'integer',
      minimum: 1,
      maximum: 4,
      default: 3,
      description:
        'Number of availability zones, the first ones of the region; of no effect beside zones. Default 3. It can only grow.',
      'x-change-impact': 'live',
    },
    zones: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      minItems: 1,
      maxItems: 4,
      description: 'Names of the availability zones. Without it, the first zoneCount ones. It can only grow.',
      items: { type: 'string', maxLength: 32, pattern: '^[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}[a-z]$' },
      'x-change-impact': 'live',
    },
    isolatedSubnets: {
      type: 'boolean',
      default: false,
      description:
        'Whether there are subnets without a route to the internet, for databases. Default false. It can be switched on, not off.',
      'x-change-impact': 'live',
    },
    subnetPrefixes,
    nat: {
      type: 'string',
      enum: ['none', 'single', 'perZone'],
      default: 'single',
      description:
        'NAT gateways for private subnets: none, a single one in the first zone, or one perZone, so that a zone does not depend on another one. Default single. Open connections end at a change.',
      'x-change-impact': 'restart',
    },
    ipv6: {
      type: 'boolean',
      default: false,
      description:
        'Whether VPC and subnets also have IPv6 addresses, given by AWS; private subnets reach out, and are not reached. Default false.',
      'x-change-impact': 'never',
    },
    gatewayEndpoints: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      maxItems: 2,
      default: ['s3', 'dynamodb'],
      description:
        'Services that every subnet reaches without NAT, free of charge. Default s3 and dynamodb. Open connections to a service end when its endpoint comes or goes.',
      items: { type: 'string', enum: ['s3', 'dynamodb'] },
      // Routes switch, and open TCP connections are cut (AWS PrivateLink guide, gateway endpoints for Amazon S3).
      'x-change-impact': 'restart',
    },
    interfaceEndpoints: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      maxItems: 40,
      description:
        'Services that get an address in every private subnet: a short name, for instance ecr.api, or a full service name. Without it, none.',
      items: {
        type: 'string',
        maxLength: 100,
        pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$',
      },
      'x-change-impact': 'live',
    },
    flowLogs: {
      type: 'string',
      enum: ['none', 'rejected', 'all'],
      default: 'rejected',
      description: 'Which connections are logged to Amazon CloudWatch. Default rejected.',
      'x-change-impact': 'live',
    },
    flowLogRetentionDays: {
      type: 'integer',
      enum: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      default: 30,
      description: 'Days for which flow logs are kept. Default 30.',
      'x-change-impact': 'live',
    },
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    vpcId: { type: 'string', description: 'Identifier of the VPC.' },
    cidr: { type: 'string', description: 'IPv4 addresses of the VPC.' },
    ipv6Cidr: { type: 'string', description: 'IPv6 addresses of the VPC, where it has any.' },
    region: { type: 'string', description: 'AWS region of the network.' },
    subnets: {
      type: 'array',
      description: 'Every subnet, sorted by tier and zone.',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'Identifier of the subnet.' },
          tier: {
            type: 'string',
            enum: ['public', 'private', 'isolated'],
            description: 'How it is reached: public from the internet, private not, isolated has no way out either.',
          },
          zone: { type: 'string', description: 'Availability zone.' },
          cidr: { type: 'string', description: 'IPv4 addresses of the subnet.' },
        },
      },
    },
    natPublicIps: {
      type: 'array',
      description: 'Addresses from which private subnets reach the internet.',
      items: { type: 'string' },
    },
  },
} as const satisfies ObjectSchema;
