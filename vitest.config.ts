import { defineConfig } from 'vitest/config';

const unit = ['functions/**/*.test.ts', 'tools/**/*.test.ts', 'test/*.test.ts', 'test/properties/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: unit, maxWorkers: '100%', testTimeout: 180_000, hookTimeout: 180_000 } },
      {
        test: {
          name: 'engines',
          include: ['test/engines/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          // Every file starts processes of its own, which mostly wait: two cores serve two such stacks well.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
