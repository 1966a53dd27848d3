// SPDX-License-Identifier: Apache-2.0
// Are the documents of a backup what they were, and do they agree? They are fetched once, to disk: their digests are
// compared with the manifest's, and the level files with full_meta.json, as sets, so that neither is held in memory.
import { createReadStream } from 'node:fs';
import { messageOf, OperatorError } from '../base/error.ts';
import type { Codec } from '../format/codec.ts';
import { readBackupMeta, readMessages } from '../format/full-meta-reader.ts';
import type { ManifestDocument } from '../format/manifest.ts';
import { collectionMessage, partitionMessage, segmentMessage } from '../format/messages.ts';
import type { BackupMeta, CollectionMeta, PartitionMeta, SegmentMeta } from '../format/meta.ts';
import { metaFiles } from '../format/paths.ts';
import type { ReadCollection } from '../format/read-model.ts';
import { collectionRole, levelRole, partitionRole, segmentRole, type Role } from '../format/roles.ts';
import type { BackupFolder } from './catalog.ts';
import type { Engine } from './engine.ts';
import type { FailureList } from './failure-list.ts';
import { addTo, emptyFingerprint, isSameSet, type Fingerprint } from './fingerprint.ts';
import { metaChunks } from './meta-source.ts';
import type { Spool, Spooled } from './objects.ts';

/** The meta files that are there, by their path below the backup's folder. */
export type FetchedMeta = ReadonlyMap<string, Spooled>;

export async function fetchMeta(engine: Engine, folder: BackupFolder, spool: Spool): Promise<FetchedMeta> {
  const fetched = new Map<string, Spooled>();
  for (const path of Object.values(metaFiles)) {
    if (!folder.marks.meta.has(path)) continue;
    const chunks = metaChunks(engine, folder, path) as AsyncIterable<Buffer>;
    fetched.set(path, await spool.write(path, chunks));
  }
  return fetched;
}

export function chunksOf(meta: FetchedMeta, path: string): AsyncIterable<Uint8Array> {
  const spooled = meta.get(path);
  if (!spooled) throw new OperatorError('BackupUnreadable', `${path} is missing`);
  return createReadStream(spooled.path) as AsyncIterable<Uint8Array>;
}

/** Each meta file that our manifest names must be there with the digest it had when it was written. */
export function compareDigests(
  meta: FetchedMeta,
  documents: readonly ManifestDocument[],
  failures: FailureList,
): void {
  for (const { path, size, sha256 } of documents) {
    const found = meta.get(path);
    if (found?.sha256 === sha256) continue;
    failures.add({
      object: path,
      reason: found ? 'ChecksumMismatch' : 'ObjectMissing',
      message: found
        ? `has ${found.size} bytes with SHA-256 ${found.sha256}; written were ${size} with ${sha256}`
        : 'is missing',
    });
  }
}

/** What full_meta.json says on each level, taken while it is read. */
export type Levels = Record<'collection' | 'partition' | 'segment', Fingerprint>;

export function emptyLevels(): Levels {
  return { collection: emptyFingerprint(), partition: emptyFingerprint(), segment: emptyFingerprint() };
}

/** With the collection's partitions, without their segments, which come one by one. */
export function addCollection(levels: Levels, collection: ReadCollection): void {
  addTo(levels.collection, levelText.collection(collection));
  for (const partition of collection.partition_backups) {
    addTo(levels.partition, levelText.partition(partition));
  }
}

/** Deletes of all partitions are in no level file. */
export function addSegmentLevel(levels: Levels, segment: SegmentMeta): void {
  if (segment.partition_id !== -1n) addTo(levels.segment, levelText.segment(segment));
}

/** One text per message, equal where the messages are: what other levels hold is left out of each. */
const levelText = {
  collection: (found: CollectionMeta | ReadCollection): string =>
    encode(collectionMessage, { ...found, partition_backups: [], l0_segments: [] }),
  partition: (found: PartitionMeta): string => encode(partitionMessage, { ...found, segment_backups: [] }),
  segment: (found: SegmentMeta): string => encode(segmentMessage, found),
};

function encode<T>(codec: Codec<T>, value: T): string {
  return codec.encode(value);
}

const roles: Record<keyof Levels, Role> = {
  collection: collectionRole,
  partition: partitionRole,
  segment: segmentRole,
};

/** The level files are what other tools fall back on: one that says something else is a failure of its own. */
export async function compareLevels(
  meta: FetchedMeta,
  full: { header: BackupMeta; levels: Levels },
  failures: FailureList,
): Promise<void> {
  for (const level of ['collection', 'partition', 'segment'] as const) {
    await comparing(meta, level, failures, async () => {
      const found = await readLevel(meta, level);
      const expected = full.levels[level];
      if (isSameSet(found, expected)) return undefined;
      return `holds ${found.count} ${level}s that are not the ${expected.count} of ${metaFiles.full}`;
    });
  }
  await comparing(meta, 'backup', failures, () => compareScalars(meta, full.header));
}

async function comparing(
  meta: FetchedMeta,
  level: keyof typeof metaFiles,
  failures: FailureList,
  compare: () => Promise<string | undefined>,
): Promise<void> {
  const object = metaFiles[level];
  if (!meta.has(object)) {
    failures.add({ object, reason: 'ObjectMissing', message: 'is missing: other tools look for it' });
    return;
  }
  try {
    const message = await compare();
    if (message !== undefined) failures.add({ object, reason: 'BackupUnreadable', message });
  } catch (error) {
    if (!(error instanceof OperatorError) || error.reason !== 'BackupUnreadable') throw error;
    failures.add({ object, reason: error.reason, message: messageOf(error) });
  }
}

async function readLevel(meta: FetchedMeta, level: keyof Levels): Promise<Fingerprint> {
  const found = emptyFingerprint();
  const path = metaFiles[level];
  const root = levelRole(roles[level]);
  const toText = levelText[level] as (message: object) => string;
  for await (const [role, message] of readMessages(chunksOf(meta, path), root, {
    file: path,
    segments: 'full',
  })) {
    if (role !== root) addTo(found, toText(message));
  }
  return found;
}

async function compareScalars(meta: FetchedMeta, header: BackupMeta): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(meta, metaFiles.backup)) chunks.push(chunk);
  const found = readBackupMeta(Buffer.concat(chunks).toString('utf8'), metaFiles.backup);
  for (const key of ['id', 'name', 'size', 'milvus_version', 'format'] as const) {
    if (found[key] === header[key]) continue;
    return `says ${key} ${JSON.stringify(found[key])}, ${metaFiles.full} says ${JSON.stringify(header[key])}`;
  }
  return undefined;
}
