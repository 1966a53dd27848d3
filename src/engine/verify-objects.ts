// SPDX-License-Identifier: Apache-2.0
// Compares a backup's objects with what it should hold: for a backup of ours the manifest's list, which is sorted as the
// store lists, in one pass over everything; for one of the established tool each collection's meta, sorted here.
import type { ManifestObject } from '../format/manifest.ts';
import { binlogsFolder } from '../format/paths.ts';
import type { ReadCollection } from '../format/read-model.ts';
import type { ObjectInfo, ObjectStore } from '../store/contract.ts';
import { expectedObjects, importFolders, liesIn, type ExpectedObject } from './expected.ts';
import { addTo, emptyFingerprint, isSameSet, type Fingerprint } from './fingerprint.ts';
import { mergeSorted } from './sorted-merge.ts';
import { verifyPairs, type Verification } from './verify-content.ts';

/** Without the markers that some stores and browsers put where a folder would be. */
async function* objectsBelow(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  for await (const entry of store.list(prefix, {}, signal)) {
    if (entry.kind === 'object' && !entry.key.endsWith('/')) yield entry;
  }
}

/** Of one collection, by its meta alone. What lies in no folder that would be imported is passed over. */
export async function verifyCollection(
  work: Omit<Verification, 'mayNotStand'>,
  collection: ReadCollection,
): Promise<void> {
  const folders = importFolders(collection);
  // Sorted as lines: a blank sorts before every character of a key, so the order is that of the keys.
  const lines = Array.from(expectedObjects(collection), ({ key, size }) => `${key} ${size}`).toSorted(
    byCodeUnit,
  );
  for (const kind of ['delta', 'insert'] as const) {
    const prefix = `${binlogsFolder}${kind}_log/${collection.collection_id}/`;
    const listed = objectsBelow(work.store, work.dir + prefix, work.engine.signal);
    const pairs = mergeSorted(objectsOf(lines, prefix), listed, work.dir);
    await verifyPairs({ ...work, mayNotStand: (key) => liesIn(folders, key) }, pairs);
  }
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function* objectsOf(lines: readonly string[], prefix: string): Generator<ExpectedObject> {
  for (const line of lines) {
    if (!line.startsWith(prefix)) continue;
    const blank = line.lastIndexOf(' ');
    yield { key: line.slice(0, blank), size: Number(line.slice(blank + 1)) };
  }
}

/** What the meta names, as a set per collection: the manifest must name the same. */
export type NamedObjects = Map<string, Fingerprint>;

export function addNamed(named: NamedObjects, { key, size }: ExpectedObject): void {
  const collection = key.split('/', 3)[2] ?? '';
  const fingerprint = named.get(collection) ?? emptyFingerprint();
  addTo(fingerprint, `${key} ${size}`);
  named.set(collection, fingerprint);
}

/** Everything below binlogs/ against the manifest's list, and that list against the meta. */
export async function verifyListed(
  work: Omit<Verification, 'mayNotStand'>,
  objects: AsyncIterable<ManifestObject>,
  named: NamedObjects | undefined,
): Promise<void> {
  const inManifest: NamedObjects = new Map();
  const listed = objectsBelow(work.store, work.dir + binlogsFolder, work.engine.signal);
  const pairs = mergeSorted(adding(objects, inManifest), listed, work.dir);
  await verifyPairs({ ...work, mayNotStand: () => true }, pairs);
  if (!named) return;
  for (const id of new Set([...named.keys(), ...inManifest.keys()])) {
    const one = named.get(id) ?? emptyFingerprint();
    const other = inManifest.get(id) ?? emptyFingerprint();
    if (isSameSet(one, other)) continue;
    work.failures.add({
      object: `${binlogsFolder}insert_log/${id}/`,
      reason: 'BackupUnreadable',
      message: `the meta names ${one.count} objects of collection ${id}, the manifest ${other.count}, and they are not the same`,
    });
  }
}

async function* adding(
  objects: AsyncIterable<ManifestObject>,
  named: NamedObjects,
): AsyncGenerator<ManifestObject> {
  for await (const object of objects) {
    addNamed(named, object);
    yield object;
  }
}
