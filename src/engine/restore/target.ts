// SPDX-License-Identifier: Apache-2.0
// Looks at the target Milvus as far as the plan needs it, and creates the databases that are missing.
import type { DatabaseMeta } from '../../format/meta.ts';
import type { CollectionName, CollectionRef, MilvusClient } from '../../milvus/contract.ts';
import type { Engine } from '../engine.ts';
import type { Observed } from './plan.ts';
import { patiently, type RestoreRun } from './run.ts';
import { fullName } from './source-collection.ts';

type Looking = Pick<RestoreRun, 'engine' | 'signal'> & { milvus: MilvusClient };

/** All collections of all databases, for the storage check; `seen` is what the plan needs of them. */
export async function lookAtTarget(
  engine: Engine,
  milvus: MilvusClient,
  targets: readonly CollectionName[],
): Promise<{ collections: CollectionRef[]; seen: Observed }> {
  const looking: Looking = { engine, signal: engine.signal, milvus };
  const databases = await patiently(looking, () => milvus.listDatabases());
  const collections: CollectionRef[] = [];
  for (const database of databases) {
    collections.push(...(await patiently(looking, () => milvus.listCollections(database))));
  }
  const ids = new Map(collections.map((c) => [fullName(c), c.id]));
  const aliases = new Map<string, string>();
  for (const target of targets) {
    if (!databases.includes(target.database) || ids.has(fullName(target))) continue;
    const named = await patiently(looking, () => milvus.findAlias(target.database, target.name));
    if (named !== undefined) aliases.set(fullName(target), named);
  }
  return { collections, seen: { databases, collections: ids, aliases } };
}

/** An existing one is never changed; whoever created it meanwhile is welcome. */
export async function createDatabases(run: RestoreRun, databases: readonly DatabaseMeta[]): Promise<void> {
  for (const { db_name, properties } of databases) {
    run.tally.say('CreatingDatabases');
    try {
      await run.milvus.createDatabase(db_name, run.options.properties ? properties : []);
    } catch (error) {
      if (!(await patiently(run, () => run.milvus.listDatabases())).includes(db_name)) throw error;
    }
  }
}
