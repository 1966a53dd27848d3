// SPDX-License-Identifier: Apache-2.0
// The generated collection: 200,000 vectors of 128 dimensions with scalars, JSON and a partition key. Every row follows
// from its number, so that after the restore rows are computed again instead of being remembered.
export const rows = 200_000;
export const dim = 128;

export type Row = {
  id: string;
  vector: number[];
  tenant: string;
  price: number;
  inStock: boolean;
  rank: number;
  attributes: { tags: string[]; size: number; nested: { even: boolean } };
};

/** Every fiftieth row is deleted before the backup. */
export function isDeleted(id: number): boolean {
  return id % 50 === 7;
}

export const deletedIds = Array.from({ length: rows }, (_, id) => id).filter(isDeleted);

/** A small generator of good spread (mulberry32), seeded by the row. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values of a float32, so that what comes back is equal and not merely close. */
export function vectorOf(seed: number): number[] {
  const next = random(seed);
  return Array.from({ length: dim }, () => Math.fround(next()));
}

export function rowOf(id: number): Row {
  const next = random(id ^ 0x5bd1e995);
  return {
    id: String(id),
    vector: vectorOf(id),
    tenant: `tenant-${id % 23}`,
    price: Math.round(next() * 1e6) / 100,
    inStock: next() < 0.5,
    rank: Math.floor(next() * 2 ** 31),
    attributes: { tags: [`t${id % 5}`, `größe-${id % 3}`], size: id % 100, nested: { even: id % 2 === 0 } },
  };
}

/** Query vectors lie outside of the rows' seeds. */
export const queries = Array.from({ length: 100 }, (_, i) => vectorOf(0x40000000 + i));
