// SPDX-License-Identifier: Apache-2.0
// Compares a backup's objects with what it should hold: for a backup of ours the manifest's list, which is sorted as the
// store lists, in one pass over everything; for one of the established tool each collection's meta, sorted here.
import type { ManifestObject } from '../format/manifest.ts';
import type { SegmentMeta } from '../format/meta.ts';
import { binlogsFolder } from '../format/paths.ts';
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

/** What a collection's meta names, as small as a million of them can be kept: `tail size` below the collection. */
export type NamedLogs = { insert: string[]; delta: string[]; folders: Set<string> };

export function addSegment(logs: NamedLogs, segment: SegmentMeta): void {
  for (const folder of importFolders(segment)) logs.folders.add(flat(folder));
  for (const { key, size } of expectedObjects(segment)) {
    const [, kind = '', collection = ''] = key.split('/', 3);
    const tail = key.slice(`${binlogsFolder}${kind}/${collection}/`.length);
    (kind === 'insert_log' ? logs.insert : logs.delta).push(flat(`${tail} ${size}`));
  }
}

/** A text that was put together keeps its pieces alive, several times its own size; a million of these would not fit. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

/** Of one collection, by its meta alone. What lies in no folder that would be imported is passed over. */
export async function verifyCollection(
  work: Omit<Verification, 'mayNotStand'>,
  collectionId: bigint,
  logs: NamedLogs,
): Promise<void> {
  for (const kind of ['delta', 'insert'] as const) {
    const prefix = `${binlogsFolder}${kind}_log/${collectionId}/`;
    const expected = namedObjects(logs[kind], prefix);
    const listed = objectsBelow(work.store, work.dir + prefix, work.engine.signal);
    const pairs = mergeSorted(expected, listed, work.dir);
    await verifyPairs({ ...work, mayNotStand: (key) => liesIn(logs.folders, key) }, pairs);
  }
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** In key order; sorts `lines` in place. A blank sorts before every character of a key, so their order is the keys'. */
export function* namedObjects(lines: string[], prefix: string): Generator<ExpectedObject> {
  for (const line of lines.sort(byCodeUnit)) {
    const blank = line.lastIndexOf(' ');
    yield { key: prefix + line.slice(0, blank), size: Number(line.slice(blank + 1)) };
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
