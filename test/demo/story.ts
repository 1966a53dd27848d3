// SPDX-License-Identifier: Apache-2.0
// What the demo does with Milvus itself: fill it, remember what searches say, and prove that all is as before.
import { isDeepStrictEqual } from 'node:util';
import { createCollection, dropCollection, flush } from '../data/collection.ts';
import { findDifferences, type Expectation } from '../data/comparison.ts';
import { MilvusRefusal, type Milvus } from '../data/connection.ts';
import { describe, type Description } from '../data/description.ts';
import { ensureLoaded } from '../data/loading.ts';
import { countRows } from '../data/reading.ts';
import { searchNearest, type Hit } from '../data/searching.ts';
import { deleteRows, insertRows } from '../data/writing.ts';
import type { Say } from '../lab/progress.ts';
import {
  collections,
  deletedIds,
  digitQueries,
  digitRow,
  digits,
  isDeleted,
  queries,
  vectorCount,
  vectorRow,
  vectors,
} from './collections.ts';
import { loadDigits, type Digit } from './digits.ts';
import { countIdentical, exactNearest, recallOf } from './proof.ts';

const batch = 5000;
const graphSearch = { ef: 16 };

export async function dropAll(milvus: Milvus): Promise<void> {
  for (const { aliases, database, name } of collections) {
    // 2.3.5 holds the alias of a dropped collection for a while.
    for (const alias of aliases) await milvus.call('DropAlias', { alias }).catch(ignoreRefusal);
    await dropCollection(milvus, { database, name });
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof MilvusRefusal)) throw error;
}

export async function fill(milvus: Milvus, say: Say): Promise<Digit[]> {
  say('fetching the digits of scikit-learn ...');
  const data = await loadDigits();
  for (const definition of collections) await createCollection(milvus, definition);
  await insertRows(milvus, digits, { rows: data.map(digitRow) });
  for (const ids of batchesOf(vectorCount)) {
    await insertRows(milvus, vectors, { rows: ids.map(vectorRow), size: batch });
    say(`${number((ids.at(-1) ?? 0) + 1)} of ${number(vectorCount)} rows inserted ...`);
  }
  await flush(milvus, vectors);
  await deleteRows(milvus, vectors, { keys: deletedIds.map(String) });
  say('loading ...');
  for (const definition of collections) {
    // 2.3.5 can serve rows and deletes wrongly that were not flushed before the load (see ../data/refusals.ts).
    await flush(milvus, definition);
    await ensureLoaded(milvus, definition, definition.fields);
  }
  const parts = [
    `${number(vectorCount)} generated rows`,
    `${number(deletedIds.length)} of them deleted again`,
    `${number(data.length)} handwritten digits`,
  ];
  say(parts.join(', '));
  return data;
}

export type Memory = { searches: Hit[][]; rows: number; recall: number; descriptions: Description[] };

export async function remember(milvus: Milvus, data: readonly Digit[], say: Say): Promise<Memory> {
  const rows = (await countRows(milvus, vectors)) + (await countRows(milvus, digits));
  const searches = await searchVectors(milvus, say);
  const recall = await measureRecall(milvus, data);
  const descriptions = await describeAll(milvus);
  say(
    `${number(rows)} rows by count(*), ${searches.length} exact searches, recall@10 of HNSW ${recall.toFixed(3)}`,
  );
  return { searches, rows, recall, descriptions };
}

export type Proof = { identical: number; rows: number; checks: { what: string; isSo: boolean }[] };

export async function prove(
  milvus: Milvus,
  data: readonly Digit[],
  before: Memory,
  say: Say,
): Promise<Proof> {
  say('loading ...');
  for (const definition of collections) await ensureLoaded(milvus, definition, definition.fields);
  const rows = (await countRows(milvus, vectors)) + (await countRows(milvus, digits));
  const identical = countIdentical(before.searches, await searchVectors(milvus, say));
  const recall = await measureRecall(milvus, data);
  const descriptions = await describeAll(milvus);
  const differences = await compareRows(milvus, data, say);
  const isSame = isDeepStrictEqual(descriptions, before.descriptions);
  const [was, is] = [before.recall.toFixed(3), recall.toFixed(3)];
  const checks: Proof['checks'] = [
    { what: `count(*) was ${before.rows} and is ${rows}`, isSo: rows === before.rows },
    {
      what: `rows by key, every field: ${differences.length === 0 ? 'all equal' : differences.join('; ')}`,
      isSo: differences.length === 0,
    },
    { what: `${identical} of 100 exact searches gave the same ids and distances`, isSo: identical === 100 },
    {
      what: `fields, partitions, aliases, properties, indexes: ${isSame ? 'equal' : JSON.stringify(descriptions)}`,
      isSo: isSame,
    },
    { what: `recall@10 of HNSW was ${was} and is ${is}`, isSo: Math.abs(recall - before.recall) <= 0.02 },
  ];
  say('done');
  return { identical, rows, checks };
}

async function searchVectors(milvus: Milvus, say: Say): Promise<Hit[][]> {
  const found: Hit[][] = [];
  for (const vector of queries) {
    found.push(await searchNearest(milvus, vectors, { field: 'vector', vector }));
    say(`${found.length} of ${queries.length} searches ...`);
  }
  return found;
}

async function measureRecall(milvus: Milvus, data: readonly Digit[]): Promise<number> {
  const asked = digitQueries(data);
  const found: Hit[][] = [];
  for (const vector of asked)
    found.push(await searchNearest(milvus, digits, { field: 'pixels', vector, params: graphSearch }));
  return recallOf(
    found,
    asked.map((query) => exactNearest(data, query)),
  );
}

async function describeAll(milvus: Milvus): Promise<Description[]> {
  const described: Description[] = [];
  for (const definition of collections) described.push(await describe(milvus, definition));
  return described;
}

async function compareRows(milvus: Milvus, data: readonly Digit[], say: Say): Promise<string[]> {
  const ofVectors: Expectation = {
    counts: [{ count: vectorCount - deletedIds.length }],
    batches: vectorBatches(),
    gone: [deletedIds.map(String)],
  };
  const ofDigits: Expectation = {
    counts: [{ count: data.length }],
    batches: [{ rows: data.map(digitRow) }],
    gone: [],
  };
  const tell = (done: number): void => say(`${number(done)} of ${number(vectorCount)} rows compared ...`);
  return [
    ...(await findDifferences(milvus, vectors, vectors, ofVectors, tell)),
    ...(await findDifferences(milvus, digits, digits, ofDigits)),
  ];
}

function* vectorBatches(): Generator<{ rows: ReturnType<typeof vectorRow>[] }> {
  for (const ids of batchesOf(vectorCount)) yield { rows: ids.filter((id) => !isDeleted(id)).map(vectorRow) };
}

function* batchesOf(count: number): Generator<number[]> {
  for (let first = 0; first < count; first += batch)
    yield Array.from({ length: Math.min(batch, count - first) }, (_, at) => first + at);
}

function number(value: number): string {
  return value.toLocaleString('en');
}
