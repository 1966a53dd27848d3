// SPDX-License-Identifier: Apache-2.0
// Makes a collection as defined, flushes it, takes it away.
import { MilvusRefusal, pairsOf, type Milvus } from './connection.ts';
import { defaultDatabase, type Definition, type Index, type Place } from './definition.ts';
import { poll } from './poll.ts';
import { schemaBytes } from './schema-bytes.ts';

export async function createDatabase(milvus: Milvus, database: string): Promise<void> {
  if (database === defaultDatabase) return;
  await milvus.call('CreateDatabase', { db_name: database }).catch((error: unknown) => {
    if (!(error instanceof MilvusRefusal && error.reason.includes('already exist'))) throw error;
  });
}

export async function createCollection(milvus: Milvus, definition: Definition): Promise<void> {
  const place = placeOf(definition);
  await milvus.call('CreateCollection', {
    ...place,
    schema: schemaBytes(definition),
    shards_num: definition.shards,
    consistency_level: definition.consistency,
    properties: pairsOf(definition.properties),
    num_partitions: definition.keyPartitions,
  });
  for (const partition of definition.partitions)
    await milvus.call('CreatePartition', { ...place, partition_name: partition });
  for (const index of definition.indexes) await createIndex(milvus, definition, index);
  for (const alias of definition.aliases) await milvus.call('CreateAlias', { ...place, alias });
}

export async function createIndex(milvus: Milvus, place: Place, index: Index): Promise<void> {
  await milvus.call('CreateIndex', {
    ...placeOf(place),
    field_name: index.field,
    index_name: index.name,
    extra_params: pairsOf(index.params),
  });
}

/** Every row so far in a segment of its own making: what comes next goes into other segments. */
export async function flush(milvus: Milvus, place: Place): Promise<void> {
  type Answer = { coll_segIDs: Record<string, { data: string[] }>; coll_flush_ts: Record<string, string> };
  const { database, name } = place;
  const answer = await milvus.call<Answer>('Flush', { db_name: database, collection_names: [name] });
  const request = {
    ...placeOf(place),
    segmentIDs: answer.coll_segIDs[name]?.data ?? [],
    flush_ts: answer.coll_flush_ts[name],
  };
  await poll(`${database}.${name} to be flushed`, 60_000, async () => {
    const { flushed } = await milvus.call<{ flushed: boolean }>('GetFlushState', request);
    return flushed;
  });
}

/** Absent is fine. Its aliases go with it on 2.3.5. */
export async function dropCollection(milvus: Milvus, place: Place): Promise<void> {
  await milvus.call('DropCollection', placeOf(place)).catch((error: unknown) => {
    // The database may be gone already.
    if (!(error instanceof MilvusRefusal && error.reason.includes('not found'))) throw error;
  });
}

/** Absent is fine. */
export async function dropDatabase(milvus: Milvus, database: string): Promise<void> {
  const request = { db_name: database };
  const { db_names: known } = await milvus.call<{ db_names: string[] }>('ListDatabases', {});
  if (database === defaultDatabase || !known.includes(database)) return;
  // 2.3.5 counts a collection as there until its own cleaning up has ended.
  await poll(`database ${database} to be empty`, 30_000, async () => {
    const { collection_names: left } = await milvus.call<{ collection_names: string[] }>(
      'ShowCollections',
      request,
    );
    return left.length === 0;
  });
  await milvus.call('DropDatabase', request);
}

/** As every request names a collection. */
export function placeOf({ database, name }: Place): { db_name: string; collection_name: string } {
  return { db_name: database, collection_name: name };
}
