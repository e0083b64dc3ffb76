import { type Blueprint, compositeKind, groups } from '../../../functions/core/blueprint.ts';
import { compositeOf } from '../claim.ts';
import type { Document } from '../load.ts';

/**
 * Commands for sh that pause or resume a claim or composite with all that it owns. Composites write what they own, so
 * they are paused first and resumed last.
 */
export function commandsTo(
  verb: 'pause' | 'resume',
  blueprints: readonly Blueprint[],
  document: Document,
  namespace: string,
): string[] {
  const targets = targetsOf(blueprints, document, namespace);
  if (verb === 'pause') return targets.map((one) => `kubectl annotate ${one} crossplane.io/paused=true --overwrite`);
  return targets.reverse().map((one) => `kubectl annotate ${one} crossplane.io/paused-`);
}

/** From the claim down to the managed resources; compositeOf allows only names that sh takes as they are. */
function targetsOf(blueprints: readonly Blueprint[], document: Document, fallback: string): string[] {
  const { blueprint, form } = compositeOf(blueprints, document, undefined);
  const { kind, metadata } = document.object;
  const { name = '', namespace = fallback } = metadata ?? {};
  const { plural } = blueprint;
  if (form === 'namespaced') {
    const owned = `managed -n ${namespace} -l crossplane.io/composite=${name}`;
    return [`${plural}.${groups.namespaced}/${name} -n ${namespace}`, owned];
  }
  if (kind === compositeKind(blueprint, 'claims')) {
    return [`x${plural}.${groups.claims}/${name}`, `managed -l crossplane.io/composite=${name}`];
  }
  const labels = `-l crossplane.io/claim-name=${name},crossplane.io/claim-namespace=${namespace}`;
  return [
    `${plural}.${groups.claims}/${name} -n ${namespace}`,
    `x${plural}.${groups.claims} ${labels}`,
    `managed ${labels}`,
  ];
}
