// SPDX-License-Identifier: Apache-2.0
// What the suite needs of a server, and the things that it makes there and removes again.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import type { SchemaMeta } from '../../src/format/meta.ts';
import { openMilvus } from '../../src/milvus/client.ts';
import type {
  CollectionName,
  ImportTask,
  MilvusClient,
  MilvusOptions,
  NewCollection,
} from '../../src/milvus/contract.ts';
import { openWriter, type Writer } from './milvus-fields.ts';

export type MilvusTarget = {
  address: string;
  managementAddress?: string;
  /** Where the server keeps its objects in its bucket. */
  rootPath: string;
  /** What GetVersion says. */
  version: string;
};

export function optionsFor(target: Pick<MilvusTarget, 'address' | 'managementAddress'>): MilvusOptions {
  return {
    ...target,
    tls: { mode: 'Disabled' },
    login: () => Promise.resolve(undefined),
    timeoutMs: 60_000,
  };
}

export type Scene = {
  target: MilvusTarget;
  milvus: MilvusClient;
  writer: Writer;
  /** A database of this scene alone. */
  database: string;
  /** A name that nobody uses, in the scene's database or in `default`. */
  name: (stem: string, database?: string) => CollectionName;
  create: (stem: string, schema: SchemaMeta, change?: Partial<NewCollection>) => Promise<CollectionName>;
  end: () => Promise<void>;
};

export async function openScene(target: MilvusTarget): Promise<Scene> {
  const milvus = await openMilvus(optionsFor(target), systemClock);
  const writer = await openWriter(target.address);
  const suffix = randomBytes(4).toString('hex');
  const database = `conf_${suffix}`;
  await milvus.createDatabase(database, []);
  const name = (stem: string, inside = database): CollectionName => ({
    database: inside,
    name: `${stem}_${suffix}`,
  });
  return {
    target,
    milvus,
    writer,
    database,
    name,
    async create(stem, schema, change = {}) {
      const collection = { ...name(stem), ...change };
      const standard = { schema, shards: 1, consistencyLevel: 2, properties: [] };
      await milvus.createCollection({ ...standard, ...collection });
      return { database: collection.database, name: collection.name };
    },
    async end() {
      const stray = (await milvus.listCollections('default')).filter((c) => c.name.endsWith(suffix));
      for (const collection of [...stray, ...(await milvus.listCollections(database))]) {
        const aliases = (await milvus.describeCollection(collection))?.aliases ?? [];
        for (const alias of aliases) await writer.dropAlias({ ...collection, name: alias });
        await milvus.dropCollection(collection);
      }
      await writer.dropDatabase(database);
      await Promise.all([milvus.close(), writer.close()]);
    },
  };
}

/** Asks until it is so, or a minute is over. */
export async function until<T>(ask: () => Promise<T | undefined | false>, everyMs = 200): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(everyMs)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`did not happen within 60 s: ${ask.toString()}`);
}

export async function flushAndWait(milvus: MilvusClient, name: CollectionName): Promise<void> {
  const flushed = await milvus.flush(name);
  await until(async () => (await milvus.isFlushed(name, flushed)) || undefined);
}

export async function indexAndLoad(
  milvus: MilvusClient,
  name: CollectionName,
  params: Record<string, string> = { index_type: 'FLAT', metric_type: 'L2' },
): Promise<void> {
  await milvus.createIndex(name, { field: 'vec', name: 'vec', params });
  await load(milvus, name);
}

export async function load(milvus: MilvusClient, name: CollectionName): Promise<void> {
  await milvus.loadCollection(name);
  await until(async () => (await milvus.loadState(name)) === 'Loaded');
}

/** Imports one folder with backup=true into a partition and waits for the end, whatever it is. */
export async function importFolder(
  milvus: MilvusClient,
  into: CollectionName & { partition?: string },
  files: string[],
): Promise<ImportTask> {
  const id = await milvus.importFiles({
    database: into.database,
    collection: into.name,
    partition: into.partition ?? '_default',
    files,
    options: [{ key: 'backup', value: 'true' }],
  });
  return until(async () => {
    const task = await milvus.importTask(id);
    return task && (task.state === 'Completed' || task.state === 'Failed') ? task : undefined;
  });
}
