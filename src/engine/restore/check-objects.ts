// SPDX-License-Identifier: Apache-2.0
// Lists the backup's objects before anything is created: against the manifest where there is one, which also knows
// checksums, and against the meta in any case. The meta is read a second time only to name what is wrong.
import { OperatorError } from '../../base/error.ts';
import type { Reason } from '../../base/reason.ts';
import { readFullMeta } from '../../format/full-meta-reader.ts';
import { metaFiles } from '../../format/paths.ts';
import type { ObjectInfo } from '../../store/contract.ts';
import { segmentsOf } from '../backup-copy.ts';
import type { Engine } from '../engine.ts';
import { expectedObjects, type ExpectedObject } from '../expected.ts';
import { manifestObjects } from '../manifest-source.ts';
import { mergeSorted, type Pair } from '../sorted-merge.ts';
import {
  countObject,
  firstDifference,
  importedFolders,
  logPrefixes,
  segmentFolders,
  type Difference,
  type SegmentFolders,
} from './objects.ts';
import type { BackupSource } from './source.ts';
import { fullName, type SourceCollection } from './source-collection.ts';
import { objectsBelow } from './stage.ts';

/** Throws ObjectMissing, ChecksumMismatch or BackupUnreadable naming the first object that is not as it should be. */
export async function checkObjects(
  engine: Engine,
  source: BackupSource,
  collections: readonly SourceCollection[],
): Promise<void> {
  const folders = segmentFolders(collections);
  const imported = importedFolders(folders);
  const prefixes = logPrefixes(collections);
  const wanted = manifestOf(engine, source, prefixes);
  const listed = objectsIn(engine, source, prefixes);
  if (wanted) {
    for await (const pair of mergeSorted(wanted, listed, source.dir)) judge(source, folders, imported, pair);
  } else {
    for await (const object of listed) judge(source, folders, imported, { listed: object });
  }
  const difference = firstDifference(folders);
  if (difference) throw await nameDifference(engine, source, difference);
}

async function* objectsIn(
  engine: Engine,
  source: BackupSource,
  prefixes: readonly string[],
): AsyncGenerator<ObjectInfo> {
  for (const prefix of prefixes) yield* objectsBelow(source.store, source.dir + prefix, engine.signal);
}

function manifestOf(
  engine: Engine,
  { folder, manifest }: BackupSource,
  prefixes: readonly string[],
): AsyncIterable<ExpectedObject> | undefined {
  return manifest && within(manifestObjects(engine, folder, manifest), new Set(prefixes));
}

/** A key begins `binlogs/insert_log/<collection>/`. */
async function* within(
  objects: AsyncIterable<ExpectedObject>,
  prefixes: ReadonlySet<string>,
): AsyncGenerator<ExpectedObject> {
  for await (const object of objects) {
    if (prefixes.has(`${object.key.split('/', 3).join('/')}/`)) yield object;
  }
}

function judge(
  source: BackupSource,
  folders: SegmentFolders,
  imported: ReadonlySet<string>,
  { expected, listed }: Pair,
): void {
  if (!listed) throw failure(source, 'ObjectMissing', expected!.key, 'is missing');
  const key = listed.key.slice(source.dir.length);
  if (!countObject(folders, imported, { key, size: listed.size })) throw extra(source, key);
  if (!expected) return;
  if (expected.size !== listed.size) {
    throw failure(source, 'ChecksumMismatch', key, `has ${listed.size} bytes instead of ${expected.size}`);
  }
  // A checksum that the listing tells costs nothing; `milvus-backup verify` reads the others.
  const hash = listed.contentHash;
  if (hash !== undefined && expected.checksum?.startsWith('md5:') && expected.checksum !== `md5:${hash}`) {
    const what = `is not what was backed up: MD5 ${hash}, not ${expected.checksum.slice('md5:'.length)}`;
    throw failure(source, 'ChecksumMismatch', key, what);
  }
}

/** The listing differs from the meta in a segment: which object it is takes a second look. */
async function nameDifference(
  engine: Engine,
  source: BackupSource,
  difference: Difference,
): Promise<OperatorError> {
  const { dir, expected, found, collection } = difference;
  const named = (await namedObjects(engine, source, collection)).filter((o) => o.key.startsWith(dir));
  const counts = `should hold ${expected.objects} objects of ${expected.bytes} bytes and holds ${found.objects} of ${found.bytes}`;
  if (named.length === 0) return failure(source, 'ObjectMissing', dir, counts);
  const sorted = named.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const listed = objectsBelow(source.store, source.dir + dir, engine.signal);
  for await (const pair of mergeSorted(sorted, listed, source.dir)) {
    if (!pair.expected) return extra(source, pair.listed?.key.slice(source.dir.length) ?? dir);
    if (!pair.listed) return failure(source, 'ObjectMissing', pair.expected.key, 'is missing');
    if (pair.listed.size !== pair.expected.size) {
      const sizes = `has ${pair.listed.size} bytes instead of ${pair.expected.size}`;
      return failure(source, 'ChecksumMismatch', pair.expected.key, sizes);
    }
  }
  return failure(source, 'ObjectMissing', dir, counts);
}

/** Every log of one collection as the meta names it; none where only level files are left. */
async function namedObjects(
  engine: Engine,
  source: BackupSource,
  collectionId: bigint,
): Promise<ExpectedObject[]> {
  const found = await source.store.get(source.dir + metaFiles.full, {}, engine.signal);
  if (!found) return [];
  for await (const item of readFullMeta(found.body, { file: metaFiles.full, segments: 'full' })) {
    if (item.kind === 'collection' && item.collection.collection_id === collectionId) {
      return segmentsOf(item.collection).flatMap((segment) => [...expectedObjects(segment)]);
    }
  }
  return [];
}

/** `key` is below the backup's folder and names its collection by id, which says nothing to people. */
function failure(source: BackupSource, reason: Reason, key: string, what: string): OperatorError {
  const { store, dir, collections } = source;
  const collection = collections.find(({ meta }) => String(meta.collection_id) === key.split('/')[2]);
  const name = collection ? fullName(collection) : 'its collection';
  return new OperatorError(
    reason,
    `${store.label}: ${dir}${key} ${what}. The backup is damaged; nothing was restored. ` +
      `Restore another backup, or leave ${name} out with --exclude.`,
  );
}

function extra({ store, dir }: BackupSource, key: string): OperatorError {
  return new OperatorError(
    'BackupUnreadable',
    `${store.label}: ${dir}${key} is not in the meta of the backup, but lies where Milvus would import it. ` +
      'Nothing was restored. Find out where it comes from; if it does not belong there, remove it.',
  );
}
