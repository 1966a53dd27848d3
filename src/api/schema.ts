// SPDX-License-Identifier: Apache-2.0
// The vocabulary of our schemas: what a structural schema of a CRD may hold, and the words that build one. Each word
// asks for a description and for bounds, so that a schema without them does not compile or does not pass its linter.

/** A CEL rule. Every one has a message that says what to write instead. */
export type Rule = {
  rule: string;
  message: string;
  /** Not FieldValueDuplicate: with it the API server leaves the message out (measured). */
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  /** Below the field that the rule stands on, such as `.include`. */
  fieldPath?: string;
};

/** The part of JSONSchemaProps that we use; what is missing here may not be used (no $ref, oneOf, patternProperties). */
export type Schema = {
  /** Left out only beside x-kubernetes-int-or-string. */
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  description: string;
  default?: unknown;
  enum?: readonly string[];
  format?: 'int32' | 'int64' | 'date-time';
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  minProperties?: number;
  maxProperties?: number;
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema;
  required?: readonly string[];
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic';
  'x-kubernetes-validations'?: readonly Rule[];
};

export type Properties = Readonly<Record<string, Schema>>;
type More = Omit<Partial<Schema>, 'type' | 'description'>;

/** A string of at most `maxLength` characters. */
export function text(description: string, maxLength: number, more: More = {}): Schema {
  return { description, type: 'string', maxLength, ...more };
}

/** One of a closed list of words. */
export function choice(description: string, words: readonly string[], standard?: string): Schema {
  const maxLength = Math.max(...words.map((word) => word.length));
  return { description, type: 'string', enum: words, maxLength, ...standardOf(standard) };
}

export function flag(description: string, standard?: boolean): Schema {
  return { description, type: 'boolean', ...standardOf(standard) };
}

/** An integer within bounds; above 32 bits it is an int64, so a bound is always a safe number. */
export function integer(
  description: string,
  { min, max, standard }: { min: number; max: number; standard?: number },
): Schema {
  const format = max > 2 ** 31 - 1 ? 'int64' : 'int32';
  return { description, type: 'integer', format, minimum: min, maximum: max, ...standardOf(standard) };
}

/** A count or an amount of bytes in a status. */
export function amount(description: string): Schema {
  return { description, type: 'integer', format: 'int64', minimum: 0 };
}

/** A point in time, RFC 3339. */
export function time(description: string): Schema {
  return { description, type: 'string', format: 'date-time', maxLength: 64 };
}

/** An object of known fields; `required` are those that a person must write. */
export function object(
  description: string,
  properties: Properties,
  { required = [], rules = [], more = {} }: { required?: string[]; rules?: Rule[]; more?: More } = {},
): Schema {
  return {
    description,
    type: 'object',
    ...more,
    ...(required.length > 0 ? { required } : {}),
    properties,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}

export function list(description: string, items: Schema, maxItems: number, more: More = {}): Schema {
  return { description, type: 'array', maxItems, 'x-kubernetes-list-type': 'atomic', ...more, items };
}

/** A map of strings to `values`. */
export function map(description: string, values: Schema, maxProperties: number, rules: Rule[] = []): Schema {
  return {
    description,
    type: 'object',
    maxProperties,
    additionalProperties: values,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}

/**
 * The object is written out with the defaults of its fields where it is left out. As a whole: the API server holds a
 * default against the rules before it fills in what is nested (measured), so `{}` would be refused.
 */
export function withDefaults(schema: Schema): Schema {
  const entries = Object.entries(schema.properties ?? {}).filter(
    ([, { default: value }]) => value !== undefined,
  );
  return {
    ...schema,
    default: Object.fromEntries(entries.map(([name, property]) => [name, property.default])),
  };
}

/** Adds rules to a schema that has some or none. */
export function withRules(schema: Schema, ...rules: Rule[]): Schema {
  const all = [...(schema['x-kubernetes-validations'] ?? []), ...rules];
  return { ...schema, 'x-kubernetes-validations': all };
}

/** A string literal of CEL. */
export function cel(value: string): string {
  return `'${value.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;
}

/**
 * The fields of `properties` but for `except` never change. Stands on their parent: a transition rule on an optional
 * field itself is skipped when the field comes or goes.
 */
export function frozen(shape: Schema, except: readonly string[], advice: string): Rule[] {
  return Object.entries(shape.properties ?? {})
    .filter(([name]) => !except.includes(name))
    .map(([name, property]) => ({
      rule: isAlwaysThere(shape, name, property) ? same(name) : sameOrAbsent(name),
      message: `${name} is immutable: ${advice}`,
      reason: 'FieldValueForbidden' as const,
      fieldPath: `.${name}`,
    }));
}

function isAlwaysThere(shape: Schema, name: string, property: Schema): boolean {
  return property.default !== undefined || (shape.required ?? []).includes(name);
}

function same(name: string): string {
  return `self.${name} == oldSelf.${name}`;
}

function sameOrAbsent(name: string): string {
  return `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || ${same(name)})`;
}

function standardOf(standard: unknown): { default?: unknown } {
  return standard === undefined ? {} : { default: standard };
}
