// SPDX-License-Identifier: Apache-2.0
// Making and removing what stands: databases, collections, partitions, indexes, aliases.
import type { Caller } from './call.ts';
import type { CollectionName, MilvusClient, NewCollection } from './contract.ts';
import { codes } from './errors.ts';
import { encodeSchema } from './schema.ts';

type Writing = Pick<
  MilvusClient,
  | 'createDatabase'
  | 'createCollection'
  | 'createPartition'
  | 'createIndex'
  | 'dropIndex'
  | 'createAlias'
  | 'alterAlias'
  | 'renameCollection'
  | 'dropCollection'
>;

/** `orphans`: aliases may outlive their collection there. */
export function definitionCalls(caller: Caller, orphans: boolean): Writing {
  const run = async (rpc: string, name: CollectionName, request: object): Promise<void> => {
    const { database } = name;
    const whole = { db_name: database, collection_name: name.name, ...request };
    await caller.call({ rpc, request: whole, database });
  };
  return {
    createDatabase: async (name, properties) => {
      await caller.call({ rpc: 'CreateDatabase', request: { db_name: name, properties } });
    },
    createCollection: async (request) => {
      await run('CreateCollection', request, newCollection(request));
      if (orphans) await unhide(caller, request);
    },
    createPartition: (name, partition) => run('CreatePartition', name, { partition_name: partition }),
    createIndex: (name, index) =>
      run('CreateIndex', name, {
        field_name: index.field,
        index_name: index.name,
        extra_params: Object.entries(index.params).map(([key, value]) => ({ key, value })),
      }),
    dropIndex: (name, index) => run('DropIndex', name, { index_name: index }),
    createAlias: (name, alias) => createAlias(caller, name, alias),
    alterAlias: (name, alias) => run('AlterAlias', name, { alias }),
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
      if (orphans) await unhide(caller, to);
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

/**
 * On 2.3.5 an alias outlives its dropped collection: no call shows it, yet CreateAlias says that it is taken (1602).
 * AlterAlias moves it. An alias of a collection that is there is left alone, and the refusal stands.
 */
async function createAlias(caller: Caller, name: CollectionName, alias: string): Promise<void> {
  const { database } = name;
  const request = { db_name: database, collection_name: name.name, alias };
  const created = await caller.find({ rpc: 'CreateAlias', request, database }, [codes.aliasExists]);
  if (created) return;
  const isOrphan = !(await isThere(caller, { database, name: alias }));
  await caller.call({ rpc: isOrphan ? 'AlterAlias' : 'CreateAlias', request, database });
}

/** The same alias hides a collection that takes its name: listed, but not found by any call until the alias is gone. */
async function unhide(caller: Caller, name: CollectionName): Promise<void> {
  const { database } = name;
  if (await isThere(caller, name)) return;
  await caller.call({ rpc: 'DropAlias', request: { db_name: database, alias: name.name }, database });
}

/** Under this name or alias. */
async function isThere(caller: Caller, { database, name }: CollectionName): Promise<boolean> {
  const request = { db_name: database, collection_name: name };
  const answer = await caller.find({ rpc: 'DescribeCollection', request, database }, [
    codes.collectionNotFound,
  ]);
  return answer !== undefined;
}
