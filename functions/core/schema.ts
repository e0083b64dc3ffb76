/**
 * What a change of a field does to what runs:
 * - `live`: takes effect without an interruption,
 * - `restart`: something that uses the resource must restart before it notices, or is interrupted,
 * - `never`: cannot change after creation, since AWS would replace the resource and the provider refuses to.
 */
export type ChangeImpact = 'live' | 'restart' | 'never';

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A structural OpenAPI v3 schema as a CRD takes it, with our annotation for the impact of a change. */
export interface CrdSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: JsonValue;
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: CrdSchema;
  readonly items?: CrdSchema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  /** Stripped from the XRD; an annotation on an object or array holds for all of its content. */
  readonly 'x-change-impact'?: ChangeImpact;
}

/** A schema of an object: the type of a `spec` or `status`. */
export interface ObjectSchema extends CrdSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, CrdSchema>>;
}

type RequiredKey<S> = S extends { required: readonly (infer Key)[] } ? Key : never;

type Present<S, Properties> = {
  [Key in keyof Properties]: Key extends RequiredKey<S>
    ? Key
    : Properties[Key] extends { default: unknown }
      ? Key
      : never;
}[keyof Properties];

type Flat<T> = { [Key in keyof T]: T[Key] };

/** The TypeScript type of the values that a schema literal accepts once the API server has applied its defaults. */
export type FromSchema<S> = S extends { enum: readonly (infer Value)[] }
  ? Value
  : S extends { type: 'string' }
    ? string
    : S extends { type: 'integer' | 'number' }
      ? number
      : S extends { type: 'boolean' }
        ? boolean
        : S extends { type: 'array'; items: infer Items }
          ? FromSchema<Items>[]
          : S extends { properties: infer Properties }
            ? Flat<
                { [Key in Present<S, Properties>]: FromSchema<Properties[Key]> } & {
                  [Key in Exclude<keyof Properties, Present<S, Properties>>]?: FromSchema<Properties[Key]>;
                }
              >
            : S extends { additionalProperties: infer Value }
              ? Record<string, FromSchema<Value>>
              : unknown;

const deletionPolicy = {
  type: 'string',
  description:
    'What happens in AWS when this is deleted: Delete removes it, Orphan leaves the data and everything that protects it. Default Delete.',
  enum: ['Delete', 'Orphan'],
  default: 'Delete',
  'x-change-impact': 'live',
} as const satisfies CrdSchema;

const providerConfigName = {
  type: 'string',
  description:
    "Name of the provider configuration with the AWS credentials. Without it, the platform's default of the Composition. Name another one only for the same AWS account: nothing is moved between accounts.",
  'x-change-impact': 'live',
} as const satisfies CrdSchema;

const tags = {
  type: 'object',
  description:
    "AWS tags, name to value, for every resource that can carry tags. Without it, only the platform's default tags; a tag given here wins over a default tag of that name.",
  additionalProperties: { type: 'string' },
  'x-change-impact': 'live',
} as const satisfies CrdSchema;

/** The members of `spec.resourceConfig` that every blueprint has. */
export const resourceConfigFields = { deletionPolicy, providerConfigName, tags } as const;

/** The block that core itself reads from every spec. */
export interface ResourceConfig {
  readonly deletionPolicy: 'Delete' | 'Orphan';
  readonly providerConfigName?: string;
  readonly tags?: Readonly<Record<string, string>>;
}
