// SPDX-License-Identifier: Apache-2.0
// What the demo does with Milvus itself, before and after: fill, remember, prove.
import { isDeepStrictEqual } from 'node:util';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import {
  count,
  digits,
  indexOf,
  load,
  makeDigits,
  makeVectors,
  read,
  search,
  vectors,
  type Hit,
} from './collections.ts';
import { loadDigits, type Digit } from './digits.ts';
import { deletedIds, queries, rows } from './generated.ts';
import { compareVectors, countIdentical, exactNearest, recall } from './proof.ts';

type Say = (text: string) => void;

export type Memory = { searches: Hit[][]; rows: number; recall: number; index: unknown };

export async function fill(client: MilvusClient, say: Say): Promise<Digit[]> {
  say('downloading the digits of scikit-learn ...');
  const data = await loadDigits();
  await makeDigits(client, data);
  await makeVectors(client, say);
  say(
    `${rows.toLocaleString('en')} generated rows, ${deletedIds.length} of them deleted; ${data.length} handwritten digits`,
  );
  return data;
}

const graphSearch = { ef: 64 };

export async function remember(client: MilvusClient, data: readonly Digit[], say: Say): Promise<Memory> {
  for (const name of [vectors, digits]) {
    say(`loading ${name} ...`);
    await load(client, name);
  }
  const [inVectors, inDigits] = [await count(client, vectors), await count(client, digits)];
  say(`100 searches over ${inVectors.toLocaleString('en')} vectors ...`);
  const searches = await search(client, vectors, { field: 'vector', queries });
  const graph = await recallOf(client, data);
  say(`${inVectors + inDigits} rows by count(*), recall@10 of HNSW ${graph.toFixed(3)}`);
  return { searches, rows: inVectors + inDigits, recall: graph, index: await indexOf(client, digits) };
}

/** Every eighteenth digit, moved a little so that it is no row itself. */
async function recallOf(client: MilvusClient, data: readonly Digit[]): Promise<number> {
  const asked = data
    .filter(({ id }) => id % 18 === 0)
    .map(({ pixels }) => pixels.map((p, i) => p + (i % 3) / 4));
  const found = await search(client, digits, { field: 'pixels', queries: asked, params: graphSearch });
  return recall(found, exactNearest(data, asked));
}

export type Proven = { isEqual: boolean; searches: number; rows: number; lines: string[] };

export async function prove(
  client: MilvusClient,
  data: readonly Digit[],
  before: Memory,
  say: Say,
): Promise<Proven> {
  for (const name of [vectors, digits]) {
    say(`loading ${name} ...`);
    await load(client, name);
  }
  const searches = countIdentical(
    before.searches,
    await search(client, vectors, { field: 'vector', queries }),
  );
  const counted = (await count(client, vectors)) + (await count(client, digits));
  const equal = (await compareVectors(client, say)) + (await compareDigits(client, data));
  const graph = await recallOf(client, data);
  const index = await indexOf(client, digits);
  const checks: [string, boolean][] = [
    [
      `${searches} of ${before.searches.length} FLAT searches gave the same ids and distances`,
      searches === before.searches.length,
    ],
    [`count(*) was ${before.rows} and is ${counted}`, counted === before.rows],
    [`${equal} rows are equal in every field, by key`, equal === before.rows],
    [
      `the definition of the HNSW index is ${isDeepStrictEqual(index, before.index) ? 'equal' : `now ${JSON.stringify(index)}`}`,
      isDeepStrictEqual(index, before.index),
    ],
    [
      `recall@10 of HNSW was ${before.recall.toFixed(3)} and is ${graph.toFixed(3)}`,
      Math.abs(graph - before.recall) <= 0.02,
    ],
  ];
  say(`${equal} rows equal`);
  return {
    isEqual: checks.every(([, isSo]) => isSo),
    searches,
    rows: equal,
    lines: checks.map(([what, isSo]) => `${isSo ? 'ok ' : 'NOT'} ${what}`),
  };
}

async function compareDigits(client: MilvusClient, data: readonly Digit[]): Promise<number> {
  const found = new Map(
    (
      await read(
        client,
        digits,
        data.map(({ id }) => id),
      )
    ).map((row) => [String(row['id']), row]),
  );
  return data.filter(({ id, pixels, label }) => {
    const row = found.get(String(id));
    return (
      row !== undefined &&
      isDeepStrictEqual(
        [row['pixels'], row['label'], row['source'] ?? row['$meta']],
        [pixels, label, row['source'] ?? { source: 'scikit-learn' }],
      )
    );
  }).length;
}
