import { additionalProperties } from './additional-properties.ts';
import { annotations } from './annotations.ts';
import { maximum, minimum } from './bounds.ts';
import { closed } from './closed.ts';
import { defaults } from './default.ts';
import { embeddedResource } from './embedded-resource.ts';
import { enumeration } from './enum.ts';
import { format } from './format.ts';
import { intOrString } from './int-or-string.ts';
import { items } from './items.ts';
import { junctions } from './junctions.ts';
import { listType } from './list-type.ts';
import { mapType } from './map-type.ts';
import { nullable } from './nullable.ts';
import { pattern } from './pattern.ts';
import { preserveUnknownFields } from './preserve-unknown-fields.ts';
import { properties } from './properties.ts';
import { required } from './required.ts';
import type { Rule } from './rule.ts';
import { type } from './type.ts';
import { validations } from './validations.ts';
import { verbatim } from './verbatim.ts';

/**
 * Every rule, in the order in which they run on a node.
 *
 * Order matters in four places: `format` narrows the bounds and the pattern written before it; `required` needs what
 * `properties` and `closed` wrote; `embeddedResource` adds to both; `intOrString` and then `nullable` rearrange all.
 */
export const rules: readonly Rule[] = [
  annotations,
  defaults,
  type,
  enumeration,
  minimum,
  maximum,
  verbatim,
  pattern,
  format,
  listType,
  items,
  properties,
  additionalProperties,
  closed,
  required,
  mapType,
  preserveUnknownFields,
  embeddedResource,
  validations,
  junctions,
  intOrString,
  nullable,
];
