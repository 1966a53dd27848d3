// SPDX-License-Identifier: Apache-2.0
// Questions to a listing that need no more of it than their answer: what stands first below a prefix, what stands
// directly below it, how much lies there in all.
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';

/** The first object below `prefix` in key order; undefined if there is none. */
export async function firstObject(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  for await (const entry of store.list(prefix, {}, signal)) {
    if (entry.kind === 'object' && !entry.key.endsWith('/')) return entry;
  }
  return undefined;
}

/** One level: object names and folder names (with their slash) directly below `dir`, at most `limit` of both. */
export async function namesIn(
  store: ObjectStore,
  dir: string,
  limit: number,
  signal?: AbortSignal,
): Promise<string[]> {
  return [...(await entriesIn(store, dir, limit, signal)).keys()];
}

/**
 * The same, with when each object was written (milliseconds), as far as the store tells. A bucket with versions goes on
 * naming folders from which everything was removed: where there is nothing but folders, each is looked into.
 */
export async function entriesIn(
  store: ObjectStore,
  dir: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Map<string, number | undefined>> {
  const entries = new Map<string, number | undefined>();
  for await (const entry of store.list(dir, { delimiter: '/' }, signal)) {
    const name = (entry.kind === 'prefix' ? entry.prefix : entry.key).slice(dir.length);
    if (name !== '') entries.set(name, entry.kind === 'object' ? entry.modified : undefined);
    if (entries.size >= limit) break;
  }
  if ([...entries.keys()].every((name) => name.endsWith('/'))) {
    for (const name of entries.keys()) {
      if (!(await firstObject(store, dir + name, signal))) entries.delete(name);
    }
  }
  return entries;
}

export type Extent = { objects: number; bytes: number };

/** How many objects lie below `prefix`, and their bytes. Reads the whole listing. */
export async function measure(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<Extent> {
  const extent = { objects: 0, bytes: 0 };
  for await (const entry of store.list(prefix, {}, signal)) {
    if (entry.kind !== 'object') continue;
    extent.objects++;
    extent.bytes += entry.size;
  }
  return extent;
}
