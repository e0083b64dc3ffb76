import type { Rule } from './rule.ts';

/**
 * Keywords of a source that organise it and say nothing of a value: `$defs` (what a reference needs is taken from
 * there), `$schema`, `$comment`, `$anchor` and the like.
 */
export const sourceOnly: Rule = {
  keywords: ['$defs', 'definitions', '$schema', '$comment', '$id', '$anchor', '$dynamicAnchor', '$vocabulary'],
  kind: 'prose',
  apply() {},
};
