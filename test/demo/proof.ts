// SPDX-License-Identifier: Apache-2.0
// Searches before and after, compared.
import type { Hit } from '../data/searching.ts';
import type { Digit } from './digits.ts';

const tolerance = 1e-5;

/** How many searches gave the same ids with the same distances, ties in any order. */
export function countIdentical(before: readonly Hit[][], after: readonly Hit[][]): number {
  return before.filter((hits, at) => isSameSearch(hits, after[at] ?? [])).length;
}

function isSameSearch(before: readonly Hit[], after: readonly Hit[]): boolean {
  if (before.length !== after.length || before.length === 0) return false;
  const last = before.at(-1)?.distance ?? 0;
  const distances = new Map(before.map((hit) => [hit.key, hit.distance]));
  return after.every(({ key, distance }, at) => {
    // Behind the last place stand rows of the same distance: which of them is shown may differ.
    const then = distances.get(key) ?? last;
    return isNear(distance, then) && isNear(distance, before[at]?.distance ?? Number.NaN);
  });
}

/** Relative for large distances: they are sums of float32. */
function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one));
}

/** Which part of the exact ten nearest an approximate search found. */
export function recallOf(found: readonly Hit[][], exact: readonly Hit[][]): number {
  const shares = exact.map((hits, at) => {
    const worst = hits.at(-1)?.distance ?? 0;
    return (
      (found[at] ?? []).filter(({ distance }) => distance <= worst * (1 + tolerance)).length / hits.length
    );
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** What a FLAT index would find: every distance, computed here. */
export function exactNearest(data: readonly Digit[], query: readonly number[]): Hit[] {
  return data
    .map(({ id, pixels }) => ({ key: String(id), distance: squaredDistance(pixels, query) }))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, 10);
}

function squaredDistance(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0);
}
