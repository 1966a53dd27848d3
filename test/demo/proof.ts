// SPDX-License-Identifier: Apache-2.0
// Comparison of what was before with what is after. Each function gives the number that is equal, or the differences.
import { isDeepStrictEqual } from 'node:util';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { read, vectors, type Hit } from './collections.ts';
import { isDeleted, rowOf, rows } from './generated.ts';

const tolerance = 1e-5;

/** How many searches gave the same ids with the same distances, ties in any order. */
export function countIdentical(before: readonly Hit[][], after: readonly Hit[][]): number {
  return before.filter((hits, i) => isSameSearch(hits, after[i] ?? [])).length;
}

function isSameSearch(before: readonly Hit[], after: readonly Hit[]): boolean {
  if (before.length !== after.length || before.length === 0) return false;
  if (before.some((hit, i) => Math.abs(hit.distance - (after[i]?.distance ?? NaN)) > tolerance)) return false;
  const last = before.at(-1)?.distance ?? 0;
  const distances = new Map(before.map((hit) => [hit.id, hit.distance]));
  // Behind the last place stand rows of the same distance: which of them is shown may differ.
  return after.every(({ id, distance }) => {
    const then = distances.get(id);
    return then === undefined
      ? Math.abs(distance - last) <= tolerance
      : Math.abs(then - distance) <= tolerance;
  });
}

/** Which part of the exact ten nearest an approximate search found. */
export function recall(found: readonly Hit[][], exact: readonly Hit[][]): number {
  const shares = exact.map((hits, i) => {
    const worst = hits.at(-1)?.distance ?? 0;
    return (found[i] ?? []).filter(({ distance }) => distance <= worst + tolerance).length / hits.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** The ten nearest by computing every distance here. */
export function exactNearest(
  data: readonly { id: number; pixels: number[] }[],
  queries: readonly number[][],
): Hit[][] {
  return queries.map((query) =>
    data
      .map(({ id, pixels }) => ({ id: String(id), distance: squaredDistance(pixels, query) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, 10),
  );
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
}

const batch = 2000;

/** Reads every row of the generated collection by key; deleted ones must be absent. Throws at the first difference. */
export async function compareVectors(client: MilvusClient, say: (text: string) => void): Promise<number> {
  let equal = 0;
  for (let start = 0; start < rows; start += batch) {
    const ids = Array.from({ length: Math.min(batch, rows - start) }, (_, i) => start + i);
    const found = new Map((await read(client, vectors, ids)).map((row) => [String(row['id']), row]));
    for (const id of ids) equal += compareRow(id, found.get(String(id)));
    say(`${equal.toLocaleString('en')} rows equal ...`);
  }
  return equal;
}

function compareRow(id: number, found: Record<string, unknown> | undefined): number {
  if (isDeleted(id)) {
    if (found) throw new Error(`row ${id} was deleted before the backup, and is back`);
    return 0;
  }
  if (!found) throw new Error(`row ${id} is missing`);
  const { $meta: _dynamic, ...plain } = found;
  if (!isDeepStrictEqual(plain, rowOf(id))) {
    throw new Error(`row ${id} differs: ${JSON.stringify(plain).slice(0, 300)}`);
  }
  return 1;
}
