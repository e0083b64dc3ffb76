import { CodedError } from '../../error.ts';
import type { Rule } from './rule.ts';

/** `x-kubernetes-preserve-unknown-fields`: the object stays open (see `closed`); without a type any value passes. */
export const preserveUnknownFields: Rule = {
  keywords: ['x-kubernetes-preserve-unknown-fields'],
  kind: 'verdict',
  apply(schema, _out, context) {
    if (schema['x-kubernetes-preserve-unknown-fields'] !== false || context.options.structural === false) return;
    const seen = 'x-kubernetes-preserve-unknown-fields: false';
    throw new CodedError('OPENAPI_NOT_STRUCTURAL', context.path(), seen, 'Kubernetes allows true only; leave it out');
  },
};
