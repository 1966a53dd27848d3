// SPDX-License-Identifier: Apache-2.0
// Rows as Milvus takes and gives them: one column per field.
import {
  arrayType,
  isVector,
  scalarTypes,
  vectorTypes,
  widthOf,
  type ElementType,
  type Field,
  type Row,
  type ScalarType,
  type Value,
} from './field.ts';

/** One `FieldData` of the protocol. */
export type Column = {
  field_name: string;
  type: number | string;
  is_dynamic?: boolean;
  scalars?: Record<string, unknown>;
  vectors?: Record<string, unknown>;
};

/** `fields` without the ones that Milvus fills itself; `dynamic`: the rows end in the text of `$meta`. */
export function columnsOf(fields: readonly Field[], dynamic: boolean, rows: readonly Row[]): Column[] {
  const columns = fields.map((field, at) =>
    columnOf(
      field,
      rows.map((row) => row[at] as Value),
    ),
  );
  if (!dynamic) return columns;
  const texts = rows.map((row) => Buffer.from(row[fields.length] as string));
  const meta = { type: scalarTypes.JSON.number, scalars: { json_data: { data: texts } } };
  return [...columns, { field_name: '', is_dynamic: true, ...meta }];
}

function columnOf(field: Field, values: Value[]): Column {
  if (isVector(field)) return vectorColumn(field, values);
  if (field.type === 'Array') {
    const { element } = field;
    const data = values.map((value) => scalarData(element, value as Value[]));
    const array = { element_type: scalarTypes[element].number, data };
    return { field_name: field.name, type: arrayType, scalars: { array_data: array } };
  }
  const type = field.type;
  return { field_name: field.name, type: scalarTypes[type].number, scalars: scalarData(type, values) };
}

function scalarData(type: ScalarType, values: Value[]): Record<string, unknown> {
  const data = type === 'JSON' ? values.map((text) => Buffer.from(text as string)) : values;
  return { [scalarTypes[type].key]: { data } };
}

function vectorColumn(
  field: Field & { type: keyof typeof vectorTypes; dim: number },
  values: Value[],
): Column {
  const { number, key } = vectorTypes[field.type];
  const data =
    field.type === 'FloatVector'
      ? { data: (values as number[][]).flat() }
      : Buffer.concat(values as Buffer[]);
  return { field_name: field.name, type: number, vectors: { dim: field.dim, [key]: data } };
}

/** The rows of a query's answer, whatever the order of its columns. */
export function rowsOf(fields: readonly Field[], dynamic: boolean, columns: readonly Column[]): Row[] {
  const read = fields.map((field) => valuesOf(field, findColumn(columns, field.name)));
  if (dynamic) read.push(scalarValues('JSON', findColumn(columns, '$meta').scalars));
  const count = Math.max(0, ...read.map((values) => values.length));
  return Array.from({ length: count }, (_, at) => read.map((values) => values[at] as Value));
}

function findColumn(columns: readonly Column[], name: string): Column {
  const column = columns.find(({ field_name: known }) => known === name);
  if (column === undefined) throw new Error(`The answer has no column ${name}`);
  return column;
}

function valuesOf(field: Field, column: Column): Value[] {
  if (isVector(field)) return vectorValues(field, column.vectors ?? {});
  if (field.type !== 'Array') return scalarValues(field.type, column.scalars);
  const { element } = field;
  const { data = [] } = (column.scalars?.['array_data'] ?? {}) as { data?: Record<string, unknown>[] };
  return data.map((one) => scalarValues(element, one) as Value);
}

function scalarValues(type: ScalarType | ElementType, scalars: Record<string, unknown> = {}): Value[] {
  const { data = [] } = (scalars[scalarTypes[type].key] ?? {}) as { data?: unknown[] };
  return type === 'JSON' ? data.map((bytes) => (bytes as Buffer).toString()) : (data as Value[]);
}

function vectorValues(
  field: Field & { type: keyof typeof vectorTypes; dim: number },
  vectors: Record<string, unknown>,
): Value[] {
  const data = vectors[vectorTypes[field.type].key];
  const flat = field.type === 'FloatVector' ? (data as { data?: number[] } | undefined)?.data : data;
  const all = (flat ?? []) as number[] | Buffer;
  const width = widthOf(field);
  return Array.from({ length: all.length / width }, (_, at) => all.slice(at * width, (at + 1) * width));
}
