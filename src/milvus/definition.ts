// SPDX-License-Identifier: Apache-2.0
// Making and removing what stands: databases, collections, partitions, indexes, aliases.
import type { Caller } from './call.ts';
import type { CollectionName, MilvusClient, NewCollection } from './contract.ts';
import { encodeSchema } from './schema.ts';

type Writing = Pick<
  MilvusClient,
  | 'createDatabase'
  | 'createCollection'
  | 'createPartition'
  | 'createIndex'
  | 'createAlias'
  | 'renameCollection'
  | 'dropCollection'
>;

export function definitionCalls(caller: Caller): Writing {
  const run = async (rpc: string, name: CollectionName, request: object): Promise<void> => {
    const { database } = name;
    const whole = { db_name: database, collection_name: name.name, ...request };
    await caller.call({ rpc, request: whole, database });
  };
  return {
    createDatabase: async (name, properties) => {
      await caller.call({ rpc: 'CreateDatabase', request: { db_name: name, properties } });
    },
    createCollection: (request) => run('CreateCollection', request, newCollection(request)),
    createPartition: (name, partition) => run('CreatePartition', name, { partition_name: partition }),
    createIndex: (name, index) =>
      run('CreateIndex', name, {
        field_name: index.field,
        index_name: index.name,
        extra_params: Object.entries(index.params).map(([key, value]) => ({ key, value })),
      }),
    createAlias: (name, alias) => run('CreateAlias', name, { alias }),
    dropCollection: (name) => run('DropCollection', name, {}),
    // An empty newDBName does not mean "the same": 2.3.5 moves the collection to `default`.
    renameCollection: async (from, to) => {
      const request = {
        db_name: from.database,
        oldName: from.name,
        newName: to.name,
        newDBName: to.database,
      };
      await caller.call({ rpc: 'RenameCollection', request, database: from.database });
    },
  };
}

function newCollection(request: NewCollection): object {
  return {
    schema: encodeSchema({ ...request.schema, name: request.name }),
    shards_num: request.shards,
    consistency_level: request.consistencyLevel,
    properties: request.properties,
    num_partitions: request.partitions ?? 0,
  };
}
