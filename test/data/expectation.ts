// SPDX-License-Identifier: Apache-2.0
// What a history left behind, as a comparison wants it: counts, batches of rows, batches of deleted keys.
import type { Expectation } from './comparison.ts';
import type { Definition } from './definition.ts';
import type { Kept, Outcome } from './history.ts';

const batchRows = 300;

export function expectationOf({ partitions }: Definition, { kept, gone }: Outcome): Expectation {
  const all = [...kept.values()];
  const counts: Expectation['counts'] = [{ count: copiesOf(all) }];
  if (partitions.length === 0) return { counts, batches: batchesOf(all), gone: chunksOf([...gone]) };
  const byPartition = Map.groupBy(all, ({ partition }) => partition);
  for (const partition of partitions)
    counts.push({ partition, count: copiesOf(byPartition.get(partition) ?? []) });
  const batches = [...byPartition].flatMap(([partition, rows]) => batchesOf(rows, partition));
  return { counts, batches, gone: chunksOf([...gone]) };
}

function copiesOf(rows: Kept[]): number {
  return rows.reduce((sum, { copies }) => sum + copies, 0);
}

function batchesOf(
  kept: Kept[],
  partition?: string,
): { partition: string | undefined; rows: Kept['row'][] }[] {
  return chunksOf(kept).map((chunk) => ({ partition, rows: chunk.map(({ row }) => row) }));
}

function chunksOf<T>(list: T[]): T[][] {
  const count = Math.ceil(list.length / batchRows);
  return Array.from({ length: count }, (_, at) => list.slice(at * batchRows, (at + 1) * batchRows));
}
