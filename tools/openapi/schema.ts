import type { OpenAPIV3 } from 'openapi-types';
import type { ChangeImpact, JsonValue } from '../../functions/core/schema.ts';

interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
  readonly optionalOldSelf?: boolean;
}

type Restated =
  | 'type'
  | 'properties'
  | 'additionalProperties'
  | 'allOf'
  | 'oneOf'
  | 'anyOf'
  | 'not'
  | 'required'
  | 'enum'
  | 'default'
  | 'example'
  | 'minimum'
  | 'maximum'
  | 'exclusiveMinimum'
  | 'exclusiveMaximum'
  | 'multipleOf';

/** Keywords that hold no schema and mean the same in every source, but for numbers. */
type Plain = Readonly<Omit<OpenAPIV3.BaseSchemaObject, Restated>>;

interface KubernetesKeywords {
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly 'x-change-impact'?: ChangeImpact;
}

interface Values {
  readonly required?: readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly default?: JsonValue;
  readonly example?: JsonValue;
}

/** An OpenAPI 3.0 schema as Kubernetes' structural schemas use it, readonly so that literals `as const` fit. */
export interface StructuralSchema extends Plain, KubernetesKeywords, Values {
  readonly type?: OpenAPIV3.NonArraySchemaObjectType | OpenAPIV3.ArraySchemaObjectType;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: boolean | StructuralSchema;
  readonly items?: StructuralSchema;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
}

/** A number of a schema; one that a double can't hold exactly is read as bigint, so that no digit is lost. */
export type Numeric = number | bigint;

/** A schema, or the short forms of OpenAPI 3.1 for one that takes everything or nothing. */
export type Subschema = SourceSchema | boolean;

type Subschemas = Readonly<Record<string, Subschema>>;

/** A schema as it may be written in OpenAPI 3.0, OpenAPI 3.1 (JSON Schema 2020-12) or a CRD. */
export interface SourceSchema extends Plain, KubernetesKeywords, Values {
  readonly $ref?: string;
  readonly $defs?: Subschemas;
  readonly definitions?: Subschemas;
  readonly $schema?: string;
  readonly $id?: string;
  readonly $anchor?: string;
  readonly $dynamicRef?: string;
  readonly $dynamicAnchor?: string;
  readonly $comment?: string;
  readonly $vocabulary?: JsonValue;
  readonly type?: string | readonly string[];
  readonly const?: JsonValue;
  readonly minimum?: Numeric;
  readonly maximum?: Numeric;
  readonly exclusiveMinimum?: boolean | Numeric;
  readonly exclusiveMaximum?: boolean | Numeric;
  readonly multipleOf?: Numeric;
  readonly properties?: Subschemas;
  readonly patternProperties?: Subschemas;
  readonly additionalProperties?: Subschema;
  readonly propertyNames?: Subschema;
  readonly unevaluatedProperties?: Subschema;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly dependentSchemas?: Subschemas;
  readonly items?: Subschema;
  readonly prefixItems?: readonly Subschema[];
  readonly contains?: Subschema;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly unevaluatedItems?: Subschema;
  readonly allOf?: readonly Subschema[];
  readonly anyOf?: readonly Subschema[];
  readonly oneOf?: readonly Subschema[];
  readonly not?: Subschema;
  readonly if?: Subschema;
  readonly then?: Subschema;
  readonly else?: Subschema;
  readonly examples?: readonly JsonValue[];
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  readonly contentSchema?: Subschema;
}

type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

/** A JSON Schema in the keywords that the converter writes, over all drafts. */
export type JsonSchema = {
  $schema?: string;
  $ref?: string;
  $comment?: string;
  title?: string;
  description?: string;
  default?: JsonValue;
  examples?: readonly JsonValue[];
  deprecated?: boolean;
  readOnly?: boolean;
  writeOnly?: boolean;
  type?: JsonType | JsonType[];
  enum?: readonly JsonValue[];
  const?: JsonValue;
  format?: string;
  pattern?: string;
  contentEncoding?: string;
  contentMediaType?: string;
  contentSchema?: JsonSchema;
  minLength?: number;
  maxLength?: number;
  minimum?: Numeric;
  maximum?: Numeric;
  exclusiveMinimum?: Numeric | boolean;
  exclusiveMaximum?: Numeric | boolean;
  multipleOf?: Numeric;
  items?: JsonSchema | JsonSchema[] | boolean;
  prefixItems?: JsonSchema[];
  additionalItems?: boolean | JsonSchema;
  contains?: JsonSchema;
  minContains?: number;
  maxContains?: number;
  unevaluatedItems?: boolean | JsonSchema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  unevaluatedProperties?: boolean | JsonSchema;
  dependencies?: Record<string, JsonSchema | readonly string[]>;
  dependentRequired?: Record<string, readonly string[]>;
  dependentSchemas?: Record<string, JsonSchema>;
  required?: readonly string[];
  minProperties?: number;
  maxProperties?: number;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  not?: JsonSchema;
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  definitions?: Record<string, JsonSchema>;
  $defs?: Record<string, JsonSchema>;
};
