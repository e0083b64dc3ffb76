import { bucketFields, bucketResourceConfig } from '../core/parts/bucket.ts';
import type { ObjectSchema } from '../core/schema.ts';

export const spec = {
  type: 'object',
  required: ['resourceConfig'],
  properties: { resourceConfig: bucketResourceConfig, ...bucketFields },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  properties: {
    bucketName: { type: 'string', description: 'Name of the bucket.' },
    bucketArn: { type: 'string', description: 'ARN of the bucket.' },
    region: { type: 'string', description: 'AWS region of the bucket.' },
  },
} as const satisfies ObjectSchema;
