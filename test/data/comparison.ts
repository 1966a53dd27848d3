// SPDX-License-Identifier: Apache-2.0
// Every row by key against what it must be, a batch at a time: as many rows in memory as one batch has.
import { inspect } from 'node:util';
import type { Milvus } from './connection.ts';
import { keyField, type Place } from './definition.ts';
import type { Row, Value } from './field.ts';
import { countRows, readRows, type Shape } from './reading.ts';

export type Expectation = {
  /** By count(*); per partition where that is known. */
  counts: { partition?: string; count: number }[];
  batches: Iterable<{ partition?: string | undefined; rows: readonly Row[] }>;
  /** Batches of keys that were deleted. */
  gone: Iterable<readonly string[]>;
};

const shown = 5;

/** The first few differences in words; none: the same. `progress` is told how many rows were compared so far. */
export async function findDifferences(
  milvus: Milvus,
  place: Place,
  shape: Shape,
  expectation: Expectation,
  progress: (rows: number) => void = () => undefined,
): Promise<string[]> {
  const found: string[] = [];
  for (const { partition, count } of expectation.counts) {
    const counted = await countRows(milvus, place, partition);
    const where = partition === undefined ? '' : ` of partition ${partition}`;
    if (counted !== count) found.push(`count(*)${where} is ${counted}, must be ${count}`);
  }
  let compared = 0;
  for (const batch of expectation.batches) {
    found.push(...(await differencesOfBatch(milvus, place, shape, batch)));
    if (found.length >= shown) return found.slice(0, shown);
    compared += batch.rows.length;
    progress(compared);
  }
  for (const keys of expectation.gone) {
    const rows = await readRows(milvus, place, shape, { keys });
    for (const key of rows.keys()) found.push(`${JSON.stringify(key)} was deleted and is there`);
    if (found.length >= shown) return found.slice(0, shown);
  }
  return found;
}

async function differencesOfBatch(
  milvus: Milvus,
  place: Place,
  shape: Shape,
  { partition, rows }: { partition?: string | undefined; rows: readonly Row[] },
): Promise<string[]> {
  const { at } = keyField(shape.fields);
  const keys = rows.map((row) => row[at] as string);
  const read = await readRows(milvus, place, shape, { keys, partition });
  return rows.flatMap((row, number) => differenceOfRow(shape, row, read.get(keys[number] as string), at));
}

function differenceOfRow({ fields }: Shape, row: Row, read: Row | undefined, keyAt: number): string[] {
  const key = JSON.stringify(row[keyAt]).slice(0, 60);
  if (read === undefined) return [`row ${key} is missing`];
  return row.flatMap((value, at) => {
    if (isSame(value, read[at])) return [];
    const name = fields[at]?.name ?? '$meta';
    return [`row ${key}, ${name}: is ${show(read[at])}, must be ${show(value)}`];
  });
}

/** Numbers by Object.is: 0 and -0 are different bits. */
export function isSame(one: Value | undefined, other: Value | undefined): boolean {
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  if (!Array.isArray(one)) return Object.is(one, other);
  return (
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((element, at) => Object.is(element, other[at]))
  );
}

/** With the sign of a zero, which JSON drops. */
function show(value: Value | undefined): string {
  const text = Buffer.isBuffer(value) ? value.toString('hex') : inspect(value, { breakLength: Infinity });
  return text.slice(0, 120);
}
