// SPDX-License-Identifier: Apache-2.0
// A small collection with known rows, for tests that are about something else than its shape.
import { DataType, MilvusClient } from '@zilliz/milvus2-sdk-node';

export async function connect(
  address: string,
  login: { username?: string; password?: string } = {},
): Promise<MilvusClient> {
  const client = new MilvusClient({
    address,
    maxRetries: 0,
    telemetry: { enabled: false },
    timeout: 60_000,
    ...login,
  });
  await client.connectPromise;
  return client;
}

export type SmallCollection = {
  name: string;
  /** Rows left: those inserted less those deleted. */
  rows: number;
};

const dim = 16;

/** Makes `name` with `rows` rows, flushed after each of `batches`, so in at least as many segments; every tenth of the first batch deleted, one index and one alias. */
export async function makeCollection(
  client: MilvusClient,
  name: string,
  rows = 3000,
  batches = 3,
): Promise<SmallCollection> {
  await client.dropCollection({ collection_name: name });
  await must(
    client.createCollection({
      collection_name: name,
      shards_num: 2,
      enable_dynamic_field: true,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'v', data_type: DataType.FloatVector, dim },
        { name: 's', data_type: DataType.VarChar, max_length: 64 },
      ],
    }),
  );
  const size = Math.ceil(rows / batches);
  for (let start = 0; start < rows; start += size) {
    const ids = Array.from({ length: Math.min(size, rows - start) }, (_, i) => start + i);
    await insertRows(client, name, ids);
    await must(client.flushSync({ collection_names: [name] }));
  }
  const gone = Array.from({ length: Math.floor(size / 10) }, (_, i) => i * 10);
  await must(client.delete({ collection_name: name, filter: `id in [${gone.join(',')}]` }));
  await must(
    client.createIndex({
      collection_name: name,
      field_name: 'v',
      index_type: 'FLAT',
      metric_type: 'L2',
      index_name: 'v_flat',
    }),
  );
  return { name, rows: rows - gone.length };
}

export async function insertRows(client: MilvusClient, name: string, ids: number[]): Promise<void> {
  const data = ids.map((id) => ({ id: String(id), v: vectorOf(id), s: `row ${id}`, extra: id % 7 }));
  await must(client.insert({ collection_name: name, data }));
}

function vectorOf(id: number): number[] {
  return Array.from({ length: dim }, (_, i) => ((id * 31 + i * 17) % 1000) / 1000);
}

/** count(*) at Strong; loads the collection, making an index first if it has none, and releases it again. */
export async function countRows(client: MilvusClient, name: string, database = 'default'): Promise<number> {
  const collection = { collection_name: name, db_name: database };
  const described = await client.describeIndex(collection);
  if (described.index_descriptions.length === 0) {
    const index = { field_name: 'v', index_type: 'FLAT', metric_type: 'L2' };
    await must(client.createIndex({ ...collection, ...index }));
  }
  await must(client.loadCollectionSync(collection));
  const count = { expr: '', output_fields: ['count(*)'], consistency_level: 'Strong' as never };
  const counted = await client.query({ ...collection, ...count });
  await must(client.releaseCollection(collection));
  return Number(counted.data[0]?.['count(*)']);
}

/** Throws unless the answer says success: the SDK returns failures. */
export async function must<T>(call: Promise<T>): Promise<T> {
  const answer = (await call) as {
    error_code?: unknown;
    reason?: string;
    status?: { error_code?: unknown; reason?: string };
  };
  const status = answer.status ?? answer;
  if (status.error_code !== 'Success' && status.error_code !== 0)
    throw new Error(`Milvus said: ${JSON.stringify(status)}`);
  return answer as T;
}
