import type { CrdSchema } from '../schema.ts';

/** How a claim says which changes wait for an approval. */
export const approval = {
  type: 'string',
  description:
    'Which changes wait until somebody approves them: disruptive for those that interrupt what uses it, or none. Without it, disruptive while deletionProtection is on, else none.',
  enum: ['none', 'disruptive'],
} as const satisfies CrdSchema;

/** How a claim says that what needed a restart has had one. */
export const restarted = {
  type: 'string',
  description:
    'Any text, for instance a date. A new one says that somebody has restarted the database, and clears RestartPending. Without it, RestartPending stays until another change restarts the database.',
  maxLength: 63,
} as const satisfies CrdSchema;

/** Changes that were made and have no effect yet. */
export const pendingChanges = {
  type: 'array',
  description:
    'Changes that were made and have no effect yet, inferred from what was asked and what AWS reports, since the provider does not show what AWS has queued.',
  items: {
    type: 'object',
    properties: {
      field: { type: 'string', description: 'Field of the spec.' },
      from: { type: 'string', description: 'What holds until then, as JSON.' },
      to: { type: 'string', description: 'What was asked for, as JSON.' },
      impact: { type: 'string', description: 'What happens when it takes effect.' },
      takesEffect: { type: 'string', description: 'When: window for the maintenance window, reboot for a restart.' },
      restarted: { type: 'string', description: 'What changes.restarted said when the change was made.' },
      inferred: { type: 'boolean', description: 'Always true: no AWS API was asked.' },
    },
  },
} as const satisfies CrdSchema;
