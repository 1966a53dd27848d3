// SPDX-License-Identifier: Apache-2.0
// Schemas and rows for the suite over Milvus servers. Rows go in by the vendor's own SDK, never by our client.
import { MilvusClient as Sdk } from '@zilliz/milvus2-sdk-node';
import type { FieldMeta, KeyValue, SchemaMeta } from '../../src/format/meta.ts';
import type { CollectionName } from '../../src/milvus/contract.ts';

export const dataType = {
  Bool: 1,
  Int8: 2,
  Int16: 3,
  Int32: 4,
  Int64: 5,
  Float: 10,
  Double: 11,
  VarChar: 21,
  Array: 22,
  JSON: 23,
  BinaryVector: 100,
  FloatVector: 101,
} as const;

export function pairs(record: Record<string, string | number>): KeyValue[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: String(value) }));
}

export function field(
  name: string,
  type: keyof typeof dataType,
  change: Partial<FieldMeta> = {},
  params: Record<string, string | number> = {},
): FieldMeta {
  return {
    fieldID: 0n,
    name,
    is_primary_key: false,
    description: '',
    data_type: dataType[type],
    type_params: pairs(params),
    index_params: [],
    autoID: false,
    element_type: 0,
    is_dynamic: false,
    is_partition_key: false,
    nullable: false,
    default_value_proto: '',
    is_function_output: false,
    default_value_base64: '',
    ...change,
  };
}

export function schemaOf(fields: FieldMeta[], change: Partial<SchemaMeta> = {}): SchemaMeta {
  return {
    name: '',
    description: 'made by the suite',
    autoID: false,
    fields,
    enable_dynamic_field: false,
    properties: [],
    functions: [],
    struct_array_fields: [],
    ...change,
  };
}

export const vector = field('vec', 'FloatVector', {}, { dim: 4 });
export const key = field('id', 'Int64', { is_primary_key: true });

/** The smallest schema: a key and a vector. */
export const smallSchema = schemaOf([key, vector]);

const elements = ['Bool', 'Int8', 'Int16', 'Int32', 'Int64', 'Float', 'Double', 'VarChar'] as const;

function arrayOf(element: (typeof elements)[number]): FieldMeta {
  const length = element === 'VarChar' ? { max_length: 20 } : {};
  const type = { element_type: dataType[element] };
  return field(`array_${element}`, 'Array', type, { max_capacity: 8, ...length });
}

/** Every type of field that 2.3 has, a dynamic field, and descriptions. Of vectors it takes one a collection. */
export const wideSchema = schemaOf(
  [
    field('id', 'Int64', { is_primary_key: true, description: 'the key' }),
    ...(['Bool', 'Int8', 'Int16', 'Int32', 'Int64', 'Float', 'Double'] as const).map((type) =>
      field(`f_${type}`, type),
    ),
    field('f_VarChar', 'VarChar', {}, { max_length: 64 }),
    field('f_JSON', 'JSON'),
    ...elements.map(arrayOf),
    vector,
  ],
  { enable_dynamic_field: true },
);

export type Row = Record<string, unknown>;

/** The same rows for the same numbers. Values are exact in every type, so that they compare equal. */
export function wideRow(i: number): Row {
  return {
    id: i,
    f_Bool: i % 2 === 0,
    f_Int8: (i % 256) - 128,
    f_Int16: (i % 1000) - 500,
    f_Int32: -i,
    f_Int64: i * 1_000_000_007,
    f_Float: i / 4,
    f_Double: i / 8,
    f_VarChar: `row ${i} ü`,
    f_JSON: { i, nested: { list: [i, 'x'] } },
    array_Bool: [true, i % 2 === 0],
    array_Int8: [i % 100, -1],
    array_Int16: [i],
    array_Int32: [i, i + 1, i + 2],
    array_Int64: [],
    array_Float: [i / 2],
    array_Double: [i / 16, 0.5],
    array_VarChar: [`a${i}`, ''],
    vec: [i, 0.5, -0.25, 1],
    extra: `dynamic ${i % 7}`,
  };
}

/** The other vector. Float16Vector is taken by 2.3.5 as well, but its import of one fails. */
export const bitsSchema = schemaOf([key, field('vec', 'BinaryVector', {}, { dim: 16 })]);

export function bitsRow(i: number): Row {
  return { id: i, vec: [i % 256, 255] };
}

export function smallRow(i: number): Row {
  return { id: i, vec: [i, 0.5, -0.25, 1] };
}

export function rowsOf(count: number, row: (i: number) => Row): Row[] {
  return Array.from({ length: count }, (_, i) => row(i));
}

export type Writer = {
  insert: (name: CollectionName, rows: Row[]) => Promise<void>;
  remove: (name: CollectionName, ids: number[]) => Promise<void>;
  /** Rows that match, by key, with every field. */
  read: (name: CollectionName, filter: string) => Promise<Row[]>;
  dropAlias: (name: CollectionName) => Promise<void>;
  dropDatabase: (database: string) => Promise<void>;
  close: () => Promise<void>;
};

export async function openWriter(address: string): Promise<Writer> {
  const sdk = new Sdk({ address, maxRetries: 0, telemetry: { enabled: false } });
  await sdk.connectPromise;
  const inside = ({ database, name }: CollectionName) => ({ db_name: database, collection_name: name });
  return {
    async insert(name, rows) {
      const { status } = await sdk.insert({ ...inside(name), data: rows as never });
      if (status.error_code !== 'Success') throw new Error(`insert: ${status.reason}`);
    },
    async remove(name, ids) {
      const { status } = await sdk.delete({ ...inside(name), ids });
      if (status.error_code !== 'Success') throw new Error(`delete: ${status.reason}`);
    },
    async read(name, filter) {
      const { status, data } = await sdk.query({
        ...inside(name),
        filter,
        output_fields: ['*'],
        consistency_level: 'Strong' as never,
      });
      if (status.error_code !== 'Success') throw new Error(`query: ${status.reason}`);
      return data.toSorted((a, b) => Number(a['id']) - Number(b['id']));
    },
    dropAlias: async ({ database, name }) =>
      void (await sdk.dropAlias({ db_name: database, alias: name } as never)),
    dropDatabase: async (database) => void (await sdk.dropDatabase({ db_name: database })),
    close: async () => void (await sdk.closeConnection()),
  };
}
