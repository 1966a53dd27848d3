// SPDX-License-Identifier: Apache-2.0
// The demo's two collections in Milvus: made, searched, read back, dropped.
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { must } from '../support/collection.ts';
import type { Digit } from './digits.ts';
import { deletedIds, dim, rowOf, rows } from './generated.ts';

export const vectors = 'demo_vectors';
export const digits = 'demo_digits';

const batch = 5000;

export async function makeVectors(client: MilvusClient, say: (text: string) => void): Promise<void> {
  await must(
    client.createCollection({
      collection_name: vectors,
      num_partitions: 4,
      shards_num: 1,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim },
        { name: 'tenant', data_type: DataType.VarChar, max_length: 32, is_partition_key: true },
        { name: 'price', data_type: DataType.Double },
        { name: 'inStock', data_type: DataType.Bool },
        { name: 'rank', data_type: DataType.Int32 },
        { name: 'attributes', data_type: DataType.JSON },
      ],
    }),
  );
  for (let start = 0; start < rows; start += batch) {
    const data = Array.from({ length: Math.min(batch, rows - start) }, (_, i) => rowOf(start + i));
    await must(client.insert({ collection_name: vectors, data }));
    say(`${(start + data.length).toLocaleString('en')} of ${rows.toLocaleString('en')} rows inserted ...`);
  }
  await must(client.flushSync({ collection_names: [vectors] }));
  for (let start = 0; start < deletedIds.length; start += 1000) {
    const filter = `id in [${deletedIds.slice(start, start + 1000).join(',')}]`;
    await must(client.delete({ collection_name: vectors, filter }));
  }
  const index = { field_name: 'vector', index_name: 'exact', index_type: 'FLAT', metric_type: 'L2' };
  await must(client.createIndex({ collection_name: vectors, ...index }));
}

export async function makeDigits(client: MilvusClient, data: readonly Digit[]): Promise<void> {
  await must(
    client.createCollection({
      collection_name: digits,
      enable_dynamic_field: true,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'pixels', data_type: DataType.FloatVector, dim: 64 },
        { name: 'label', data_type: DataType.Int8 },
      ],
    }),
  );
  const found = data.map(({ id, pixels, label }) => ({
    id: String(id),
    pixels,
    label,
    source: 'scikit-learn',
  }));
  await must(client.insert({ collection_name: digits, data: found }));
  await must(client.flushSync({ collection_names: [digits] }));
  const params = { M: 16, efConstruction: 200 };
  const index = { field_name: 'pixels', index_name: 'graph', index_type: 'HNSW', metric_type: 'L2', params };
  await must(client.createIndex({ collection_name: digits, ...index }));
  await must(client.createAlias({ collection_name: digits, alias: 'demo_handwriting' }));
}

export async function load(client: MilvusClient, name: string): Promise<void> {
  await must(client.loadCollectionSync({ collection_name: name }));
}

export async function count(client: MilvusClient, name: string): Promise<number> {
  const query = {
    collection_name: name,
    expr: '',
    output_fields: ['count(*)'],
    consistency_level: 'Strong' as never,
  };
  const { data } = await must(client.query(query));
  return Number(data[0]?.['count(*)']);
}

export type Hit = { id: string; distance: number };

/** The ten nearest of each query vector, one search at a time. Nothing is written meanwhile, so none waits for the newest. */
export async function search(
  client: MilvusClient,
  collection: string,
  asked: { field: string; queries: readonly number[][]; params?: Record<string, number> },
): Promise<Hit[][]> {
  const found: Hit[][] = [];
  for (const query of asked.queries) {
    const { results } = await must(
      client.search({
        collection_name: collection,
        data: query,
        anns_field: asked.field,
        limit: 10,
        metric_type: 'L2',
        params: asked.params ?? {},
      }),
    );
    found.push(results.map(({ id, score }) => ({ id, distance: score })));
  }
  return found;
}

/** Rows by key, whole. */
export async function read(
  client: MilvusClient,
  name: string,
  ids: readonly number[],
): Promise<Record<string, unknown>[]> {
  const { data } = await must(
    client.query({
      collection_name: name,
      expr: `id in [${ids.join(',')}]`,
      output_fields: ['*'],
      limit: ids.length,
      consistency_level: 'Strong' as never,
    }),
  );
  return data;
}

/** The definition of an index as Milvus tells it, without what is counted. */
export async function indexOf(client: MilvusClient, name: string): Promise<unknown> {
  const { index_descriptions: described } = await must(client.describeIndex({ collection_name: name }));
  return described.map(({ index_name: index, field_name: field, params }) => ({
    index,
    field,
    params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
  }));
}
