// SPDX-License-Identifier: Apache-2.0
// Rows into Milvus and out of it, as a client sends them.
import { columnsOf } from './columns.ts';
import { placeOf } from './collection.ts';
import type { Milvus } from './connection.ts';
import { defaultPartition, keyField, type Definition } from './definition.ts';
import type { Row } from './field.ts';
import { keyList } from './keys.ts';

/** Rows of a kilobyte and more: the message queue takes messages of a few megabytes. */
const batchRows = 500;

type Batch = { rows: readonly Row[]; partition?: string | undefined; size?: number };

/** Gives the keys, which the server makes where they are automatic. */
export async function insertRows(milvus: Milvus, definition: Definition, batch: Batch): Promise<string[]> {
  return write(milvus, definition, { ...batch, rpc: 'Insert' });
}

export async function upsertRows(milvus: Milvus, definition: Definition, batch: Batch): Promise<void> {
  await write(milvus, definition, { ...batch, rpc: 'Upsert' });
}

async function write(
  milvus: Milvus,
  definition: Definition,
  { rpc, rows, partition, size = batchRows }: Batch & { rpc: 'Insert' | 'Upsert' },
): Promise<string[]> {
  type Answer = { IDs?: { int_id?: { data: string[] }; str_id?: { data: string[] } } };
  const { field, at } = keyField(definition.fields);
  const auto = field.autoID === true;
  const fields = auto ? definition.fields.toSpliced(at, 1) : definition.fields;
  const keys: string[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const part = rows.slice(start, start + size);
    const answer = await milvus.call<Answer>(rpc, {
      ...placeOf(definition),
      ...partitionOf(definition, partition),
      num_rows: part.length,
      fields_data: columnsOf(
        fields,
        definition.dynamic,
        auto ? part.map((row) => row.toSpliced(at, 1)) : part,
      ),
    });
    keys.push(...(answer.IDs?.int_id?.data ?? answer.IDs?.str_id?.data ?? []));
  }
  return keys;
}

/** Without a partition: wherever they are. */
export async function deleteRows(
  milvus: Milvus,
  definition: Definition,
  { keys, partition }: { keys: readonly string[]; partition?: string | undefined },
): Promise<void> {
  const { field } = keyField(definition.fields);
  for (let start = 0; start < keys.length; start += batchRows) {
    await milvus.call('Delete', {
      ...placeOf(definition),
      ...(partition === undefined ? {} : { partition_name: partition }),
      expr: keyList(field, keys.slice(start, start + batchRows)),
    });
  }
}

/** A partition key says itself where a row belongs; naming a partition beside it is refused. */
function partitionOf(
  { keyPartitions }: Definition,
  partition = defaultPartition,
): { partition_name?: string } {
  return keyPartitions > 0 ? {} : { partition_name: partition };
}
