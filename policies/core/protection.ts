import type { CrdSchema } from '../../functions/core/schema.ts';
import { at, parameter } from './cel.ts';

/** The parameter that says which objects hold what must not be lost. */
export const protectedTag = {
  type: 'object',
  description: 'The AWS tag that marks what must not be lost. Without it, everything is.',
  required: ['key', 'values'],
  properties: {
    key: { type: 'string', description: 'Name of the tag.', minLength: 1 },
    values: {
      type: 'array',
      description: 'Values that mark.',
      minItems: 1,
      items: { type: 'string', minLength: 1 },
    },
  },
} as const satisfies CrdSchema;

/** The recommended mark. */
export const productionTag = { key: 'environment', values: ['production'] } as const;

/** Whether an object, managed resource or request, is marked. */
export const isProtected = (object: string): string =>
  `(!has(variables.params.protectedTag) || ${at(object, 'spec.resourceConfig.tags')}[?variables.params.protectedTag.key]
    .or(${parameter(object, 'tags')}[?variables.params.protectedTag.key]).orValue('') in variables.params.protectedTag.values)`;

/** Whether the managed resource of either scope stays in AWS when it is deleted here. */
export const stays = (object: string): string =>
  `(${at(object, 'spec.deletionPolicy')}.orValue('Delete') == 'Orphan'
    || !${at(object, 'spec.managementPolicies')}.orValue(['*']).exists(action, action in ['*', 'Delete']))`;
