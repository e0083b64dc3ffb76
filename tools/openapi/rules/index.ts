import { additionalProperties } from './additional-properties.ts';
import { annotations } from './annotations.ts';
import { maximum, minimum } from './bounds.ts';
import { closed } from './closed.ts';
import { conditional } from './conditional.ts';
import { constant } from './const.ts';
import { contains } from './contains.ts';
import { content } from './content.ts';
import { defaults } from './default.ts';
import { dependent } from './dependent.ts';
import { dynamicRef } from './dynamic-ref.ts';
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
import { patternProperties } from './pattern-properties.ts';
import { preserveUnknownFields } from './preserve-unknown-fields.ts';
import { properties } from './properties.ts';
import { ref } from './ref.ts';
import { required } from './required.ts';
import type { Rule } from './rule.ts';
import { sourceOnly } from './source-only.ts';
import { type } from './type.ts';
import { unevaluated } from './unevaluated.ts';
import { validations } from './validations.ts';
import { verbatim } from './verbatim.ts';

/**
 * Every rule, in the order in which they run on a node.
 *
 * Order matters in six places: `format` narrows the bounds and the pattern written before it; `unevaluated` fills what
 * `items` and `additionalProperties` left open; `required` needs what `properties` and `closed` wrote;
 * `embeddedResource` adds to both; `intOrString` and then `nullable` rearrange all; `ref` decides what may stay.
 */
export const rules: readonly Rule[] = [
  annotations,
  defaults,
  type,
  enumeration,
  constant,
  minimum,
  maximum,
  verbatim,
  pattern,
  format,
  listType,
  items,
  contains,
  properties,
  patternProperties,
  additionalProperties,
  unevaluated,
  closed,
  required,
  dependent,
  mapType,
  preserveUnknownFields,
  embeddedResource,
  validations,
  content,
  junctions,
  conditional,
  intOrString,
  nullable,
  sourceOnly,
  dynamicRef,
  ref,
];
