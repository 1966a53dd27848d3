// SPDX-License-Identifier: Apache-2.0
// What a restore would drop, as one short text: who confirmed this, and whoever is about to do it, mean the same
// collections by name and by id. One made meanwhile under the same name has another id, and so is not meant.
import { createListDigest } from './protocol.ts';
import type { ListDigest } from './result.ts';

/** `name` as db.collection, `id` in decimal. */
export type Drop = { name: string; id: string };

/** The same for the same collections, in whatever order they are given. */
export function digestOfDrops(drops: readonly Drop[]): ListDigest {
  const digest = createListDigest();
  const lines = drops.map(({ name, id }) => JSON.stringify([name, id]));
  for (const line of lines.sort()) digest.add(line);
  return digest.value();
}
