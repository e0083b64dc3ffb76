import type { Rule } from './rule.ts';

/**
 * `x-kubernetes-list-type` and its map keys: a set has unique elements, as has `uniqueItems`.
 *
 * Not expressed: that a list of type map has one element per key, which JSON Schema can't say; dropped with a note.
 */
export const listType: Rule = {
  keywords: ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'uniqueItems'],
  kind: 'verdict',
  apply(schema, out, context) {
    if (schema['x-kubernetes-list-type'] === 'set' || schema.uniqueItems) out.uniqueItems = true;
    if (schema['x-kubernetes-list-type'] !== 'map') return;
    const keys = (schema['x-kubernetes-list-map-keys'] ?? []).join(', ');
    context.note('KEYWORD_DROPPED', `x-kubernetes-list-type map: one element per ${keys || 'key'}`);
  },
};
