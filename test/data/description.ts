// SPDX-License-Identifier: Apache-2.0
// A collection as Milvus describes it, without what a restore may change: ids of things, times, channels, order of lists.
import { placeOf } from './collection.ts';
import { MilvusRefusal, type Milvus, type Pair } from './connection.ts';
import type { Place } from './definition.ts';

type FieldMessage = { fieldID: string; type_params: Pair[]; index_params: Pair[] } & Record<string, unknown>;
type CollectionMessage = {
  schema: { fields: FieldMessage[]; description: string; enable_dynamic_field: boolean };
  shards_num: number;
  consistency_level: string;
  aliases: string[];
  properties: Pair[];
};
type IndexMessage = { field_name: string; index_name: string; params: Pair[] };

/** Equal by value if the collections are equal but for their names. Ids of fields count: binlogs name them. */
export type Description = Omit<CollectionMessage, 'schema'> & {
  description: string;
  dynamic: boolean;
  fields: FieldMessage[];
  partitions: string[];
  indexes: IndexMessage[];
  loadState: string;
};

export async function describe(milvus: Milvus, place: Place): Promise<Description> {
  const names = placeOf(place);
  const collection = await milvus.call<CollectionMessage>('DescribeCollection', names);
  const { partition_names: partitions } = await milvus.call<{ partition_names: string[] }>(
    'ShowPartitions',
    names,
  );
  const { state } = await milvus.call<{ state: string }>('GetLoadState', names);
  const { schema } = collection;
  return {
    description: schema.description,
    dynamic: schema.enable_dynamic_field,
    fields: schema.fields.map((field) => ({
      ...field,
      type_params: sorted(field.type_params),
      index_params: sorted(field.index_params),
    })),
    shards_num: collection.shards_num,
    consistency_level: collection.consistency_level,
    aliases: collection.aliases.toSorted(),
    properties: sorted(collection.properties),
    partitions: partitions.toSorted(),
    indexes: await describeIndexes(milvus, place),
    loadState: state,
  };
}

async function describeIndexes(milvus: Milvus, place: Place): Promise<IndexMessage[]> {
  try {
    const answer = await milvus.call<{ index_descriptions: IndexMessage[] }>('DescribeIndex', placeOf(place));
    return answer.index_descriptions
      .map(({ field_name, index_name, params }) => ({ field_name, index_name, params: sorted(params) }))
      .toSorted((one, other) => (one.field_name < other.field_name ? -1 : 1));
  } catch (error) {
    if (error instanceof MilvusRefusal && error.reason.includes('index not found')) return [];
    throw error;
  }
}

function sorted(pairs: Pair[]): Pair[] {
  return pairs.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}
