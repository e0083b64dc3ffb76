import type { Rule } from './rule.ts';

/**
 * `x-kubernetes-list-type` and its map keys: a set has unique elements, as has `uniqueItems`; so has a map, whose
 * equal elements have equal keys.
 *
 * Not expressed: that a list of type map has one element per key where the elements differ otherwise; noted.
 */
export const listType: Rule = {
  keywords: ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'uniqueItems'],
  kind: 'verdict',
  apply(schema, out, context) {
    const listType = schema['x-kubernetes-list-type'];
    if (schema.uniqueItems || listType === 'set' || listType === 'map') out.uniqueItems = true;
    if (listType !== 'map') return;
    const keys = (schema['x-kubernetes-list-map-keys'] ?? []).join(', ');
    context.lose('KEYWORD_DROPPED', `x-kubernetes-list-type map: one element per ${keys || 'key'}`);
  },
};
