import type { Rule } from './rule.ts';

/** `x-kubernetes-map-type`: how appliers merge; it judges nothing. */
export const mapType: Rule = {
  keywords: ['x-kubernetes-map-type'],
  kind: 'prose',
  apply() {},
};
