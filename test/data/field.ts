// SPDX-License-Identifier: Apache-2.0
// The fields of a collection, and how each type goes over the wire.

export const scalarTypes = {
  Bool: { number: 1, key: 'bool_data' },
  Int8: { number: 2, key: 'int_data' },
  Int16: { number: 3, key: 'int_data' },
  Int32: { number: 4, key: 'int_data' },
  Int64: { number: 5, key: 'long_data' },
  Float: { number: 10, key: 'float_data' },
  Double: { number: 11, key: 'double_data' },
  VarChar: { number: 21, key: 'string_data' },
  JSON: { number: 23, key: 'json_data' },
} as const;

export const vectorTypes = {
  BinaryVector: { number: 100, key: 'binary_vector' },
  FloatVector: { number: 101, key: 'float_vector' },
  Float16Vector: { number: 102, key: 'float16_vector' },
} as const;

export const arrayType = 22;

export type ScalarType = keyof typeof scalarTypes;
export type ElementType = Exclude<ScalarType, 'JSON'>;
export type VectorType = keyof typeof vectorTypes;

export type Field = {
  name: string;
  description: string;
  isKey?: true;
  autoID?: true;
  isPartitionKey?: true;
  /** Stored in the schema only: a row that leaves the field out kills 2.3.5 (see refusals.ts). */
  defaultValue?: object;
} & (
  | { type: ScalarType; maxLength?: number }
  | { type: 'Array'; element: ElementType; capacity: number; maxLength?: number }
  | { type: VectorType; dim: number }
);

/**
 * As compared: int64 as decimal text, float as the nearest float32, JSON as the text that was sent, binary and half
 * vectors as bytes.
 */
export type Value = boolean | number | string | readonly (boolean | number | string)[] | Buffer;

/** In the order of the definition's fields; with a dynamic field its JSON text comes last. */
export type Row = Value[];

export function isVector(field: Field): field is Field & { type: VectorType; dim: number } {
  return field.type in vectorTypes;
}

/** As bytes of one row's vector; for float vectors elements. */
export function widthOf({ type, dim }: { type: VectorType; dim: number }): number {
  if (type === 'FloatVector') return dim;
  return type === 'BinaryVector' ? dim / 8 : dim * 2;
}

export function typeNumber(field: Field): number {
  if (field.type === 'Array') return arrayType;
  return isVector(field) ? vectorTypes[field.type].number : scalarTypes[field.type].number;
}
