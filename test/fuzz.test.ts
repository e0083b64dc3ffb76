import { describe, test } from 'vitest';
import { targets } from './fuzz/targets.ts';

// A few of the cases that `npm run fuzz` tries by the hundred thousand; another seed would make this fail by chance.
describe.each(targets)('hostile $name', (target) => {
  test(target.law, () => target.run(1, 300));
});
