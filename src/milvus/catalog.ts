// SPDX-License-Identifier: Apache-2.0
// Reading what stands where: databases, collections, aliases, partitions, indexes.
import type { KeyValue } from '../format/meta.ts';
import type { Caller } from './call.ts';
import type { CollectionInfo, CollectionName, IndexList, MilvusClient } from './contract.ts';
import { codes, isUnimplemented } from './errors.ts';
import { decodeSchema, schemaBytes } from './schema.ts';
import { losesFields } from './service.ts';

type Reading = Pick<
  MilvusClient,
  | 'listDatabases'
  | 'describeDatabase'
  | 'listCollections'
  | 'describeCollection'
  | 'findAlias'
  | 'listPartitions'
  | 'listIndexes'
>;

export function catalogCalls(caller: Caller, canDescribeDatabase: boolean): Reading {
  return {
    listDatabases: () => listDatabases(caller),
    describeDatabase: async (name) =>
      canDescribeDatabase ? describeDatabase(caller, name) : { name, properties: [] },
    listCollections: (database) => listCollections(caller, database),
    describeCollection: (name) => describeCollection(caller, name),
    findAlias: (database, alias) => findAlias(caller, database, alias),
    listPartitions: (name) => listPartitions(caller, name),
    listIndexes: (name) => listIndexes(caller, name),
  };
}

/** Servers before 2.2.9 know no databases. */
async function listDatabases(caller: Caller): Promise<string[]> {
  try {
    const { message } = await caller.call<{ db_names: string[] }>({ rpc: 'ListDatabases', request: {} });
    return message.db_names;
  } catch (error) {
    if (isUnimplemented(error)) return ['default'];
    throw error;
  }
}

async function describeDatabase(caller: Caller, name: string): ReturnType<MilvusClient['describeDatabase']> {
  const { message } = await caller.call<{ dbID: string; properties: KeyValue[] }>({
    rpc: 'DescribeDatabase',
    request: { db_name: name },
    database: name,
  });
  return { name, id: BigInt(message.dbID), properties: message.properties };
}

type ShownCollections = {
  collection_names: string[];
  collection_ids: string[];
  created_timestamps: string[];
};

/** A database that was dropped since it was listed has none. */
async function listCollections(
  caller: Caller,
  database: string,
): ReturnType<MilvusClient['listCollections']> {
  const answer = await caller.find<ShownCollections>(
    { rpc: 'ShowCollections', request: { db_name: database }, database },
    [codes.databaseNotFound],
  );
  if (!answer) return [];
  const { message } = answer;
  return message.collection_names.map((name, i) => ({
    database,
    name,
    id: BigInt(message.collection_ids[i] ?? 0),
    createdTimestamp: BigInt(message.created_timestamps[i] ?? 0),
  }));
}

type DescribedCollection = {
  collectionID: string;
  created_timestamp: string;
  shards_num: number;
  consistency_level: number;
  properties: KeyValue[];
  db_name: string;
  db_id: string;
  virtual_channel_names: string[];
  physical_channel_names: string[];
  aliases: string[];
};

const rpc = 'DescribeCollection';

async function describeCollection(
  caller: Caller,
  asked: CollectionName,
): Promise<CollectionInfo | undefined> {
  const { database, name } = asked;
  const answer = await caller.find<DescribedCollection>(
    { rpc, request: { db_name: database, collection_name: name }, database },
    [codes.collectionNotFound, codes.databaseNotFound],
  );
  return answer && toCollectionInfo(answer.message, answer.raw, asked);
}

function toCollectionInfo(m: DescribedCollection, raw: Uint8Array, asked: CollectionName): CollectionInfo {
  const schema = decodeSchema(schemaBytes(raw));
  return {
    database: m.db_name || asked.database,
    // `collection_name` of the answer repeats an alias that was asked for; the schema holds the real name.
    name: schema.name || asked.name,
    id: BigInt(m.collectionID),
    createdTimestamp: BigInt(m.created_timestamp),
    schema,
    shards: m.shards_num,
    consistencyLevel: m.consistency_level,
    properties: m.properties,
    databaseId: BigInt(m.db_id),
    virtualChannels: m.virtual_channel_names,
    physicalChannels: m.physical_channel_names,
    aliases: m.aliases,
    raw,
    lossy: losesFields(rpc, raw),
  };
}

async function findAlias(caller: Caller, database: string, alias: string): Promise<string | undefined> {
  const answer = await caller.find<{ collection: string }>(
    { rpc: 'DescribeAlias', request: { db_name: database, alias }, database },
    [codes.aliasNotFound, codes.databaseNotFound],
  );
  return answer?.message.collection;
}

async function listPartitions(
  caller: Caller,
  name: CollectionName,
): ReturnType<MilvusClient['listPartitions']> {
  const { message } = await caller.call<{ partition_names: string[]; partitionIDs: string[] }>({
    rpc: 'ShowPartitions',
    request: { db_name: name.database, collection_name: name.name },
    database: name.database,
  });
  return message.partition_names.map((partition, i) => ({
    name: partition,
    id: BigInt(message.partitionIDs[i] ?? 0),
  }));
}

type IndexDescription = { index_name: string; indexID: string; field_name: string; params: KeyValue[] };

/** The server gives them in any order; ours is by id, so that two backups of the same are the same. */
async function listIndexes(caller: Caller, name: CollectionName): Promise<IndexList> {
  const answer = await caller.find<{ index_descriptions: IndexDescription[] }>(
    {
      rpc: 'DescribeIndex',
      request: { db_name: name.database, collection_name: name.name },
      database: name.database,
    },
    [codes.indexNotFound],
  );
  if (!answer) return { indexes: [], raw: new Uint8Array() };
  const indexes = answer.message.index_descriptions.map((index) => {
    const params = Object.fromEntries(index.params.map(({ key, value }) => [key, value]));
    return {
      field_name: index.field_name,
      index_name: index.index_name,
      index_type: params['index_type'] ?? '',
      params,
      index_id: BigInt(index.indexID),
    };
  });
  return { indexes: indexes.sort((a, b) => Number(a.index_id - b.index_id)), raw: answer.raw };
}
