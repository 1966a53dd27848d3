// SPDX-License-Identifier: Apache-2.0
// Reads a loaded collection by explicit keys, at consistency Strong.
import { placeOf } from './collection.ts';
import { rowsOf, type Column } from './columns.ts';
import type { Milvus } from './connection.ts';
import { keyField, type Place } from './definition.ts';
import type { Field, Row } from './field.ts';
import { keyList } from './keys.ts';

export type Shape = { fields: readonly Field[]; dynamic: boolean };

const strong = { consistency_level: 0, use_default_consistency: false };

export async function countRows(milvus: Milvus, place: Place, partition?: string): Promise<number> {
  type Answer = { fields_data: { scalars: { long_data: { data: string[] } } }[] };
  const answer = await milvus.call<Answer>('Query', {
    ...placeOf(place),
    ...strong,
    ...inPartition(partition),
    expr: '',
    output_fields: ['count(*)'],
  });
  return Number(answer.fields_data[0]?.scalars.long_data.data[0]);
}

/** All there is of each key, dynamic part and vectors included. Keys that are not there are left out. */
export async function readRows(
  milvus: Milvus,
  place: Place,
  { fields, dynamic }: Shape,
  { keys, partition }: { keys: readonly string[]; partition?: string | undefined },
): Promise<Map<string, Row>> {
  if (keys.length === 0) return new Map();
  const { field, at } = keyField(fields);
  const answer = await milvus.call<{ fields_data: Column[] }>('Query', {
    ...placeOf(place),
    ...strong,
    ...inPartition(partition),
    expr: keyList(field, keys),
    output_fields: ['*'],
  });
  return new Map(rowsOf(fields, dynamic, answer.fields_data).map((row) => [row[at] as string, row]));
}

function inPartition(partition: string | undefined): { partition_names?: string[] } {
  return partition === undefined ? {} : { partition_names: [partition] };
}
