import type { Case } from './policy.ts';
import { annotated, deleting, finalized, users } from './samples.ts';

/**
 * The cases that every rule about an object shares, made from one that it refuses: what must pass although it is bad,
 * and what must not.
 */
export function standardCases({ object, message, inventory, parameters }: Case): Case[] {
  const held = finalized(object, 'example.org/keep');
  const world = { ...(inventory && { inventory }), ...(parameters && { parameters }) };
  const cases: Case[] = [
    { name: 'deny-create', object, operation: 'CREATE', user: users.developer },
    { name: 'deny-create-by-crossplane', object, operation: 'CREATE', user: users.crossplane },
  ].map((one) => ({ ...one, ...(message !== undefined && { message }) }) as Case);
  return [
    ...cases,
    { name: 'allow-update-as-bad-as-before', object: annotated(object), old: object, user: users.crossplane },
    { name: 'allow-finalizer-removal', object: deleting(object), old: deleting(held), user: users.provider },
    {
      name: 'allow-finalizer-removal-by-others',
      object: deleting(object),
      old: deleting(held),
      user: users.crossplane,
    },
    { name: 'allow-delete', object, operation: 'DELETE', user: users.garbageCollector },
    { name: 'allow-exempt-provider', object, operation: 'CREATE', user: users.provider },
    { name: 'allow-exempt-break-glass', object, operation: 'CREATE', user: users.breakGlass },
  ].map((one) => ({ ...one, ...world }) as Case);
}

/** The cases of a rule that spares what only observes, made from a managed resource that it refuses. */
export function observedCases({ object, message, parameters }: Case): Case[] {
  const observed = { ...object, spec: { ...Object(object.spec), managementPolicies: ['Observe'] } };
  const world = { user: users.crossplane, ...(parameters && { parameters }) };
  return [
    { name: 'allow-only-observed', object: observed, operation: 'CREATE', ...world },
    { name: 'deny-taken-over', object, old: observed, ...world, ...(message !== undefined && { message }) },
  ];
}
